import { describe, expect, it } from '@jest/globals';
import type { Keep } from '@runyard/domain';
import { engineBundle, MemoryRunRetention, putDevice, putService, sampleDevice, sampleService } from '@runyard/testkit';
import { Pruner } from './pruner.ts';

const DAY_MS = 86_400_000;

async function setup(keep: Keep, { leads = true } = {}) {
  const bundle = engineBundle();
  const { clock, runs, catalog, log } = bundle;
  const service = (kept: Keep) => putService(sampleService('test', { type: 'test', settings: {}, keep: kept }));
  await bundle.put(putDevice(sampleDevice('d1')), service(keep));
  const retention = new MemoryRunRetention(runs);
  const pruner = new Pruner({ retention, catalog, clock, log, lead: async () => leads });
  return {
    ...bundle,
    retention,
    pruner,
    keepNow: (kept: Keep) => bundle.put(service(kept)),
    ended: async (count: number): Promise<string[]> => {
      const ids = [];
      for (let index = 0; index < count; index += 1) {
        ids.push(await bundle.start({ devices: ['d1'] }));
        await bundle.workOffQueue();
      }
      return ids;
    },
    kept: async () => (await runs.list({}, null, 10_000)).items.map(({ spec }) => spec.id).reverse(),
  };
}

describe('the pruner', () => {
  it('removes runs that ended longer ago than their service keeps them', async () => {
    const { ended, kept, pruner, clock } = await setup({ days: 2, runs: 100 });
    await ended(3);
    clock.advance(DAY_MS);
    const young = await ended(2);
    clock.advance(1.5 * DAY_MS);
    expect(await pruner.prune()).toEqual({ removed: 3, complete: true });
    expect(await kept()).toEqual(young);
  });

  it('keeps by days what the service said then, and by number what it says now', async () => {
    const { ended, kept, pruner, clock, keepNow } = await setup({ days: 2, runs: 100 });
    const ids = await ended(10);
    await keepNow({ days: 1, runs: 4 });
    clock.advance(1.5 * DAY_MS);
    await pruner.prune();
    expect(await kept()).toEqual(ids.slice(6));
  });

  it('leaves a run alone that has not ended, however old and however many there are', async () => {
    const { ended, kept, pruner, clock, start } = await setup({ days: 1, runs: 1 });
    const open = await start({ devices: ['d1'] });
    clock.advance(30 * DAY_MS);
    await pruner.prune();
    expect(await kept()).toEqual([open]);
    const [, second = ''] = await ended(2);
    await pruner.prune();
    expect(await kept()).toEqual([second]);
  });

  it('does a bounded number of steps in a round, and the rest in the next ones', async () => {
    const { ended, kept, pruner } = await setup({ days: 7, runs: 10 });
    const ids = await ended(5_400);
    expect(await pruner.prune()).toEqual({ removed: 5_000, complete: false });
    expect(await pruner.prune()).toEqual({ removed: 390, complete: true });
    expect(await kept()).toEqual(ids.slice(-10));
  });

  it('comes to runs that are over behind many that are kept longer', async () => {
    const { ended, kept, pruner, clock, keepNow } = await setup({ days: 30, runs: 10_000 });
    const long = await ended(350);
    await keepNow({ days: 1, runs: 10_000 });
    await ended(5);
    clock.advance(2 * DAY_MS);
    expect((await pruner.prune()).removed).toBe(0);
    expect((await pruner.prune()).removed).toBe(5);
    expect(await kept()).toEqual(long);
  });

  it('does nothing while another process leads', async () => {
    const { ended, kept, pruner } = await setup({ days: 0, runs: 1 }, { leads: false });
    await ended(3);
    await pruner.prune();
    expect((await kept()).length).toBe(3);
  });

  it('stops before it was started, and twice', async () => {
    const { pruner, log } = await setup({ days: 1, runs: 1 });
    await pruner.stop();
    await pruner.start();
    await Promise.all([pruner.stop(), pruner.stop()]);
    expect(log.entries).toEqual([]);
  });
});
