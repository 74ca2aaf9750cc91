import { describe, expect, it } from '@jest/globals';
import { retryDelayMs } from './service.ts';

describe('the delay before a retry', () => {
  it('is the same each time when it is fixed, and up to a tenth longer by chance', () => {
    const retries = { count: 3, delayMs: 5_000, backoff: 'fixed' } as const;
    expect([2, 3, 4].map((attempt) => retryDelayMs(retries, attempt, 0))).toEqual([5_000, 5_000, 5_000]);
    expect([2, 3, 4].map((attempt) => retryDelayMs(retries, attempt, 0.5))).toEqual([5_250, 5_250, 5_250]);
    expect(retryDelayMs(retries, 2, 0.999_999)).toBe(5_500);
    expect(retryDelayMs({ ...retries, delayMs: 0 }, 2, 0.999_999)).toBe(0);
  });

  it('doubles when it is exponential, of which half is by chance', () => {
    const retries = { count: 3, delayMs: 1_000, backoff: 'exponential' } as const;
    expect([2, 3, 4].map((attempt) => retryDelayMs(retries, attempt, 0))).toEqual([500, 1_000, 2_000]);
    expect(retryDelayMs(retries, 3, 0.999_999)).toBeCloseTo(2_000, -1);
  });

  it('never grows above ten minutes', () => {
    const retries = { count: 99, delayMs: 60_000, backoff: 'exponential' } as const;
    expect(retryDelayMs(retries, 60, 0.999_999)).toBeLessThanOrEqual(600_000);
  });
});
