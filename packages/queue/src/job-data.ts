import type { RunId } from '@runyard/domain';

/** What a slice job carries: ids only. Everything else is read from the run record, so a job cannot forge it. */
export interface SliceJobData {
  readonly run: RunId;
  readonly slice: number;
}

export interface PlanJobData {
  readonly run: RunId;
}

/** The same slice has the same job id, so that adding it twice is harmless. */
export function sliceJobId(run: RunId, slice: number): string {
  return `${run}-${slice}`;
}

export function planJobId(run: RunId): string {
  return `${run}-plan`;
}
