import { describe, expect, it } from '@jest/globals';
import type { Service } from '@runyard/domain';
import {
  ADMIN,
  type DeviceWork,
  engineBundle,
  putDevice,
  putService,
  sampleDevice,
  sampleService,
  waitFor,
} from '@runyard/testkit';

const DEVICES = ['d1', 'd2', 'd3'];
const SOMEBODY = { runId: 'f'.repeat(24), device: 'other', service: 'other', principal: 'olga' };

async function setup(service: Partial<Service>, work?: DeviceWork, slots = 1) {
  const bundle = engineBundle({ slots, ...(work ? { work } : {}) });
  await bundle.put(
    ...DEVICES.map((name) => putDevice(sampleDevice(name))),
    putService(sampleService('test', { type: 'test', settings: {}, ...service })),
  );
  const { lockStore } = bundle;
  return {
    ...bundle,
    /** Somebody else has the lock; gives what lets go of it. */
    take: async (key: string) => {
      const lease = await lockStore.acquire(key, SOMEBODY);
      if (!('token' in lease)) throw new Error(`${key} is taken`);
      return () => lockStore.release(lease);
    },
    waiting: (runId: string) => lockStore.waitingOf(runId, 100),
  };
}

/** Work of which is known what was in hand at once, and that a test ends. */
function heldWork() {
  const begun: string[] = [];
  let inHand = 0;
  let inHandMax = 0;
  const ends: (() => void)[] = [];
  const work: DeviceWork = ({ device, signal }) =>
    new Promise((resolve, reject) => {
      begun.push(device?.name ?? '');
      inHand += 1;
      inHandMax = Math.max(inHandMax, inHand);
      const end = () => (inHand -= 1);
      ends.push(() => resolve({ success: true, result: String(end()) }));
      signal.addEventListener('abort', () => reject((end(), signal.reason as Error)), { once: true });
    });
  return { begun, work, endOne: () => ends.shift()?.(), inHandMax: () => inHandMax };
}

describe('a slice of a service with a lock', () => {
  it('lets a device wait for its lock without a slot, while the others finish', async () => {
    const { start, workOffQueue, runs, take, waiting } = await setup({ lock: 'device' });
    const letGo = await take('device/d1');
    const id = await start({ devices: DEVICES });
    const done = workOffQueue();
    await waitFor(async () => (await runs.get(id))?.counts.succeeded === 2);
    expect(await waiting(id)).toEqual([{ device: 'd1', key: 'device/d1', heldBy: SOMEBODY }]);
    await letGo();
    await done;
    expect(await runs.get(id)).toMatchObject({ state: 'succeeded', counts: { succeeded: 3 } });
  });

  it('has one device at a time in work for one key, in the order in which they asked, and gives the lock back', async () => {
    const { begun, work, endOne, inHandMax } = heldWork();
    const { start, worker, queue, runs, lockStore } = await setup({ lock: 'line {{ params.site }}' }, work, 10);
    const ids: string[] = [];
    for (const device of ['d1', 'd2']) ids.push(await start({ devices: [device, 'd3'], params: { site: 'ams' } }));
    const slices = [queue.take(), queue.take()].map(async (job) => job && worker('worker-1')(job));
    for (let ended = 1; ended <= 4; ended += 1) {
      await waitFor(() => begun.length === ended);
      expect((await lockStore.get('line ams'))?.waiting).toBe(4 - ended);
      endOne();
    }
    await Promise.all(slices);
    expect([inHandMax(), begun]).toEqual([1, ['d1', 'd3', 'd2', 'd3']]);
    expect(await lockStore.get('line ams')).toBeNull();
    for (const id of ids) expect(await runs.get(id)).toMatchObject({ state: 'succeeded', counts: { succeeded: 2 } });
  });

  it('ends a device with LOCK_LOST whose lock was broken, and no other', async () => {
    const { begun, work, endOne } = heldWork();
    const { start, workOffQueue, runs, lockStore } = await setup({ lock: 'device' }, work, 10);
    const id = await start({ devices: ['d1', 'd2'] });
    const done = workOffQueue();
    await waitFor(() => begun.length === 2);
    await lockStore.break('device/d1');
    await waitFor(async () => (await lockStore.get('device/d1')) === null);
    endOne();
    endOne();
    await done;
    expect((await runs.device(id, 'd1'))?.result?.error?.code).toBe('LOCK_LOST');
    expect(await runs.get(id)).toMatchObject({ state: 'failed', counts: { failed: 1, succeeded: 1 } });
  });

  it('ends a device whose lock was broken while it waits for its next attempt', async () => {
    const retries = { count: 1, delayMs: 3_600_000, backoff: 'fixed' } as const;
    const work = () => ({ success: false, result: '', error: { code: 'COMMAND_FAILED', message: 'no' } }) as const;
    const { start, workOffQueue, runs, lockStore } = await setup({ lock: 'device', retries }, work);
    const id = await start({ devices: ['d1'] });
    const done = workOffQueue();
    await waitFor(async () => (await runs.get(id))?.counts.running === 1);
    await lockStore.break('device/d1');
    await done;
    expect((await runs.device(id, 'd1'))?.result?.error?.code).toBe('LOCK_LOST');
  });

  it('cancels a device that waits for its lock, and forgets its wish', async () => {
    const { start, workOffQueue, runs, cancel, take, waiting, lockStore } = await setup({ lock: 'device' });
    await take('device/d1');
    const id = await start({ devices: ['d1'] });
    const done = workOffQueue();
    await waitFor(async () => (await waiting(id)).length === 1);
    await cancel(id, ADMIN);
    await done;
    expect(await runs.get(id)).toMatchObject({ state: 'cancelled', counts: { cancelled: 1 } });
    expect((await lockStore.get('device/d1'))?.waiting).toBe(0);
  });

  it('hands a device back that waits for its lock when the worker drains', async () => {
    const { start, worker, queue, runs, draining, take, waiting } = await setup({ lock: 'device' });
    await take('device/d1');
    const id = await start({ devices: ['d1', 'd2'] });
    const job = queue.take();
    const done = job && worker('worker-1')(job);
    await waitFor(async () => (await runs.get(id))?.counts.succeeded === 1);
    draining.abort();
    expect(await done).toBe('hand-back');
    expect((await runs.get(id))?.counts).toMatchObject({ pending: 1, succeeded: 1 });
    expect(await waiting(id)).toEqual([]);
  });

  it('fails a device whose key cannot be made', async () => {
    const { start, workOffQueue, runs } = await setup({ lock: '{{ params.site }}' });
    const id = await start({ devices: ['d1'], params: { site: ' ' } });
    await workOffQueue();
    expect((await runs.device(id, 'd1'))?.result?.error?.code).toBe('TEMPLATE_INVALID');
  });
});
