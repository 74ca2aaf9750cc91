import type { Clock, Log, StartStop } from '@runyard/domain';
import { type QueuePulse, RETRY_MS } from './pulling-worker.ts';
import type { BullRunQueue } from './run-queue.ts';

const EVERY_MS = 5_000;
/** So long a healthy worker with free places is never without a sign of its queue. */
const SILENT_MS = 15_000;
/** A Redis that does not answer for so long counts as away: nobody can be blamed for taking nothing then. */
const ANSWER_MS = 4_000;

export interface CanaryDependencies {
  readonly cluster: string;
  readonly workerId: string;
  readonly queue: Pick<BullRunQueue, 'addCanary' | 'hasCanary' | 'isPaused' | 'removeCanary'>;
  readonly pulse: () => QueuePulse;
  readonly clock: Clock;
  readonly log: Log;
  /** Called once: the worker must be replaced. */
  readonly onSilent: (silentMs: number) => void;
  /** How often it looks; ms. */
  readonly everyMs?: number;
  /** How long a worker may hear nothing; ms. */
  readonly silentMsMax?: number;
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
 */
export class Canary implements StartStop {
  private readonly deps: CanaryDependencies;
  private readonly everyMs: number;
  private readonly silentMsMax: number;
  private timer: NodeJS.Timeout | undefined;
  private asking: Promise<boolean> | null = null;
  private lookedAtMs = 0;
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
    if (this.timer && !this.asking) await inTime(queue.removeCanary(cluster, workerId).then(() => true));
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
    if (this.stopped || this.isSilent) return;
    const nowMs = this.deps.clock.nowMs();
    // The process itself stood still.
    if (nowMs - this.lookedAtMs > 2 * this.everyMs + ANSWER_MS) this.excuse();
    this.lookedAtMs = nowMs;
    const { inHand, places } = this.deps.pulse();
    if (inHand >= places || !(await this.ask())) {
      this.excuse();
      return;
    }
    if (this.silentMs < this.silentMsMax || this.stopped) return;
    this.isSilent = true;
    const { cluster, workerId, log, onSilent } = this.deps;
    log.error('the queue gives this worker nothing any more', { cluster, workerId, silentMs: this.silentMs });
    onSilent(this.silentMs);
  }

  private excuse(): void {
    this.dueSinceMs = this.deps.clock.nowMs();
  }

  /** True when the queue is not paused and has a canary of this worker now. */
  private async ask(): Promise<boolean> {
    // A call that waits for Redis to come back is not repeated.
    if (this.asking) return false;
    const asking = this.putCanary().catch((error: unknown) => {
      this.deps.log.debug('canary not added', { error });
      return false;
    });
    this.asking = asking;
    void asking.finally(() => (this.asking = null));
    return inTime(asking);
  }

  private async putCanary(): Promise<boolean> {
    const { queue, cluster, workerId } = this.deps;
    if (await queue.isPaused(cluster)) return false;
    this.wasTaken = !(await queue.hasCanary(cluster, workerId));
    await queue.addCanary(cluster, workerId);
    return true;
  }
}

/** False when it takes too long. Never rejects. */
async function inTime(work: Promise<boolean>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), ANSWER_MS);
  });
  try {
    return await Promise.race([work.catch(() => false), late]);
  } finally {
    clearTimeout(timer);
  }
}
