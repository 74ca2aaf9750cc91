import type { StepRecord, WorkflowStep } from './workflow.ts';

/** The steps of a workflow in an order in which each comes after all that may lead to it. */
export interface WorkflowGraph {
  readonly order: readonly WorkflowStep[];
  /** What follows, by id of the step and by how it ended. */
  readonly next: ReadonlyMap<string, Following>;
}

interface Following {
  readonly succeeded: readonly string[];
  /** Null: the workflow fails. */
  readonly failed: readonly string[] | null;
  readonly ifTrue: readonly string[];
  readonly ifFalse: readonly string[];
}

/** What is wrong with a graph: the place of the step in the list, counted from 0, the key, and what would be right. */
export interface GraphProblem {
  readonly index: number;
  readonly key: string;
  readonly message: string;
}

/**
 * What one graph can have wrong: an id that is there twice, an edge to nothing, a circle, a step that nothing leads to.
 * The first step of the list is where it begins.
 */
export function graphProblems(steps: readonly WorkflowStep[]): readonly GraphProblem[] {
  const problems: GraphProblem[] = [];
  const indexes = new Map<string, number>();
  for (const [index, { id }] of steps.entries()) {
    if (indexes.has(id)) problems.push({ index, key: 'id', message: `there is another step with the id \`${id}\`` });
    else indexes.set(id, index);
  }
  for (const [index, step] of steps.entries()) {
    for (const [key, ids] of namedEdges(step)) {
      for (const id of ids) {
        if (!indexes.has(id)) problems.push({ index, key, message: `there is no step \`${id}\`` });
      }
    }
  }
  if (problems.length > 0) return problems;
  const { order, next } = workflowGraph(steps);
  if (order.length < steps.length) {
    const ordered = new Set(order.map(({ id }) => id));
    const index = steps.findIndex(({ id }) => !ordered.has(id));
    const circle = steps.filter(({ id }) => !ordered.has(id)).map(({ id }) => id);
    return [{ index, key: 'id', message: `leads back to itself; among ${circle.join(', ')} there is a circle` }];
  }
  const reached = new Set(steps[0] ? [steps[0].id] : []);
  for (const { id } of order) if (reached.has(id)) for (const target of targetsOf(next.get(id))) reached.add(target);
  return steps.flatMap(({ id }, index) =>
    reached.has(id) ? [] : [{ index, key: 'id', message: `nothing leads to the step \`${id}\`` }],
  );
}

/** Orders the steps: by the edges, and as they stand in the list where those leave it open. Those in a circle are left out. */
export function workflowGraph(steps: readonly WorkflowStep[]): WorkflowGraph {
  const next = new Map(steps.map((step, index) => [step.id, followingOf(step, steps[index + 1])]));
  const open = new Map(steps.map(({ id }) => [id, 0]));
  for (const following of next.values()) {
    for (const id of targetsOf(following)) open.set(id, (open.get(id) ?? 0) + 1);
  }
  const order: WorkflowStep[] = [];
  const left = [...steps];
  for (let found = left.findIndex(isFree); found >= 0; found = left.findIndex(isFree)) {
    const [step] = left.splice(found, 1);
    if (!step) break;
    order.push(step);
    for (const id of targetsOf(next.get(step.id))) open.set(id, (open.get(id) ?? 1) - 1);
  }
  return { order, next };

  function isFree({ id }: WorkflowStep): boolean {
    return open.get(id) === 0;
  }
}

export type NextStep =
  | { readonly kind: 'run'; readonly step: WorkflowStep }
  /** Null: it succeeded; else the step that failed with nothing to follow. */
  | { readonly kind: 'end'; readonly failed: WorkflowStep | null };

/**
 * What is to be done next, by what was done: a pure function of the records, so that whoever goes on after a crash comes
 * to the same. A step is run once, when an edge to it was taken and all that may lead to it is decided.
 */
export function nextStep({ order, next }: WorkflowGraph, records: ReadonlyMap<string, StepRecord>): NextStep {
  const reached = new Set(order[0] ? [order[0].id] : []);
  for (const step of order) {
    if (!reached.has(step.id)) continue;
    const record = records.get(step.id);
    if (!record || record.endedAtMs === null) return { kind: 'run', step };
    const following = next.get(step.id);
    const taken = followed(step, record, following);
    if (taken === null) return { kind: 'end', failed: step };
    for (const id of taken) reached.add(id);
  }
  return { kind: 'end', failed: null };
}

function followed(step: WorkflowStep, record: StepRecord, following: Following | undefined): readonly string[] | null {
  if (!following) return [];
  if (record.state === 'failed') return step.onError === 'continue' ? following.succeeded : following.failed;
  if (!record.branch) return following.succeeded;
  return record.branch === 'then' ? following.ifTrue : following.ifFalse;
}

function followingOf(step: WorkflowStep, after: WorkflowStep | undefined): Following {
  const isIf = step.type === 'if';
  return {
    succeeded: isIf ? [] : (step.onSuccess ?? (after ? [after.id] : [])),
    failed: step.onFailure ?? null,
    ifTrue: isIf ? step.then : [],
    ifFalse: isIf ? step.else : [],
  };
}

function targetsOf(following: Following | undefined): ReadonlySet<string> {
  if (!following) return new Set();
  return new Set([...following.succeeded, ...(following.failed ?? []), ...following.ifTrue, ...following.ifFalse]);
}

function namedEdges(step: WorkflowStep): (readonly [string, readonly string[]])[] {
  const edges = [
    ['onSuccess', step.onSuccess ?? []],
    ['onFailure', step.onFailure ?? []],
  ] as const;
  return step.type === 'if' ? [...edges, ['then', step.then], ['else', step.else]] : [...edges];
}
