import type { ErrorCode } from './errors.ts';
import type { JsonObject } from './json.ts';
import type { RunId } from './run.ts';
import type { Service } from './service.ts';

export const OVERLAPS = ['skip', 'queue', 'allow'] as const;
export type Overlap = (typeof OVERLAPS)[number];

export const MISFIRES = ['skip', 'once'] as const;
export type Misfire = (typeof MISFIRES)[number];

/** When a service is run by itself, and how. */
export interface Schedule {
  readonly name: string;
  readonly description?: string;
  readonly service: string;
  /** The endpoint of the service, one with the method GET. */
  readonly endpoint?: string;
  /** Name of the service account as whom it runs. */
  readonly runAs: string;
  /** Five fields: minute, hour, day of the month, month, day of the week. */
  readonly cron: string;
  /** IANA name; that of the service when absent. */
  readonly timeZone?: string;
  readonly params?: JsonObject;
  readonly devices?: readonly string[];
  readonly pools?: readonly string[];
  readonly enabled: boolean;
  /** What becomes of a slot while a run of the schedule is in work: dropped, kept until then, or fired. */
  readonly overlap: Overlap;
  /** What becomes of slots that nobody was there to fire: dropped, or the last one of them fired. */
  readonly misfire: Misfire;
}

export const SCHEDULE_DEFAULTS = { enabled: true, overlap: 'skip', misfire: 'skip' } as const;

export const DEFAULT_TIME_ZONE = 'UTC';

/** A slot that is later than this was missed: nobody was there to fire it. */
export const SLOT_LATE_MS = 60_000;

/** Tells the times of a cron expression. */
export interface CronTimes {
  /** The first time of the expression in that zone after the given one; null when there is none. Ms since the epoch. */
  next(cron: string, timeZone: string, afterMs: number): number | null;
}

/** The time zone in which a schedule is read, and in which its runs run. */
export function zoneOf(schedule: Pick<Schedule, 'timeZone'>, service: Pick<Service, 'timeZone'> | undefined): string {
  return schedule.timeZone ?? service?.timeZone ?? DEFAULT_TIME_ZONE;
}

/**
 * True when an edit would move the slots of a schedule that fires, or change as whom they run: it has to be disabled for
 * that.
 */
export function movesSlots(before: Schedule, after: Schedule): boolean {
  const isMoved = before.cron !== after.cron || before.timeZone !== after.timeZone || before.runAs !== after.runAs;
  return before.enabled && after.enabled && isMoved;
}

/** The next slots after a time, at most so many. */
export function nextSlots(
  times: CronTimes,
  { cron, timeZone }: { readonly cron: string; readonly timeZone: string },
  afterMs: number,
  count: number,
): readonly number[] {
  const slots: number[] = [];
  for (let last: number | null = afterMs; slots.length < count;) {
    last = times.next(cron, timeZone, last);
    if (last === null) break;
    slots.push(last);
  }
  return slots;
}

const HOUR_MS = 3_600_000;
/** How far back the last slot is looked for, step by step, so that a slot each minute is no long list. */
const LOOK_BACK_MS = [HOUR_MS, 24 * HOUR_MS, 32 * 24 * HOUR_MS, 367 * 24 * HOUR_MS, 8 * 367 * 24 * HOUR_MS] as const;

/** The last slot after one time and not after another; null when there is none. */
export function lastSlot(
  times: CronTimes,
  { cron, timeZone }: { readonly cron: string; readonly timeZone: string },
  afterMs: number,
  untilMs: number,
): number | null {
  for (const backMs of LOOK_BACK_MS) {
    const fromMs = Math.max(afterMs, untilMs - backMs);
    let found: number | null = null;
    for (let slot = times.next(cron, timeZone, fromMs); slot !== null && slot <= untilMs;) {
      found = slot;
      slot = times.next(cron, timeZone, slot);
    }
    if (found !== null || fromMs === afterMs) return found;
  }
  return null;
}

/** A slot that somebody has taken on and whose run may or may not have been accepted yet. */
export interface SlotClaim {
  readonly slotMs: number;
  /** Chosen before the run is accepted, so that accepting again after a crash cannot make a second run. */
  readonly runId: RunId;
  readonly createdAtUs: number;
  readonly claimedAtMs: number;
}

/**
 * What became of a slot. `fired`: there is a run. `overlap`: a run was in work. `missed`: nobody was there.
 * `refused`: the run was not accepted.
 */
export type SlotOutcome = 'fired' | 'overlap' | 'missed' | 'refused';

export interface SlotResult {
  /** Null for a run that somebody started by hand. */
  readonly slotMs: number | null;
  readonly outcome: SlotOutcome;
  readonly atMs: number;
  /** The run that was fired. */
  readonly runId?: RunId;
  /** Who started it by hand. */
  readonly by?: string;
  /** Why it was refused. */
  readonly error?: { readonly code: ErrorCode; readonly message: string };
}

export interface SchedulePause {
  readonly atMs: number;
  readonly by: string;
  readonly reason?: string;
}

/** How far a schedule has come; beside the catalog, because it changes with each slot. */
export interface ScheduleState {
  /** The cron expression and zone by which it is looked after; null while it is not. */
  readonly timing: string | null;
  /** It is decided what becomes of the slots up to here, ms since the epoch; it never goes back. Null: of none. */
  readonly upToMs: number | null;
  readonly claim: SlotClaim | null;
  /** The slot that waits until no run is in work. */
  readonly waitingMs: number | null;
  readonly pause: SchedulePause | null;
  /** The newest slot about which something was decided. */
  readonly last: SlotResult | null;
  /** The run of the newest slot that was fired, or that somebody started by hand. */
  readonly lastRunId: RunId | null;
  /** Runs that had not ended when they were last looked at, oldest first: the newest `OPEN_RUNS_MAX` of them. */
  readonly openRunIds: readonly RunId[];
}

/** So many runs of one schedule are remembered as being in work. Only overlapping runs and runs by hand make them many. */
export const OPEN_RUNS_MAX = 50;

/** What a decision about the next slot does to the state. Nothing else of the state changes. */
export interface SlotDecision {
  /** Slots up to here are decided from now on. */
  readonly upToMs: number;
  readonly claim?: SlotClaim;
  /** Null: none waits any more. */
  readonly waitingMs?: number | null;
  readonly last?: SlotResult;
}

/** How far schedules have come, by `scheduleKey`. Every method is one step: of several gateways at once one succeeds. */
export interface ScheduleStore {
  get(key: string): Promise<ScheduleState>;
  /**
   * Looks after the slots behind the given time from now on, and behind those that are decided already. None waits any
   * more. False, with nothing done, when it is looked after by this timing already.
   */
  begin(key: string, timing: string, upToMs: number): Promise<boolean>;
  /** Looks after it no more. What it last did is kept. */
  rest(key: string): Promise<void>;
  /**
   * False, with nothing done, when the state is not the one that the decision was made on, or when a slot is claimed or
   * the schedule paused.
   */
  decide(
    key: string,
    on: Pick<ScheduleState, 'timing' | 'upToMs' | 'waitingMs'>,
    decision: SlotDecision,
  ): Promise<boolean>;
  /**
   * Ends a claim; a run that was fired is the last run, and open. False, with nothing done, when it is not there any more.
   */
  settle(key: string, claim: SlotClaim, result: SlotResult): Promise<boolean>;
  /** Notes a run that somebody started by hand: it is the last run, and open. */
  note(key: string, result: SlotResult): Promise<void>;
  /** These runs have ended: they are not open any more. */
  closeRuns(key: string, runIds: readonly RunId[]): Promise<void>;
  /** Null takes the pause back: slots up to now are over, also one that waits. Of several pauses the first one stays. */
  setPause(key: string, pause: SchedulePause | null, nowMs: number): Promise<void>;
  /** Forgets everything about a schedule that is no more. */
  forget(key: string): Promise<void>;
  /** Of which schedules there is a state. */
  keys(): Promise<readonly string[]>;
}
