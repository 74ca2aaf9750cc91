import type { CallCounter, CallLimiter, Clock, RequestRate } from '@runyard/domain';
import { MemoryPermits } from './memory-permits.ts';

/** Counts calls in memory, by the clock of the test. */
export class MemoryCallLimiter implements CallLimiter {
  private readonly permits: MemoryPermits;

  constructor(clock: Clock) {
    this.permits = new MemoryPermits(clock);
  }

  take({ service, endpoint, client }: CallCounter, { requests, perMs }: RequestRate): Promise<number> {
    const key = JSON.stringify([service, endpoint ?? null, client]);
    const taken = this.permits.take(key, { count: requests, perMs, burst: requests, wanted: 1 });
    return Promise.resolve(taken.granted === 1 ? 0 : taken.retryAfterMs);
  }
}
