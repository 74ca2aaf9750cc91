import type { SliceJob } from './ports.ts';
import type { RunId } from './run.ts';

/** What the reconciler finds wrong with a run, and mends. */
export const MENDING_KINDS = [
  'not-queued',
  'owner-dead',
  'done-but-open',
  'stuck-cancelling',
  'batch-due',
  'gate-left',
  'parent-ended',
  'index-wrong',
] as const;
export type MendingKind = (typeof MENDING_KINDS)[number];

/** What the reconciler needs of the records of runs beyond the run store. */
export interface RunMending {
  /** Counts the devices of a planned run anew, and ends it when all of them are final. True when it did. */
  endDone(runId: RunId): Promise<boolean>;
  /** How many runs have not ended. */
  openCount(): Promise<number>;
}

/** Which jobs there are, waiting or in work: for telling one that is lost from one that waits. */
export interface JobCheck {
  /** Those of the slices that have no job. */
  missing(jobs: readonly SliceJob[]): Promise<readonly SliceJob[]>;
  hasPlan(runId: RunId): Promise<boolean>;
}
