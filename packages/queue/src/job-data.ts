import { createHash, randomBytes } from 'node:crypto';
import type { Priority, RunId, StepRef } from '@runyard/domain';

/** What a slice job carries: ids only. Everything else is read from the run record, so a job cannot forge it. */
export interface SliceJobData {
  readonly run: RunId;
  readonly slice: number;
}

export interface PlanJobData {
  readonly run: RunId;
}

/** A step of a workflow whose run is to be started; which one is read from the record of the step. */
export interface StepJobData {
  readonly run: RunId;
  readonly device: string;
  readonly step: string;
}

/** A job without a run: only shows that the queue reaches whoever takes it. */
export interface CanaryJobData {
  /** The worker that added it. */
  readonly canary: string;
}

/** The same slice has the same job id, so that adding it twice is harmless. */
export function sliceJobId(run: RunId, slice: number): string {
  return `${run}-${slice}`;
}

export function planJobId(run: RunId): string {
  return `${run}-plan`;
}

/** Names of devices may hold anything, and BullMQ takes not every text as an id. */
export function stepJobId({ runId, device, step }: StepRef): string {
  return `${runId}-step-${createHash('sha256').update(`${device}\n${step}`).digest('hex').slice(0, 24)}`;
}

/** Another one each time: the plan job of the batch before is often still in work when the next batch is put off. */
export function batchJobId(run: RunId): string {
  return `${run}-batch-${randomBytes(4).toString('hex')}`;
}

/** One for each worker, so that they never pile up. */
export function canaryJobId(workerId: string): string {
  return `canary-${workerId.replaceAll(':', '-')}`;
}

/** Priorities of BullMQ: jobs without one are taken first, then the lowest number. */
export const LOW_PRIORITY = 10;
/** Behind all work. It also tells canaries from work when jobs are counted. */
export const CANARY_PRIORITY = 1_000;

export interface TakenFirst {
  readonly lifo?: true;
  readonly priority?: number;
}

/** The options by which BullMQ takes a job of this priority sooner or later; none for a normal one. */
export function takenFirst(priority: Priority | undefined): TakenFirst {
  if (priority === 'high') return { lifo: true };
  return priority === 'low' ? { priority: LOW_PRIORITY } : {};
}
