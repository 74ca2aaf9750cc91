import type { Clock, Log, StartStop } from '@runyard/domain';
import { type QueuePulse, RETRY_MS } from './pulling-worker.ts';
import type { BullRunQueue } from './run-queue.ts';

const EVERY_MS = 5_000;
/** So long a healthy worker with free places is never without a sign of its queue. */
const SILENT_MS = 15_000;
/** A Redis that does not answer for so long counts as away: nobody can be blamed for taking nothing then. */
const ANSWER_MS = 4_000;
/** So long a connection that does not answer has to be opened anew. */
const DEAF_MS = 30_000;

/**
 * What a look was told: the queue goes on and has a canary of this worker, it is paused or refuses, or nothing at all.
 */
type Answer = 'asked' | 'not-now' | 'none';

export interface CanaryDependencies {
  readonly cluster: string;
  readonly workerId: string;
  readonly queue: Pick<BullRunQueue, 'addCanary' | 'hasCanary' | 'isPaused' | 'removeCanary'>;
  readonly pulse: () => QueuePulse;
  /** True when Redis answers over a connection opened for this. */
  readonly isReachable: () => Promise<boolean>;
  readonly clock: Clock;
  readonly log: Log;
  /** Called once: the worker must be replaced. */
  readonly onSilent: (silentMs: number) => void;
  /** How often it looks; ms. */
  readonly everyMs?: number;
  /** How long a worker may hear nothing; ms. */
  readonly silentMsMax?: number;
  /** How long it waits for an answer; ms. */
  readonly answerMs?: number;
}

/**
 * Finds a worker that lives and yet is given nothing by its queue any more, as after some breaks of connections. Every
 * five seconds a worker with free places puts a job without work into the queue of its cluster, one for each worker at
 * most; whoever takes it drops it. The worker is silent when for 15 s it should have heard from the queue and did not:
 *
 * - it took no job of any kind, and
 * - either the queue answered none of its questions, or nobody took its own canary all that time, though it asked: then
 *   it asks in the wrong place.
 *
 * Just taking no canary says nothing: a waiting worker that is woken beside the one that gets the job asks in vain, and
 * may do so each time. Time without free places, while the queue is paused, or while Redis does not answer does not count.
 *
 * When only its own connection is not answered, though Redis answers over a new one, that is mended by the connection
 * itself. A worker for which this did not help for 30 s is silent too.
 */
export class Canary implements StartStop {
  private readonly deps: CanaryDependencies;
  private readonly everyMs: number;
  private readonly silentMsMax: number;
  private readonly answerMs: number;
  private timer: NodeJS.Timeout | undefined;
  private asking: Promise<Answer> | null = null;
  private isLooking = false;
  private lookedAtMs = 0;
  /** Since when Redis answers others only; null when it answers, or nobody. */
  private deafSinceMs: number | null = null;
  /** Since when the worker should have heard something. */
  private dueSinceMs = 0;
  /** False when the last look found the canary of the look before still there. */
  private wasTaken = true;
  private isSilent = false;
  private stopped = false;

  constructor(deps: CanaryDependencies) {
    this.deps = deps;
    this.everyMs = deps.everyMs ?? EVERY_MS;
    this.silentMsMax = deps.silentMsMax ?? SILENT_MS;
    this.answerMs = deps.answerMs ?? ANSWER_MS;
  }

  start(): Promise<void> {
    if (this.stopped) return Promise.resolve();
    this.excuse();
    this.lookedAtMs = this.dueSinceMs;
    this.timer = setInterval(() => void this.look(), this.everyMs);
    return Promise.resolve();
  }

  async stop(): Promise<void> {
    if (this.stopped) return;
    this.stopped = true;
    clearInterval(this.timer);
    const { queue, cluster, workerId } = this.deps;
    if (this.timer && !this.asking) await inTime(queue.removeCanary(cluster, workerId), undefined, this.answerMs);
  }

  /** For how long the worker has heard nothing though it should have; ms. */
  get silentMs(): number {
    const { takenAtMs, answeredAtMs, failedAtMs } = this.deps.pulse();
    // After a failure the next question comes late.
    const heard = Math.max(takenAtMs, failedAtMs === 0 ? 0 : failedAtMs + RETRY_MS, this.wasTaken ? answeredAtMs : 0);
    return Math.max(0, this.deps.clock.nowMs() - Math.max(heard, this.dueSinceMs));
  }

  /** One look, and the next canary. Never rejects; looks do not overlap. */
  async look(): Promise<void> {
    if (this.stopped || this.isSilent || this.isLooking) return;
    this.isLooking = true;
    const silentMs = await this.lookNow();
    this.isLooking = false;
    if (silentMs === 0 || this.stopped) return;
    this.isSilent = true;
    const { cluster, workerId, log, onSilent } = this.deps;
    log.error('the queue gives this worker nothing any more', { cluster, workerId, silentMs });
    onSilent(silentMs);
  }

  /** For how long the worker was silent, when that is too long; else 0. */
  private async lookNow(): Promise<number> {
    const nowMs = this.deps.clock.nowMs();
    // The process itself stood still.
    if (nowMs - this.lookedAtMs > 2 * this.everyMs + this.answerMs) this.excuse();
    this.lookedAtMs = nowMs;
    const { inHand, places } = this.deps.pulse();
    const answer = inHand < places ? await this.ask() : 'not-now';
    if (answer === 'none' && (await inTime(this.deps.isReachable(), false, this.answerMs))) {
      this.dueSinceMs = nowMs;
      this.deafSinceMs ??= nowMs;
      return nowMs - this.deafSinceMs >= DEAF_MS ? nowMs - this.deafSinceMs : 0;
    }
    this.deafSinceMs = null;
    if (answer !== 'asked') this.excuse();
    return this.silentMs >= this.silentMsMax ? this.silentMs : 0;
  }

  private excuse(): void {
    this.dueSinceMs = this.deps.clock.nowMs();
    this.deafSinceMs = null;
  }

  private async ask(): Promise<Answer> {
    // A call that waits for Redis to come back is not repeated.
    if (this.asking) return 'none';
    const asking = this.putCanary().catch((error: unknown): Answer => {
      this.deps.log.debug('canary not added', { error });
      return 'not-now';
    });
    this.asking = asking;
    void asking.finally(() => (this.asking = null));
    return inTime(asking, 'none', this.answerMs);
  }

  private async putCanary(): Promise<Answer> {
    const { queue, cluster, workerId } = this.deps;
    if (await queue.isPaused(cluster)) return 'not-now';
    this.wasTaken = !(await queue.hasCanary(cluster, workerId));
    await queue.addCanary(cluster, workerId);
    return 'asked';
  }
}

/** The value of `late` when it takes too long or fails. Never rejects. */
async function inTime<Value>(work: Promise<Value>, late: Value, timeoutMs: number): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<Value>((resolve) => {
    timer = setTimeout(() => resolve(late), timeoutMs);
  });
  try {
    return await Promise.race([work.catch(() => late), tooLate]);
  } finally {
    clearTimeout(timer);
  }
}
