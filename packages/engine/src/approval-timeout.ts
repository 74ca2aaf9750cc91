import type { StepRecord } from '@runyard/domain';

/** True when a step that waits for a person waits no longer. */
export function isTooLate({ untilMs = Infinity }: StepRecord, nowMs: number): boolean {
  return nowMs >= untilMs;
}

/**
 * The end of a step that nobody answered in time. The worker that waits writes it, or the gateway to which somebody
 * comes too late: whoever is first.
 */
export function approvalTimedOut(waiting: StepRecord, step: string, nowMs: number): StepRecord {
  const { untilMs = nowMs } = waiting;
  const message = `Nobody approved the step '${step}' by ${new Date(untilMs).toISOString()}.`;
  return { ...waiting, state: 'failed', endedAtMs: nowMs, error: { code: 'APPROVAL_TIMEOUT', message } };
}
