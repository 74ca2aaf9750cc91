import type { Clock, ControlChannel, RunId, RunStore, RunTree } from '@runyard/domain';
import { endIdleSlices } from './cancel-run.ts';
import { closeChild, type CloseChildrenDependencies, createCloseChildren } from './close-children.ts';
import { createRunEnded, type RunEnded, type RunEndedDependencies } from './run-ended.ts';

export interface EndOfRunDependencies extends Omit<RunEndedDependencies, 'runs' | 'closeChildren'> {
  readonly runs: RunStore;
  readonly tree: RunTree;
  readonly control: Pick<ControlChannel, 'cancel'>;
  readonly clock: Clock;
}

/** What follows from the end of a run, and how a run is ended because the one above it did. */
export interface EndOfRun {
  readonly runEnded: RunEnded;
  /** True when the run was ordered to end. */
  readonly closeChild: (runId: RunId) => Promise<boolean>;
}

/** A run that ends may end those below it, whose end again may end others: each of them is told of as any other. */
export function createEndOfRun({ clock, ...deps }: EndOfRunDependencies): EndOfRun {
  const closing: CloseChildrenDependencies = {
    ...deps,
    async endIdle(runId) {
      await endIdleSlices(deps.runs, runId, clock.nowMs());
      const after = await deps.runs.get(runId);
      if (after?.endedAtMs) await runEnded(after.spec);
    },
  };
  const runEnded = createRunEnded({ ...deps, closeChildren: createCloseChildren(closing) });
  return { runEnded, closeChild: (runId) => closeChild(closing, runId) };
}
