import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type { CallLimiter } from '@runyard/domain';
import type { ConformanceCase } from './conformance-case.ts';

const HOUR_MS = 3_600_000;

/** What every counter of calls promises, in cases that do not last long enough for time to matter. */
export const callLimiterConformance: readonly ConformanceCase<CallLimiter>[] = [
  {
    title: 'lets as many calls through at once as the rate says, and tells when another one may come',
    async check(limiter) {
      const counter = { service: someService(), client: '192.0.2.1' };
      const rate = { requests: 3, perMs: HOUR_MS };
      for (let call = 1; call <= 3; call += 1) assert.equal(await limiter.take(counter, rate), 0);
      const waitMs = await limiter.take(counter, rate);
      assert.ok(waitMs > HOUR_MS / 3 - 60_000 && waitMs <= HOUR_MS / 3, `${waitMs}`);
    },
  },
  {
    title: 'counts those who call at once together',
    async check(limiter) {
      const counter = { service: someService(), endpoint: 'e', client: '192.0.2.1' };
      const waits = await Promise.all(
        Array.from({ length: 20 }, () => limiter.take(counter, { requests: 5, perMs: HOUR_MS })),
      );
      assert.equal(waits.filter((waitMs) => waitMs === 0).length, 5);
    },
  },
  {
    title: 'does not count a call that it refuses',
    async check(limiter) {
      const counter = { service: someService(), client: '192.0.2.1' };
      const rate = { requests: 1, perMs: HOUR_MS };
      await limiter.take(counter, rate);
      const first = await limiter.take(counter, rate);
      for (let call = 1; call <= 5; call += 1) await limiter.take(counter, rate);
      assert.ok((await limiter.take(counter, rate)) <= first);
    },
  },
  {
    title: 'keeps services, endpoints and clients apart, whatever characters are in them',
    async check(limiter) {
      const service = someService();
      const rate = { requests: 1, perMs: HOUR_MS };
      for (const counter of [
        { service, client: 'a' },
        { service, client: 'b' },
        { service, endpoint: 'e', client: 'a' },
        { service, endpoint: 'f', client: 'a' },
        { service: `${service}}{`, client: 'a' },
        { service, endpoint: '', client: 'a' },
      ]) {
        assert.equal(await limiter.take(counter, rate), 0);
      }
    },
  },
];

function someService(): string {
  return `service-${randomBytes(6).toString('hex')}`;
}
