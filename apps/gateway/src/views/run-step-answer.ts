import type { RunStepAnswer } from '@runyard/contracts';
import { type RunRecord, shownStep, type StepRow } from '@runyard/domain';
import { timeText } from './runtime-text.ts';

/** The name under which the one row of a run is known that runs once. */
export const ONE_ROW = '-';

/** How far a step of the run has come. */
export function runStepAnswer(
  { device, step, record }: StepRow,
  run: Pick<RunRecord, 'state' | 'endedAtMs'>,
): RunStepAnswer {
  const { state, endedAtMs } = shownStep(record, run);
  const { startedAtMs, result, error, child, untilMs, message, approval } = record;
  return {
    device: device === '' ? ONE_ROW : device,
    step,
    state,
    startedAt: timeText(startedAtMs),
    endedAt: timeText(endedAtMs),
    result,
    error: error && { ...error },
    ...(child ? { runId: child.runId } : {}),
    ...(untilMs === undefined ? {} : { until: timeText(untilMs) }),
    ...(message === undefined ? {} : { message }),
    ...(approval ? { approval: approvalAnswer(approval) } : {}),
  };
}

function approvalAnswer({ isApproved, by, atMs, comment }: NonNullable<StepRow['record']['approval']>) {
  return { isApproved, by, at: timeText(atMs), ...(comment === undefined ? {} : { comment }) };
}
