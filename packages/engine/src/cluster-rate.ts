import type { CatalogStore, Clock, Log, Rate, RateLimiter } from '@runyard/domain';

export interface ClusterRateDependencies {
  readonly cluster: string;
  readonly catalog: Pick<CatalogStore, 'cluster'>;
  readonly limiter: RateLimiter;
  readonly clock: Clock;
  readonly log: Log;
  /** Devices for which there is a slot now: a permit that has to wait for one would be used at a wrong time. */
  readonly freeSlots: () => number;
}

interface Waiting {
  readonly begin: () => void;
}

/** How long a rate that was read counts. */
const FRESH_MS = 2_000;
/** Permits fetched at once. */
const BATCH_MAX = 100;
/** Permits of a tenth of a second may be fetched together, so nothing is lost by this pause. */
const PAUSE_MS_MIN = 20;
/** A change of the rate reaches those who wait for a slow one. */
const PAUSE_MS_MAX = FRESH_MS;
const AGAIN_MS = 1_000;

/**
 * Permits of one worker to begin a device, where its cluster has a rate. Those who wait are served in the order in
 * which they asked, by one who fetches permits for all of them.
 * Owns `waiting`; whoever aborts leaves it at once and no permit is used for it any more.
 */
export class ClusterRate {
  private readonly deps: ClusterRateDependencies;
  private readonly waiting = new Set<Waiting>();
  private rate: Rate | null = null;
  private readUntilMs = -Infinity;
  private isServing = false;
  private wake: () => void = () => undefined;

  constructor(deps: ClusterRateDependencies) {
    this.deps = deps;
  }

  /** False when it is known that the cluster has no rate, so that nobody has to ask for a permit. */
  get isLimited(): boolean {
    return this.rate !== null || this.deps.clock.nowMs() >= this.readUntilMs;
  }

  /** Null when a device may begin at once. Else resolves when it may, or rejects with the reason of the signal. */
  permit(signal: AbortSignal): Promise<void> | null {
    if (!this.isLimited) return null;
    return new Promise((resolve, reject) => {
      const abort = () => {
        this.waiting.delete(entry);
        if (this.waiting.size === 0) this.wake();
        reject(signal.reason as Error);
      };
      const entry: Waiting = {
        begin: () => {
          signal.removeEventListener('abort', abort);
          resolve();
        },
      };
      if (signal.aborted) {
        reject(signal.reason as Error);
        return;
      }
      signal.addEventListener('abort', abort, { once: true });
      this.waiting.add(entry);
      if (!this.isServing) void this.serve();
    });
  }

  private async serve(): Promise<void> {
    this.isServing = true;
    while (this.waiting.size > 0) {
      const pauseMs = await this.fetch().catch((error: unknown) => {
        this.deps.log.warn('no permits fetched for a cluster with a rate', { cluster: this.deps.cluster, error });
        return AGAIN_MS;
      });
      if (this.waiting.size > 0 && pauseMs > 0) await this.pause(pauseMs);
    }
    this.isServing = false;
  }

  /** Fetches permits for those who wait, and gives how long to wait before the next time. */
  private async fetch(): Promise<number> {
    const rate = await this.readRate();
    const wanted = this.waiting.size;
    if (wanted === 0) return 0;
    if (!rate) {
      this.begin(wanted);
      return 0;
    }
    const { cluster, limiter, freeSlots } = this.deps;
    const useful = Math.min(wanted, BATCH_MAX, freeSlots());
    if (useful <= 0) return PAUSE_MS_MIN;
    const { granted, retryAfterMs } = await limiter.take(cluster, rate, useful);
    this.begin(granted);
    // Those who begin take their slots before anybody counts them again.
    return retryAfterMs === 0 ? 1 : Math.min(PAUSE_MS_MAX, Math.max(PAUSE_MS_MIN, retryAfterMs));
  }

  /** Permits of those who went meanwhile are lost: kept for later, they would let too many begin at once. */
  private begin(count: number): void {
    let left = count;
    for (const entry of this.waiting) {
      if (left === 0) return;
      left -= 1;
      this.waiting.delete(entry);
      entry.begin();
    }
  }

  private async readRate(): Promise<Rate | null> {
    const { catalog, clock, cluster } = this.deps;
    const nowMs = clock.nowMs();
    if (nowMs >= this.readUntilMs) {
      this.rate = (await catalog.cluster(cluster))?.rate ?? null;
      this.readUntilMs = nowMs + FRESH_MS;
    }
    return this.rate;
  }

  /** Ends early when nobody waits any more. */
  private pause(pauseMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.wake(), pauseMs);
      this.wake = () => {
        clearTimeout(timer);
        this.wake = () => undefined;
        resolve();
      };
    });
  }
}
