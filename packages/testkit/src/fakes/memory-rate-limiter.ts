import { type Clock, type Rate, rateBurst, type RateLimiter } from '@runyard/domain';

/** Permits in memory, by the clock of the test. */
export class MemoryRateLimiter implements RateLimiter {
  private readonly clock: Clock;
  private readonly usedUntilMs = new Map<string, number>();

  constructor(clock: Clock) {
    this.clock = clock;
  }

  take(cluster: string, rate: Rate, wanted: number): Promise<{ granted: number; retryAfterMs: number }> {
    const nowMs = this.clock.nowMs();
    const eachMs = rate.perMs / rate.devices;
    const burst = rateBurst(rate);
    const before = Math.min(burst * eachMs, Math.max(0, (this.usedUntilMs.get(cluster) ?? 0) - nowMs));
    const granted = Math.max(0, Math.min(wanted, Math.floor(burst - before / eachMs + 1e-6)));
    const aheadMs = before + granted * eachMs;
    this.usedUntilMs.set(cluster, nowMs + aheadMs);
    const retryAfterMs = granted === wanted ? 0 : Math.max(1, Math.ceil(aheadMs - (burst - 1) * eachMs));
    return Promise.resolve({ granted, retryAfterMs });
  }
}
