import {
  type Clock,
  type ControlChannel,
  isTerminal,
  type Log,
  type RunError,
  type RunId,
  type RunRecord,
  type RunSpec,
  type RunStore,
  type StartStop,
} from '@runyard/domain';
import { endIdleSlices } from './cancel-run.ts';
import { Rounds } from './rounds.ts';

export interface ExpirerDependencies {
  readonly runs: RunStore;
  readonly control: ControlChannel;
  readonly clock: Clock;
  readonly log: Log;
  /** True while this process is the one that looks. */
  readonly lead: () => Promise<boolean>;
  /** Told when a run ended here. */
  readonly runEnded?: (spec: RunSpec) => Promise<void>;
}

const ROUND_MS = 500;
const RUNS_AT_ONCE = 100;

/**
 * Ends runs that did not begin or end in time as `expired`. One that has not begun ends at once; one in work is told
 * like a cancelled one to end, and its record knows that its end is `expired`. A crash between the order and the message
 * is mended by the workers, who look at their records, and by the reconciler.
 */
export class Expirer implements StartStop {
  private readonly deps: ExpirerDependencies;
  private readonly rounds: Rounds;

  constructor(deps: ExpirerDependencies) {
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
    await this.expire().catch((error: unknown) => this.deps.log.warn('could not look for expired runs', { error }));
    return ROUND_MS;
  }

  /** Looks once at the runs whose time is over. */
  async expire(): Promise<void> {
    const { runs, clock, lead } = this.deps;
    if (!(await lead())) return;
    for (const id of await runs.dueRuns(clock.nowMs(), RUNS_AT_ONCE)) await this.look(id);
  }

  private async look(id: RunId): Promise<void> {
    const { runs, clock } = this.deps;
    const record = await runs.get(id);
    if (!record || isTerminal(record.state) || record.cancelRequested) {
      await runs.setDue(id, null);
      return;
    }
    const reason = expiryOf(record, clock.nowMs());
    if (reason) await this.end(record.spec, reason);
    // A run that began in time may still have a deadline.
    else await runs.setDue(id, record.spec.deadlineMs ?? null);
  }

  private async end(spec: RunSpec, reason: RunError): Promise<void> {
    const { runs, control, clock, log, runEnded } = this.deps;
    const end = await runs.expire(spec.id, reason);
    log.info('run expired', { runId: spec.id, service: spec.service, end });
    if (end === 'ended') await runEnded?.(spec);
    if (end === 'ending') {
      await control.cancel(spec.id);
      if (await endIdleSlices(runs, spec.id, clock.nowMs())) await runEnded?.(spec);
    }
    await runs.setDue(spec.id, null);
  }
}

/** Why the time of a run is over; null when it is not. */
function expiryOf({ spec, state }: RunRecord, nowMs: number): RunError | null {
  const { startByMs = Infinity, deadlineMs = Infinity } = spec;
  if (deadlineMs <= nowMs) {
    return { code: 'RUN_EXPIRED', message: `The run had not ended by its deadline, ${textOf(deadlineMs)}.` };
  }
  if (state === 'queued' && startByMs <= nowMs) {
    return { code: 'RUN_EXPIRED', message: `The run had not begun by ${textOf(startByMs)}, as its queue TTL asks.` };
  }
  return null;
}

function textOf(timeMs: number): string {
  return new Date(timeMs).toISOString();
}
