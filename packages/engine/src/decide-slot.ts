import {
  type CronTimes,
  lastSlot,
  type Schedule,
  type ScheduleState,
  SLOT_LATE_MS,
  type SlotDecision,
} from '@runyard/domain';

/** What there is to do next for a schedule. */
export type SlotStep =
  /** Nothing before that time; null: never again. */
  | { readonly kind: 'wait'; readonly untilMs: number | null }
  /** The slot fires, unless a run is in work and the schedule minds that. */
  | { readonly kind: 'fire'; readonly slotMs: number; readonly isWaiting: boolean }
  | { readonly kind: 'drop'; readonly decision: SlotDecision };

interface Circumstances {
  readonly schedule: Schedule;
  readonly timeZone: string;
  readonly state: ScheduleState;
  readonly nowMs: number;
  /** A run has not ended, and the schedule minds that. */
  readonly isBusy: boolean;
}

/** The next step of a schedule that fires. One slot at a time, in their order; a slot that waits goes first. */
export function nextStep(times: CronTimes, { schedule, timeZone, state, nowMs, isBusy }: Circumstances): SlotStep {
  const { upToMs, waitingMs } = state;
  if (upToMs === null) return { kind: 'wait', untilMs: null };
  if (waitingMs !== null && !isBusy) return { kind: 'fire', slotMs: waitingMs, isWaiting: true };
  const nextMs = times.next(schedule.cron, timeZone, upToMs);
  if (nextMs === null || nextMs > nowMs) return { kind: 'wait', untilMs: nextMs };
  const lateMs = nowMs - SLOT_LATE_MS;
  let slotMs = nextMs;
  if (slotMs < lateMs) {
    slotMs = lastSlot(times, { cron: schedule.cron, timeZone }, upToMs, lateMs - 1) ?? slotMs;
    if (schedule.misfire === 'skip') return drop(slotMs, 'missed', nowMs);
  }
  if (!isBusy) return { kind: 'fire', slotMs, isWaiting: false };
  const mayWait = schedule.overlap === 'queue' && waitingMs === null;
  return mayWait ? { kind: 'drop', decision: { upToMs: slotMs, waitingMs: slotMs } } : drop(slotMs, 'overlap', nowMs);
}

function drop(slotMs: number, outcome: 'missed' | 'overlap', atMs: number): SlotStep {
  return { kind: 'drop', decision: { upToMs: slotMs, last: { slotMs, outcome, atMs } } };
}
