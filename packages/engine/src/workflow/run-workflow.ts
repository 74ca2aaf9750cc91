import {
  AppError,
  type IfStep,
  type JsonObject,
  type JsonValue,
  nextStep,
  type StepRecord,
  type TaskOutcome,
  workflowGraph,
  type WorkflowSettings,
  type WorkflowStep,
} from '@runyard/domain';
import { readStep } from '../read-step.ts';
import { asRunError, type DeviceTurn, LeftToOthers, LOSSES_MAX, type RunDeviceDependencies } from '../run-device.ts';
import { yieldToEventLoop } from '../yield-to-event-loop.ts';
import { cut } from '../cut-result.ts';
import { runApproveStep } from './approve-step.ts';
import { runForEachStep } from './for-each-step.ts';
import { resumedSteps } from './resume-steps.ts';
import { runServiceStep } from './run-service-step.ts';
import {
  begun,
  ended,
  evaluateIn,
  isFromOutside,
  isStoreAway,
  lossesIn,
  type StepContext,
  throwIfLeaving,
  type WorkflowTools,
  writeStep,
} from './step-context.ts';
import { checkSize } from './step-limits.ts';
import { runWaitStep } from './wait-step.ts';
import { runWorkStep } from './work-step.ts';

export type RunWorkflow = (deps: RunDeviceDependencies, turn: DeviceTurn) => Promise<TaskOutcome>;

/**
 * Goes through the steps of a workflow for one device, one at a time. Each step is written down before it begins and
 * when it has ended, so whoever takes the device over after a crash goes on after the last one that ended; which one is
 * next is a pure function of what is written. Rejects when the turn was aborted or left to others.
 */
export function createRunWorkflow(tools: WorkflowTools): RunWorkflow {
  return (deps, turn) =>
    runSteps(deps, turn).catch((error: unknown) => {
      // Nothing is wrong with the device when the store does not answer, or takes nothing from here any more.
      if (!isStoreAway(error)) throw error;
      throw new LeftToOthers('the steps cannot be written down', { cause: error });
    });

  async function runSteps(deps: RunDeviceDependencies, turn: DeviceTurn): Promise<TaskOutcome> {
    const { steps, result } = turn.service.settings as unknown as WorkflowSettings;
    const graph = workflowGraph(steps);
    const ids = steps.map(({ id }) => id);
    const records = new Map(await tools.steps.read(turn.spec.id, turn.name, ids));
    if (turn.spec.resume) await resumedSteps(tools, turn, graph, records);
    for (const step of steps) await completeVars({ tools, deps, turn }, step, records);
    for (;;) {
      const next = nextStep(graph, records);
      const extra = extraOf(records);
      if (next.kind === 'end') return endOf({ tools, turn, deps, extra }, next.failed, result, records);
      const { step } = next;
      throwIfLeaving(turn);
      const ref = { runId: turn.spec.id, device: turn.name, step: step.id };
      const context = {
        tools,
        deps,
        turn,
        ref,
        extra,
        before: records.get(step.id) ?? null,
        lossesBefore: lossesOf(records),
      };
      const record = await runStep(context, step);
      records.set(step.id, record);
      turn.log(`step ${step.id} ${record.state}${record.error ? `: ${record.error.message}` : ''}`);
    }
  }
}

function lossesOf(records: ReadonlyMap<string, StepRecord>): number {
  return Math.max(0, ...[...records.values()].map(({ losses = 0 }) => losses));
}

/** What templates and expressions see of the steps before: `steps.<id>`, and `vars` in the order in which steps ended. */
function extraOf(records: ReadonlyMap<string, StepRecord>): JsonObject {
  const done = [...records].filter(([, { endedAtMs }]) => endedAtMs !== null);
  done.sort(([, a], [, b]) => (a.endedAtMs ?? 0) - (b.endedAtMs ?? 0));
  const steps = done.map(([id, { state, result, error }]) => [id, { state, result, error: error && { ...error } }]);
  const vars: JsonObject = {};
  for (const [, record] of done) Object.assign(vars, record.vars);
  return { steps: Object.fromEntries(steps) as JsonObject, vars };
}

type EndParts = Pick<StepContext, 'tools' | 'turn' | 'deps' | 'extra'>;

async function endOf(
  parts: EndParts,
  failed: WorkflowStep | null,
  expression: string | undefined,
  records: ReadonlyMap<string, StepRecord>,
): Promise<TaskOutcome> {
  const given = Object.fromEntries([...records].map(([id, { result }]) => [id, result]));
  if (failed) {
    const error = records.get(failed.id)?.error;
    const message = `The step '${failed.id}' failed: ${error?.message ?? 'no reason is known'}`;
    return { success: false, result: given, error: { code: error?.code ?? 'STEP_FAILED', message } };
  }
  if (expression === undefined) return { success: true, result: given };
  const ref = { runId: parts.turn.spec.id, device: parts.turn.name, step: '' };
  const context = { ...parts, ref, before: null, lossesBefore: 0 };
  return { success: true, result: await evaluateIn(context, expression) };
}

function runStep(context: StepContext, step: WorkflowStep): Promise<StepRecord> {
  return failedBy(context, async () => {
    await yieldToEventLoop(context.turn.spec.id);
    const losses = lossesIn(context);
    // The steps of a for-each count for themselves.
    if (losses >= LOSSES_MAX && step.type !== 'for-each') {
      const message = `Workers were lost ${losses} times while the step '${context.ref.step}' was in work.`;
      throw new AppError('WORKER_LOST', message);
    }
    return withVars(context, step, await begin(context, step));
  });
}

/** Never rejects because of what the step did: that is its record, with what it has of a run or an answer already. */
async function failedBy(context: StepContext, doStep: () => Promise<StepRecord>): Promise<StepRecord> {
  try {
    return await doStep();
  } catch (error) {
    if (isFromOutside(context, error)) throw error;
    const record = (await readStep(context.tools.steps, context.ref)) ?? begun(context);
    return writeStep(context, ended(context, record, { state: 'failed', error: asRunError(error) }));
  }
}

function begin(context: StepContext, step: WorkflowStep): Promise<StepRecord> {
  switch (step.type) {
    case 'work':
      return runWorkStep(context, step);
    case 'run-service':
      return runServiceStep(context, step);
    case 'approve':
      return runApproveStep(context, step);
    case 'wait':
      return runWaitStep(context, step);
    case 'if':
      return decide(context, step);
    case 'for-each':
      return runForEachStep(context, step, runStep);
  }
}

/** What a step gave is one write, and its vars another: a crash in between, or a step that a gateway ended, is made up for. */
async function completeVars(
  parts: Pick<StepContext, 'tools' | 'deps' | 'turn'>,
  step: WorkflowStep,
  records: Map<string, StepRecord>,
): Promise<void> {
  const record = records.get(step.id);
  if (!record || record.endedAtMs === null) return;
  const ref = { runId: parts.turn.spec.id, device: parts.turn.name, step: step.id };
  const context = { ...parts, ref, extra: {}, before: record, lossesBefore: 0 };
  records.set(step.id, await failedBy(context, () => withVars(context, step, record)));
}

async function withVars(context: StepContext, { result }: WorkflowStep, record: StepRecord): Promise<StepRecord> {
  if (record.state !== 'succeeded' || !result || record.vars) return record;
  const vars = await varsOf(context, result, record.result);
  checkSize(vars, context.deps.outputBytesMax, `What \`result\` of the step '${context.ref.step}' gives`);
  return writeStep(context, { ...record, vars });
}

async function varsOf(
  { tools, turn }: StepContext,
  result: Readonly<Record<string, string>>,
  value: JsonValue,
): Promise<JsonObject> {
  const vars: JsonObject = {};
  for (const [name, expression] of Object.entries(result)) {
    vars[name] = await tools.expressions.evaluate(expression, value, turn.signal);
  }
  return vars;
}

async function decide(context: StepContext, { when }: IfStep): Promise<StepRecord> {
  const found = await evaluateIn(context, when);
  const branch = isTrue(found) ? 'then' : 'else';
  const result = cut(found, context.deps.outputBytesMax);
  return writeStep(context, ended(context, begun(context), { state: 'succeeded', result, branch }));
}

/** As JSONata casts to a boolean: nothing, zero, empty texts, lists and objects are false. */
function isTrue(value: JsonValue): boolean {
  if (Array.isArray(value)) return value.some(isTrue);
  if (typeof value === 'object' && value !== null) return Object.keys(value).length > 0;
  return Boolean(value);
}
