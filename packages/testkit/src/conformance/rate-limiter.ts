import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type { RateLimiter } from '@runyard/domain';
import type { ConformanceCase } from './conformance-case.ts';

const HOUR_MS = 3_600_000;

/** What every rate limiter promises, in cases that do not last long enough for time to matter. */
export const rateLimiterConformance: readonly ConformanceCase<RateLimiter>[] = [
  {
    title: 'gives one permit of a slow rate, and tells when there is another one',
    async check(limiter) {
      const cluster = someCluster();
      const rate = { devices: 2, perMs: HOUR_MS };
      const first = await limiter.take(cluster, rate, 5);
      assert.equal(first.granted, 1);
      assertWithin(first.retryAfterMs, HOUR_MS / 2 - 60_000, HOUR_MS / 2);
      const second = await limiter.take(cluster, rate, 1);
      assert.equal(second.granted, 0);
      assertWithin(second.retryAfterMs, HOUR_MS / 2 - 60_000, HOUR_MS / 2);
    },
  },
  {
    title: 'gives those of a tenth of a second at once, and no more',
    async check(limiter) {
      const cluster = someCluster();
      const { granted, retryAfterMs } = await limiter.take(cluster, { devices: 5_000, perMs: 1_000 }, 10_000);
      assert.equal(granted, 500);
      assert.equal(retryAfterMs, 1);
    },
  },
  {
    title: 'gives all that is wanted when there is enough, and then nothing has to be waited for',
    async check(limiter) {
      const rate = { devices: 100_000, perMs: 1_000 };
      assert.deepEqual(await limiter.take(someCluster(), rate, 3), { granted: 3, retryAfterMs: 0 });
    },
  },
  {
    title: 'shares the permits of a cluster among all who ask at once',
    async check(limiter) {
      const cluster = someCluster();
      const rate = { devices: 3, perMs: HOUR_MS };
      const answers = await Promise.all(Array.from({ length: 20 }, () => limiter.take(cluster, rate, 1)));
      assert.equal(
        answers.reduce((sum, { granted }) => sum + granted, 0),
        1,
      );
    },
  },
  {
    title: 'keeps clusters apart',
    async check(limiter) {
      const rate = { devices: 1, perMs: HOUR_MS };
      assert.equal((await limiter.take(someCluster(), rate, 1)).granted, 1);
      assert.equal((await limiter.take(someCluster(), rate, 1)).granted, 1);
    },
  },
  {
    title: 'lets nobody wait for an old slow rate when it was raised',
    async check(limiter) {
      const cluster = someCluster();
      await limiter.take(cluster, { devices: 1, perMs: 24 * HOUR_MS }, 1);
      const { retryAfterMs } = await limiter.take(cluster, { devices: 20, perMs: 1_000 }, 10);
      assertWithin(retryAfterMs, 0, 50);
    },
  },
];

function assertWithin(value: number, least: number, most: number): void {
  assert.ok(value >= least && value <= most, `${value} is not from ${least} to ${most}`);
}

function someCluster(): string {
  return `cluster-${randomBytes(6).toString('hex')}`;
}
