import type { ApproveStep, StepRecord } from '@runyard/domain';
import { approvalTimedOut, isTooLate } from '../approval-timeout.ts';
import { readStep } from '../read-step.ts';
import { begun, renderIn, type StepContext, writeStep } from './step-context.ts';
import { waitForChange } from './wait-for-change.ts';

/** Thousands of devices may wait, for days: whoever answers sends a message, and this is for one that got lost. */
const LOOK_EVERY_MS = 30_000;

/** Waits until a person says yes or no (`answerStep` writes that), or until it takes too long. */
export async function runApproveStep(context: StepContext, step: ApproveStep): Promise<StepRecord> {
  const { tools, turn, ref, before } = context;
  const { clock, events } = tools;
  const waiting = before ?? (await writeStep(context, question(context, step)));
  const { untilMs = Infinity } = waiting;
  const answered = await turn.park((signal) =>
    waitForChange({ events, runId: ref.runId, only: ref, look, lookAfterMs, signal }),
  );
  return answered ?? waiting;

  function lookAfterMs(): number {
    return Math.min(LOOK_EVERY_MS, untilMs - clock.nowMs());
  }

  async function look(): Promise<StepRecord | null> {
    const record = await readStep(tools.steps, ref);
    if (record && record.endedAtMs !== null) return record;
    const nowMs = clock.nowMs();
    if (!isTooLate(waiting, nowMs)) return null;
    const late = approvalTimedOut(waiting, ref.step, nowMs);
    // A person may answer at this very moment: one of both is written.
    return (await tools.steps.change(ref, 'waiting', late)) ? late : readStep(tools.steps, ref);
  }
}

function question(context: StepContext, { message, timeoutMs }: ApproveStep): StepRecord {
  return {
    ...begun(context),
    state: 'waiting',
    message: renderIn(context, message),
    ...(timeoutMs === undefined ? {} : { untilMs: context.tools.clock.nowMs() + timeoutMs }),
  };
}
