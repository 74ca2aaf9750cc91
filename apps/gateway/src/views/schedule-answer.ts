import { cronTimes, type ScheduleAnswer } from '@runyard/contracts';
import { nextSlots, type Schedule, type ScheduleState, type SlotResult, type Versioned } from '@runyard/domain';
import { itemAnswer } from './item-answer.ts';
import { timeText } from './runtime-text.ts';

const NEXT_SHOWN = 5;

/** A schedule with how far it has come. One that is disabled or paused has no next slots. */
export function scheduleAnswer(
  item: Versioned<Schedule>,
  { pause, waitingMs, last, lastRunId }: ScheduleState,
  timeZone: string,
  nowMs: number,
): ScheduleAnswer {
  const { cron, enabled } = item.item;
  const fires = enabled && pause === null;
  return {
    ...itemAnswer('schedule', item),
    timeZone,
    next: fires ? nextSlots(cronTimes, { cron, timeZone }, nowMs, NEXT_SHOWN).map((slotMs) => timeText(slotMs)) : [],
    pause: pause && {
      at: timeText(pause.atMs),
      by: pause.by,
      ...(pause.reason === undefined ? {} : { reason: pause.reason }),
    },
    waiting: timeText(waitingMs),
    last: last && lastAnswer(last),
    lastRun: lastRunId,
  };
}

function lastAnswer({ slotMs, outcome, atMs, runId, by, error }: SlotResult): ScheduleAnswer['last'] {
  return {
    slot: timeText(slotMs),
    outcome,
    at: timeText(atMs),
    ...(runId === undefined ? {} : { run: runId }),
    ...(by === undefined ? {} : { by }),
    ...(error ? { error: { ...error } } : {}),
  };
}
