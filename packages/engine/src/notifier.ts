import type { RunId, StartStop } from '@runyard/domain';
import { createDeliverRun, type DeliverRun, type DeliverRunDependencies } from './deliver-run.ts';
import { OpenAttempts } from './open-attempts.ts';
import { OriginLimits } from './origin-limits.ts';
import { Rounds } from './rounds.ts';

export interface NotifierDependencies extends Omit<DeliverRunDependencies, 'origins' | 'attempts'> {
  /** True while this process is the one that tells receivers. */
  readonly lead: () => Promise<boolean>;
}

const ROUND_MS = 500;
/** Runs in work at once, counting those of which only an attempt goes on. An origin gets a few messages at once, so slow ones leave room for the others. */
const RUNS_MAX = 200;
/** Longer than a message may take: whoever took a run and dies leaves it to others after that. */
const TAKEN_MS = 15_000;

/**
 * Tells receivers that runs ended, in one gateway at a time: finds runs that are due, sends, and tries again later when
 * nobody took the message. A round does not wait for what it set going.
 */
export class Notifier implements StartStop {
  private readonly deps: NotifierDependencies;
  private readonly rounds: Rounds;
  private readonly deliver: DeliverRun;
  private readonly stopping = new AbortController();
  private readonly inWork = new Map<RunId, Promise<void>>();
  private readonly attempts = new OpenAttempts();
  /** Runs whose time came once more while they were in work. */
  private readonly dueAgain = new Set<RunId>();

  constructor(deps: NotifierDependencies) {
    this.deps = deps;
    this.deliver = createDeliverRun({ ...deps, origins: new OriginLimits(), attempts: this.attempts });
    this.rounds = new Rounds({ firstAfterMs: ROUND_MS, round: () => this.round() });
  }

  start(): Promise<void> {
    return this.rounds.start();
  }

  /** What is being sent is cut off; it is sent again by whoever comes next. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.rounds.stop();
    await this.settled();
  }

  /** Resolves when what was set going so far is done. */
  async settled(): Promise<void> {
    await Promise.all(this.inWork.values());
    await this.attempts.settled();
  }

  private async round(): Promise<number> {
    await this.notify().catch((error: unknown) => {
      if (!this.stopping.signal.aborted) this.deps.log.warn('looking for receivers to tell failed', { error });
    });
    return ROUND_MS;
  }

  /** One round: sets as many due runs going as there is room for. */
  async notify(): Promise<void> {
    const { deliveries, clock, lead } = this.deps;
    const room = RUNS_MAX - new Set([...this.inWork.keys(), ...this.attempts.runs]).size;
    if (room <= 0 || !(await lead())) return;
    const nowMs = clock.nowMs();
    const untilMs = nowMs + TAKEN_MS;
    for (const runId of await deliveries.take(nowMs, untilMs, room)) {
      if (this.inWork.has(runId)) {
        this.dueAgain.add(runId);
        continue;
      }
      const work = this.handle(runId, untilMs).finally(() => this.inWork.delete(runId));
      this.inWork.set(runId, work);
    }
  }

  private async handle(runId: RunId, takenUntilMs: number): Promise<void> {
    const { deliveries, log } = this.deps;
    const { signal } = this.stopping;
    try {
      const nextMs = await this.deliver(runId, signal);
      await deliveries.putBack(runId, takenUntilMs, nextMs);
      // Taking it has put it off.
      if (this.dueAgain.delete(runId)) await deliveries.hasten(runId);
    } catch (error) {
      if (!signal.aborted) log.warn('telling the receivers of a run failed', { runId, error });
    }
  }
}
