import { describe, expect, it } from '@jest/globals';
import { callLimiterConformance } from '../conformance/call-limiter.ts';
import { rateLimiterConformance } from '../conformance/rate-limiter.ts';
import { runGateConformance } from '../conformance/run-gate.ts';
import { MemoryCallLimiter } from './memory-call-limiter.ts';
import { MemoryRateLimiter } from './memory-rate-limiter.ts';
import { MemoryRunGate } from './memory-run-gate.ts';
import { TestClock } from './test-clock.ts';

describe('the gate in memory', () => {
  it.each(runGateConformance)('$title', async ({ check }) => {
    await expect(check(new MemoryRunGate())).resolves.toBeUndefined();
  });
});

describe('the rate limiter in memory', () => {
  it.each(rateLimiterConformance)('$title', async ({ check }) => {
    await expect(check(new MemoryRateLimiter(new TestClock()))).resolves.toBeUndefined();
  });
});

describe('the counter of calls in memory', () => {
  it.each(callLimiterConformance)('$title', async ({ check }) => {
    await expect(check(new MemoryCallLimiter(new TestClock()))).resolves.toBeUndefined();
  });
});
