import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { AppError, type Cluster, type Rate, type RateLimiter } from '@runyard/domain';
import { MemoryLog, MemoryRateLimiter } from '@runyard/testkit';
import { ClusterRate } from './cluster-rate.ts';

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

const clock = { nowMs: () => Date.now() };

function setup(rate: Rate | null, limiter: RateLimiter = new MemoryRateLimiter(clock)) {
  const shown: { cluster: Cluster } = { cluster: { name: 'ams', ...(rate ? { rate } : {}) } };
  const reads: string[] = [];
  const wanted: number[] = [];
  const slots = { free: 1_000 };
  const log = new MemoryLog();
  const create = () =>
    new ClusterRate({
      cluster: 'ams',
      catalog: { cluster: async (name) => (reads.push(name), shown.cluster) },
      limiter: { take: (cluster, current, count) => (wanted.push(count), limiter.take(cluster, current, count)) },
      clock,
      log,
      freeSlots: () => slots.free,
    });
  const begun: string[] = [];
  const signal = new AbortController();
  /** Asks, and writes the name down when the permit is there. */
  const ask = (clusterRate: ClusterRate, name: string, abort = signal) => {
    const permit = clusterRate.permit(abort.signal);
    void permit?.then(
      () => begun.push(name),
      () => undefined,
    );
    return permit;
  };
  return { create, shown, slots, reads, wanted, log, begun, ask, signal };
}

describe('the rate of a cluster', () => {
  it('lets a device begin at once when the cluster has none', async () => {
    const { create, ask, reads } = setup(null);
    const rate = create();
    await ask(rate, 'first');
    expect(ask(rate, 'second')).toBeNull();
    expect(rate.isLimited).toBe(false);
    expect(reads).toEqual(['ams']);
  });

  it('lets devices begin one by one, in the order in which they asked', async () => {
    const { create, ask, begun } = setup({ devices: 2, perMs: 1_000 });
    const rate = create();
    for (const name of ['a', 'b', 'c']) void ask(rate, name);
    await jest.advanceTimersByTimeAsync(0);
    expect(begun).toEqual(['a']);
    await jest.advanceTimersByTimeAsync(499);
    expect(begun).toEqual(['a']);
    await jest.advanceTimersByTimeAsync(2);
    expect(begun).toEqual(['a', 'b']);
    await jest.advanceTimersByTimeAsync(500);
    expect(begun).toEqual(['a', 'b', 'c']);
  });

  it('fetches permits for all that wait with one question, and no more than a hundred', async () => {
    const { create, ask, wanted, begun } = setup({ devices: 1_000_000, perMs: 1_000 });
    const rate = create();
    for (let index = 0; index < 250; index += 1) void ask(rate, String(index));
    await jest.advanceTimersByTimeAsync(5);
    expect(wanted).toEqual([100, 100, 50]);
    expect(begun).toHaveLength(250);
  });

  it('shares the rate with other workers', async () => {
    const { create, ask, begun } = setup({ devices: 10, perMs: 1_000 });
    const [one, other] = [create(), create()];
    for (let index = 0; index < 100; index += 1) void ask(index % 2 === 0 ? one : other, String(index));
    await jest.advanceTimersByTimeAsync(5_000);
    expect(begun.length).toBeGreaterThan(40);
    expect(begun.length).toBeLessThanOrEqual(51);
  });

  it('gives nothing to who aborted, and its turn to the next', async () => {
    const { create, ask, begun, wanted } = setup({ devices: 1, perMs: 1_000 });
    const rate = create();
    const abort = new AbortController();
    void ask(rate, 'a');
    const waits = ask(rate, 'b', abort);
    void ask(rate, 'c');
    await jest.advanceTimersByTimeAsync(100);
    abort.abort(new AppError('RUN_CANCELLED', 'The run was cancelled.'));
    await expect(waits).rejects.toMatchObject({ code: 'RUN_CANCELLED' });
    await jest.advanceTimersByTimeAsync(1_000);
    expect(begun).toEqual(['a', 'c']);
    expect(wanted.at(-1)).toBe(1);
    await expect(rate.permit(abort.signal)).rejects.toMatchObject({ code: 'RUN_CANCELLED' });
  });

  it('asks for nothing more when all that waited are gone', async () => {
    const { create, ask, wanted, signal } = setup({ devices: 1, perMs: 60_000 });
    const rate = create();
    for (const name of ['a', 'b', 'c']) void ask(rate, name);
    await jest.advanceTimersByTimeAsync(0);
    signal.abort(new Error('the worker stops'));
    await jest.advanceTimersByTimeAsync(0);
    expect(jest.getTimerCount()).toBe(0);
    await jest.advanceTimersByTimeAsync(120_000);
    expect(wanted).toHaveLength(1);
  });

  it('lets those who wait for a slow rate begin soon after it was raised or taken away', async () => {
    const { create, ask, begun, shown } = setup({ devices: 1, perMs: 3_600_000 });
    const rate = create();
    for (const name of ['a', 'b', 'c', 'd']) void ask(rate, name);
    await jest.advanceTimersByTimeAsync(10_000);
    expect(begun).toEqual(['a']);
    shown.cluster = { name: 'ams', rate: { devices: 1, perMs: 4_000 } };
    await jest.advanceTimersByTimeAsync(6_000);
    expect(begun).toEqual(['a', 'b']);
    shown.cluster = { name: 'ams' };
    await jest.advanceTimersByTimeAsync(2_000);
    expect(begun).toEqual(['a', 'b', 'c', 'd']);
  });

  it('looks again before it lets a device begin without a permit, when it has not looked for long', async () => {
    const { create, ask, begun, shown } = setup(null);
    const rate = create();
    await ask(rate, 'first');
    shown.cluster = { name: 'ams', rate: { devices: 1, perMs: 60_000 } };
    await jest.advanceTimersByTimeAsync(2_000);
    for (const name of ['a', 'b']) void ask(rate, name);
    await jest.advanceTimersByTimeAsync(1_000);
    expect(begun).toEqual(['first', 'a']);
  });

  it('takes no permit for a device that has no slot to begin in', async () => {
    const { create, ask, begun, slots, wanted } = setup({ devices: 100, perMs: 1_000 });
    const rate = create();
    slots.free = 0;
    for (let index = 0; index < 50; index += 1) void ask(rate, String(index));
    await jest.advanceTimersByTimeAsync(5_000);
    expect(wanted).toEqual([]);
    slots.free = 2;
    await jest.advanceTimersByTimeAsync(20);
    expect(wanted[0]).toBe(2);
    expect(begun.slice(0, 2)).toEqual(['0', '1']);
  });

  it('goes on when the store is back', async () => {
    let isAway = true;
    const limiter = new MemoryRateLimiter(clock);
    const { create, ask, begun, log } = setup(
      { devices: 10, perMs: 1_000 },
      {
        take: (cluster, rate, wanted) =>
          isAway
            ? Promise.reject(new AppError('STORE_UNAVAILABLE', 'Redis does not answer.'))
            : limiter.take(cluster, rate, wanted),
      },
    );
    void ask(create(), 'a');
    await jest.advanceTimersByTimeAsync(3_500);
    expect(begun).toEqual([]);
    isAway = false;
    await jest.advanceTimersByTimeAsync(1_000);
    expect(begun).toEqual(['a']);
    expect(log.entries.map(({ message }) => message)).toContain('no permits fetched for a cluster with a rate');
  });
});
