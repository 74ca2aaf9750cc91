import {
  AppError,
  type ForEachStep,
  iterationKey,
  nextStep,
  type RunId,
  type RunRecord,
  type StepRecord,
  type WorkflowGraph,
} from '@runyard/domain';
import type { DeviceTurn } from '../run-device.ts';
import { type WorkflowTools, writeStep } from './step-context.ts';

type ResumeTools = Pick<WorkflowTools, 'steps' | 'runs'>;

/** Runs that are looked at, each of which resumes the one before. */
const RESUMES_MAX = 100;

/**
 * Takes over the steps that ended in the run that this one resumes, so that it goes on at the one that ended it: those
 * that ended well, and failures that were dealt with. Each is written down as its own, the last one first: while the
 * first step is not there, whoever goes on after a crash takes all over again. Rejects with RUN_NOT_FOUND when that run
 * is not kept any more: nothing is run again unasked.
 */
export async function resumedSteps(
  tools: ResumeTools,
  turn: DeviceTurn,
  graph: WorkflowGraph,
  records: Map<string, StepRecord>,
): Promise<void> {
  const { spec, name } = turn;
  const [first] = graph.order;
  if (!first || records.has(first.id)) return;
  const { runId, known } = await begunIn(tools, spec.rerunOf ?? '', turn, graph);
  const last = nextStep(graph, known);
  const stopped = last.kind === 'run' ? last.step : last.failed;
  // Workers that were lost with the device in that run are no losses of this one.
  const take = async (step: string, { losses: _losses, ...record }: StepRecord) =>
    writeStep({ tools, turn, ref: { runId: spec.id, device: name, step } }, record);
  for (const step of graph.order.toReversed()) {
    const record = known.get(step.id);
    if (!record) continue;
    if (step.id !== stopped?.id) {
      if (record.endedAtMs !== null) records.set(step.id, await take(step.id, record));
    } else if (step.type === 'for-each' && record.values) {
      const { values, startedAtMs } = record;
      // Before the step that has the values: with those it counts as taken over.
      for (const [key, ended] of await endedIterations(tools, { runId, name }, step, values)) await take(key, ended);
      const goesOn: StepRecord = { state: 'running', startedAtMs, endedAtMs: null, result: null, error: null, values };
      records.set(step.id, await take(step.id, goesOn));
    }
  }
}

/**
 * The steps of the device in the run that is resumed. One that resumed another itself may have ended before the device
 * began, or before it had taken everything over: then the steps of that other one count.
 */
async function begunIn(
  { steps, runs }: ResumeTools,
  rerunOf: RunId,
  { name }: DeviceTurn,
  { order }: WorkflowGraph,
): Promise<{ readonly runId: RunId; readonly known: ReadonlyMap<string, StepRecord> }> {
  const ids = order.map(({ id }) => id);
  let runId = rerunOf;
  for (let runsLeft = RESUMES_MAX; runsLeft > 0; runsLeft -= 1) {
    const run: RunRecord | null = await runs.get(runId);
    if (!run) throw new AppError('RUN_NOT_FOUND', `The run '${runId}' that is to be resumed is not kept any more.`);
    const known = await steps.read(runId, name, ids);
    const { resume, rerunOf: before } = run.spec;
    if (known.has(ids[0] ?? '') || !resume || before === undefined) return { runId, known };
    runId = before;
  }
  throw new AppError(
    'RUN_NOT_FOUND',
    `The device began in none of the last ${RESUMES_MAX} runs that resume each other, up to '${runId}'; start the workflow anew.`,
  );
}

/** What a `for-each` did for its values that is not done again: all but the failure that ended it. */
async function endedIterations(
  { steps }: ResumeTools,
  { runId, name }: { readonly runId: RunId; readonly name: string },
  { id, step }: ForEachStep,
  values: readonly unknown[],
): Promise<readonly (readonly [string, StepRecord])[]> {
  const keys = values.map((_, index) => iterationKey(id, index));
  const known = await steps.read(runId, name, keys);
  return [...known].filter(
    ([, { state, endedAtMs }]) => endedAtMs !== null && (state !== 'failed' || step.onError === 'continue'),
  );
}
