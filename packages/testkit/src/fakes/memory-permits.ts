import type { Clock } from '@runyard/domain';

interface Permits {
  readonly count: number;
  readonly perMs: number;
  readonly burst: number;
  readonly wanted: number;
}

/** What the script `take-permits-1.lua` does, in memory and by the clock of the test. */
export class MemoryPermits {
  private readonly clock: Clock;
  private readonly usedUntilMs = new Map<string, number>();

  constructor(clock: Clock) {
    this.clock = clock;
  }

  take(key: string, { count, perMs, burst, wanted }: Permits): { granted: number; retryAfterMs: number } {
    const nowMs = this.clock.nowMs();
    const eachMs = perMs / count;
    const before = Math.min(burst * eachMs, Math.max(0, (this.usedUntilMs.get(key) ?? 0) - nowMs));
    const granted = Math.max(0, Math.min(wanted, Math.floor(burst - before / eachMs + 1e-6)));
    const aheadMs = before + granted * eachMs;
    this.usedUntilMs.set(key, nowMs + aheadMs);
    const retryAfterMs = granted === wanted ? 0 : Math.max(1, Math.ceil(aheadMs - (burst - 1) * eachMs));
    return { granted, retryAfterMs };
  }
}
