import { AppError, type StepRecord, type WorkflowGraph } from '@runyard/domain';
import type { DeviceTurn } from '../run-device.ts';
import { type WorkflowTools, writeStep } from './step-context.ts';

/**
 * Takes over the steps that ended well in the run that this one resumes, so that it goes on at the one that failed. Each
 * is written down as its own, the last one first: while the first step is not there, whoever goes on after a crash takes
 * all over again. Rejects with RUN_NOT_FOUND when that run is not kept any more: nothing is run again unasked.
 */
export async function resumedSteps(
  tools: Pick<WorkflowTools, 'steps' | 'runs'>,
  turn: DeviceTurn,
  { order }: WorkflowGraph,
  records: Map<string, StepRecord>,
): Promise<void> {
  const { steps, runs } = tools;
  const { spec, name } = turn;
  const [first] = order;
  if (!first || records.has(first.id)) return;
  const { rerunOf = '' } = spec;
  const ids = order.map(({ id }) => id).toReversed();
  if (!(await runs.get(rerunOf))) {
    throw new AppError('RUN_NOT_FOUND', `The run '${rerunOf}' that is to be resumed is not kept any more.`);
  }
  for (const [step, record] of await steps.read(rerunOf, name, ids)) {
    if (record.state !== 'succeeded' && record.state !== 'skipped') continue;
    const ref = { runId: spec.id, device: name, step };
    records.set(step, await writeStep({ tools, turn, ref }, record));
  }
}
