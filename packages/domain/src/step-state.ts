import type { RunRecord } from './run.ts';
import { isTerminal } from './run-state.ts';
import type { StepRecord, StepState } from './workflow.ts';

/** What a step is shown as: how far it has come, or what the end of its run made of it. */
export type ShownStepState = StepState | 'cancelled' | 'unknown';

/**
 * How a step stands. Nobody writes to the steps that are open when a run ends: it may end without a worker, and there may
 * be a million. One that waited has not come to its end; of one that was in work nobody knows.
 */
export function shownStep(
  { state, endedAtMs }: StepRecord,
  run: Pick<RunRecord, 'state' | 'endedAtMs'>,
): { readonly state: ShownStepState; readonly endedAtMs: number | null } {
  if (endedAtMs !== null || !isTerminal(run.state)) return { state, endedAtMs };
  return { state: state === 'running' ? 'unknown' : 'cancelled', endedAtMs: run.endedAtMs };
}
