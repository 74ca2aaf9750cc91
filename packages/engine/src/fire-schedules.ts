import {
  type CatalogStore,
  type CatalogView,
  type Clock,
  type CronTimes,
  ERRORS,
  type ErrorCode,
  isAppError,
  isTerminal,
  type Log,
  type RunIds,
  type RunStore,
  type Schedule,
  scheduleKey,
  type ScheduleState,
  type ScheduleStore,
  SLOT_LATE_MS,
  type SlotClaim,
  type SlotResult,
  type StartStop,
  type Versioned,
  zoneOf,
} from '@runyard/domain';
import type { AcceptRun } from './accept-run.ts';
import { nextStep } from './decide-slot.ts';
import { Rounds } from './rounds.ts';
import type { Caller } from './run-request.ts';
import { scheduleCaller, scheduleRequest } from './schedule-request.ts';

export interface ScheduleFirerDependencies {
  readonly catalog: Pick<CatalogStore, 'view'>;
  readonly schedules: ScheduleStore;
  readonly times: CronTimes;
  readonly accept: AcceptRun;
  readonly runs: Pick<RunStore, 'get'>;
  readonly ids: RunIds;
  readonly clock: Clock;
  readonly log: Log;
  /** True while this process is the one that looks. Two that look at once fire nothing twice. */
  readonly lead: () => Promise<boolean>;
  /** As whom a schedule runs; by itself when absent. */
  readonly callerOf?: (schedule: Schedule) => Caller;
  /** Told of each run that was accepted. */
  readonly onFired?: () => void;
}

const ROUND_MS = 500;
const SCHEDULES_AT_ONCE = 16;
/** Steps of one schedule in one round; what is left is done in the next. */
const STEPS_MAX = 100;
/** Whoever claimed a slot and has not accepted its run by then has died, or got no answer: accepting takes milliseconds. */
const CLAIM_DEAD_AFTER_MS = 5_000;

/** When to look at a schedule again, and what would make an earlier look worth while. */
interface Look {
  readonly mark: string;
  readonly atMs: number;
}

/**
 * Fires schedules: every gateway has one, and the one that leads looks. A slot is claimed in Redis, by one only, with the
 * id of its run chosen before; then the run is accepted under that id. A crash between the two leaves the claim, and
 * whoever looks next finds the run or accepts it under the very same id.
 */
export class ScheduleFirer implements StartStop {
  private readonly deps: ScheduleFirerDependencies;
  private readonly rounds: Rounds;
  private readonly looks = new Map<string, Look>();
  /** The revision of the catalog up to which states of deleted schedules are gone. */
  private tidyAt: number | null = null;

  constructor(deps: ScheduleFirerDependencies) {
    this.deps = deps;
    this.rounds = new Rounds({ firstAfterMs: ROUND_MS, round: () => this.round() });
  }

  start(): Promise<void> {
    return this.rounds.start();
  }

  stop(): Promise<void> {
    return this.rounds.stop();
  }

  private async round(): Promise<number> {
    await this.fire().catch((error: unknown) => this.deps.log.warn('could not look at the schedules', { error }));
    return ROUND_MS;
  }

  /** Looks once at all schedules that may have something to do. */
  async fire(): Promise<void> {
    const { catalog, clock, lead } = this.deps;
    if (!(await lead())) {
      this.looks.clear();
      this.tidyAt = null;
      return;
    }
    const view = await catalog.view();
    await this.tidy(view);
    const nowMs = clock.nowMs();
    const due = view.names('schedule').flatMap((name) => {
      const item = view.get('schedule', name);
      const look = this.looks.get(name);
      return item && !(look?.mark === markOf(item, view) && look.atMs > nowMs) ? [item] : [];
    });
    for (let first = 0; first < due.length; first += SCHEDULES_AT_ONCE) {
      await Promise.all(due.slice(first, first + SCHEDULES_AT_ONCE).map((item) => this.tend(item, view)));
    }
  }

  /** One schedule that cannot be looked at does not keep the others waiting. */
  private async tend(item: Versioned<Schedule>, view: CatalogView): Promise<void> {
    const { name } = item.item;
    try {
      const nextMs = await this.look(item, timeZoneOf(item.item, view));
      this.looks.set(name, { mark: markOf(item, view), atMs: nextMs ?? Infinity });
    } catch (error) {
      this.looks.delete(name);
      this.deps.log.warn('could not look at a schedule', { schedule: name, error });
    }
  }

  /** Does what there is to do now. Gives when there may be more; null when only an edit can change that. */
  private async look(definition: Versioned<Schedule>, timeZone: string): Promise<number | null> {
    const { schedules, clock, times } = this.deps;
    const { item, updatedAtMs } = definition;
    const key = scheduleKey(definition);
    const timing = `${item.cron} ${timeZone}`;
    for (let step = 0; step < STEPS_MAX; step += 1) {
      const nowMs = clock.nowMs();
      const state = await schedules.get(key);
      if (state.claim) {
        if (nowMs - state.claim.claimedAtMs < CLAIM_DEAD_AFTER_MS) return nowMs;
        if (!(await this.carryOn(definition, timeZone, state.claim, state.pause !== null))) return nowMs;
      } else if (!item.enabled) {
        if (state.timing !== null) await schedules.rest(key);
        return null;
      } else if (state.timing !== timing) {
        await schedules.begin(key, timing, updatedAtMs);
      } else if (state.pause) {
        // Whoever takes the pause back ends its slots: there is nothing to do before the next one.
        return times.next(item.cron, timeZone, nowMs);
      } else {
        const isBusy = await this.isBusy(definition, state);
        const next = nextStep(times, { schedule: item, timeZone, state, nowMs, isBusy });
        // A slot that waits is looked after in each round.
        if (next.kind === 'wait') return state.waitingMs === null ? next.untilMs : nowMs;
        if (next.kind === 'drop') await schedules.decide(key, state, next.decision);
        else if (!(await this.claim(definition, timeZone, state, next))) return nowMs;
      }
    }
    return clock.nowMs();
  }

  /** A run by hand does not hide the run of a slot that is still in work, so every run that is open is looked at. */
  private async isBusy(definition: Versioned<Schedule>, { openRunIds }: ScheduleState): Promise<boolean> {
    if (definition.item.overlap === 'allow') return false;
    const { runs, schedules } = this.deps;
    const records = await Promise.all(openRunIds.map((id) => runs.get(id)));
    const ended = openRunIds.filter((_, index) => {
      const record = records[index];
      return !record || isTerminal(record.state);
    });
    if (ended.length > 0) await schedules.closeRuns(scheduleKey(definition), ended);
    return ended.length < openRunIds.length;
  }

  /** Takes a slot on and fires it. False when that is not done yet, or somebody else was first. */
  private async claim(
    definition: Versioned<Schedule>,
    timeZone: string,
    state: ScheduleState,
    { slotMs, isWaiting }: { readonly slotMs: number; readonly isWaiting: boolean },
  ): Promise<boolean> {
    const { schedules, ids, clock } = this.deps;
    const { id: runId, createdAtUs } = ids.next();
    const claim: SlotClaim = { slotMs, runId, createdAtUs, claimedAtMs: clock.nowMs() };
    const upToMs = isWaiting ? (state.upToMs ?? slotMs) : slotMs;
    const decision = { upToMs, claim, ...(isWaiting ? { waitingMs: null } : {}) };
    return (
      (await schedules.decide(scheduleKey(definition), state, decision)) && this.accept(definition, timeZone, claim)
    );
  }

  /** Goes on with a claim whose holder died or got no answer. */
  private async carryOn(
    definition: Versioned<Schedule>,
    timeZone: string,
    claim: SlotClaim,
    isPaused: boolean,
  ): Promise<boolean> {
    const { runs, clock } = this.deps;
    const { item: schedule } = definition;
    if (await runs.get(claim.runId)) return this.settle(definition, claim, { outcome: 'fired', runId: claim.runId });
    const isLate = clock.nowMs() - claim.claimedAtMs > SLOT_LATE_MS;
    const isOver = isPaused || !schedule.enabled || (isLate && schedule.misfire === 'skip');
    if (isOver) return this.settle(definition, claim, { outcome: 'missed' });
    return this.accept(definition, timeZone, claim);
  }

  /** Accepts the run of a claim under the id that was chosen. False when it is to be tried again. */
  private async accept(definition: Versioned<Schedule>, timeZone: string, claim: SlotClaim): Promise<boolean> {
    const { accept, clock, log, callerOf = scheduleCaller } = this.deps;
    const { item: schedule } = definition;
    const { runId, createdAtUs, claimedAtMs } = claim;
    const request = { ...scheduleRequest(schedule, timeZone), chosen: { id: runId, createdAtUs } };
    try {
      const answer = await accept(request, callerOf(schedule));
      if (answer.kind === 'accepted') {
        this.deps.onFired?.();
        return await this.settle(definition, claim, { outcome: 'fired', runId });
      }
      const code = answer.kind === 'unknown-targets' ? 'TARGETS_UNKNOWN' : 'TARGETS_EMPTY';
      const [first] = answer.kind === 'dry-run' ? [] : answer.errors;
      return await this.settle(definition, claim, refusal(code, first ?? ERRORS[code].title));
    } catch (error) {
      const isLate = clock.nowMs() - claimedAtMs > SLOT_LATE_MS;
      if (!isAppError(error) || isOpen(error.code, isLate)) {
        log.warn('a slot could not be fired yet', { schedule: schedule.name, runId, error });
        return false;
      }
      return this.settle(definition, claim, refusal(error.code, error.message));
    }
  }

  private async settle(
    definition: Versioned<Schedule>,
    claim: SlotClaim,
    result: Pick<SlotResult, 'outcome' | 'runId' | 'error'>,
  ): Promise<boolean> {
    const { schedules, clock, log } = this.deps;
    const { name } = definition.item;
    const { slotMs } = claim;
    const slot = new Date(slotMs).toISOString();
    if (result.error) log.warn('a slot was refused', { schedule: name, slot, error: result.error });
    else log.info('a slot was decided', { schedule: name, slot, ...result });
    // Whoever else settled it meanwhile had the same run in hand.
    await schedules.settle(scheduleKey(definition), claim, { slotMs, atMs: clock.nowMs(), ...result });
    return true;
  }

  /** Forgets the states of schedules that were deleted. */
  private async tidy(view: CatalogView): Promise<void> {
    if (this.tidyAt === view.revision) return;
    const definitions = view.names('schedule').flatMap((name) => view.get('schedule', name) ?? []);
    const present = new Set(definitions.map((definition) => scheduleKey(definition)));
    for (const key of await this.deps.schedules.keys()) {
      if (!present.has(key)) await this.deps.schedules.forget(key);
    }
    for (const name of this.looks.keys()) if (!view.get('schedule', name)) this.looks.delete(name);
    this.tidyAt = view.revision;
  }
}

function timeZoneOf(schedule: Schedule, view: CatalogView): string {
  return zoneOf(schedule, view.get('service', schedule.service)?.item);
}

/** Another text after each edit that may change what there is to do. */
function markOf(definition: Versioned<Schedule>, view: CatalogView): string {
  const { item, version, updatedAtMs } = definition;
  return `${scheduleKey(definition)} ${version} ${updatedAtMs} ${timeZoneOf(item, view)}`;
}

/** Nobody knows whether the run was written, or the same may go well a little later. */
function isOpen(code: ErrorCode, isLate: boolean): boolean {
  if (code === 'STORE_UNAVAILABLE' || code === 'INTERNAL') return true;
  return ERRORS[code].retry === 'later' && !isLate;
}

function refusal(code: ErrorCode, message: string): Pick<SlotResult, 'outcome' | 'error'> {
  return { outcome: 'refused', error: { code, message } };
}
