import { type Clock, type Rate, rateBurst, type RateLimiter } from '@runyard/domain';
import { MemoryPermits } from './memory-permits.ts';

/** Permits in memory, by the clock of the test. */
export class MemoryRateLimiter implements RateLimiter {
  private readonly permits: MemoryPermits;

  constructor(clock: Clock) {
    this.permits = new MemoryPermits(clock);
  }

  take(cluster: string, rate: Rate, wanted: number): Promise<{ granted: number; retryAfterMs: number }> {
    const { devices: count, perMs } = rate;
    return Promise.resolve(this.permits.take(cluster, { count, perMs, burst: rateBurst(rate), wanted }));
  }
}
