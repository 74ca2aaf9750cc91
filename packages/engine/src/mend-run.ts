import {
  type Clock,
  isTerminal,
  type RunId,
  type RunMending,
  type RunQueue,
  type RunRecord,
  type RunStore,
} from '@runyard/domain';
import { cancelSlice } from './cancel-run.ts';
import type { Finding } from './examine-run.ts';
import { sliceJob } from './plan-of-run.ts';
import type { RunEnded } from './run-ended.ts';

export interface MendRunDependencies {
  readonly runs: RunStore;
  readonly mending: RunMending;
  readonly queue: RunQueue;
  readonly clock: Clock;
  readonly runEnded: RunEnded;
  /** Orders a run to end whose parent did; absent where there are no trees of runs. */
  readonly closeChild?: (runId: RunId) => Promise<boolean>;
}

/** Mends one thing; gives how many slices or runs it was, 0 when it had mended itself. */
export type MendRun = (runId: RunId, record: RunRecord | null, finding: Finding) => Promise<number>;

/** Sets a run going again. Harmless where nothing was wrong: a job that is there is not added, an end is an end. */
export function createMendRun(deps: MendRunDependencies): MendRun {
  const { runs, queue } = deps;
  return async (runId, record, finding) => {
    if (finding.kind === 'index-wrong' || !record) {
      await runs.reindex(runId);
      return 1;
    }
    const { spec } = record;
    switch (finding.kind) {
      case 'not-queued':
      case 'owner-dead':
        if (finding.slices.length === 0) {
          await queue.addPlan(runId, spec.service, undefined, spec.priority);
          return 1;
        }
        await queue.addSlices(finding.slices.map(({ slice, cluster }) => sliceJob(spec, slice, cluster)));
        return finding.slices.length;
      case 'stuck-cancelling':
        return endSlices(deps, record, finding);
      case 'done-but-open':
        return endRun(deps, record);
      case 'batch-due':
        return beginBatch(deps, record, finding.batch ?? 0);
      case 'parent-ended':
        return (await deps.closeChild?.(runId)) ? 1 : 0;
      case 'gate-left':
        return 0;
    }
  };
}

async function endSlices(
  { runs, clock, runEnded }: MendRunDependencies,
  { spec }: RunRecord,
  { slices }: Finding,
): Promise<number> {
  for (const slice of slices) await cancelSlice(runs, slice, clock.nowMs());
  const after = await runs.get(spec.id);
  if (after && isTerminal(after.state)) await runEnded(spec);
  return slices.length;
}

async function endRun({ runs, mending, runEnded }: MendRunDependencies, { spec }: RunRecord): Promise<number> {
  if (!(await mending.endDone(spec.id))) return 0;
  await runs.reindex(spec.id);
  await runEnded(spec);
  return 1;
}

async function beginBatch({ runs, queue }: MendRunDependencies, { spec }: RunRecord, batch: number): Promise<number> {
  if (!(await runs.nextBatch(spec.id, batch))) return 0;
  const released = (await runs.openSlices(spec.id)).filter(({ isReleased, owner }) => isReleased && owner === null);
  await queue.addSlices(released.map(({ slice, cluster }) => sliceJob(spec, slice, cluster)));
  return 1;
}
