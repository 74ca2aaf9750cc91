import type { RunId } from './run.ts';

/** From which step of which run a call came. */
export interface Lineage {
  readonly runId: RunId;
  /** Empty for a service that is no workflow. */
  readonly stepId: string;
}
