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

async function setup(work?: DeviceWork, service: Partial<Service> = {}, slots?: number) {
  const bundle = engineBundle({ ...(work ? { work } : {}), ...(slots === undefined ? {} : { slots }) });
  await bundle.put(
    ...DEVICES.map((name) => putDevice(sampleDevice(name))),
    putService(sampleService('test', { type: 'test', settings: {}, ...service })),
  );
  return bundle;
}

/** Work that a test ends by hand; it lets go when it is aborted, as every service type must. */
function heldWork() {
  const begun: string[] = [];
  const waiting: (() => void)[] = [];
  const work: DeviceWork = ({ device, signal }) =>
    new Promise((resolve, reject) => {
      begun.push(device?.name ?? '');
      waiting.push(() => resolve({ success: true, result: 'ok' }));
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    });
  return { begun, work, release: () => waiting.splice(0).forEach((end) => end()) };
}

describe('running a slice', () => {
  it('gives each device one result and ends the run', async () => {
    const { start, workOffQueue, runs } = await setup(({ device }) => ({
      success: true,
      result: `hi ${device?.name}`,
    }));
    const id = await start({ devices: DEVICES });
    await workOffQueue();
    expect(await runs.get(id)).toMatchObject({ state: 'succeeded', counts: { total: 3, succeeded: 3 } });
    expect((await runs.device(id, 'd2'))?.result).toMatchObject({ state: 'succeeded', result: 'hi d2', attempts: 1 });
  });

  it('fails the run when one device fails, and lets the others finish', async () => {
    const { start, workOffQueue, runs } = await setup(({ device }) => {
      if (device?.name === 'd2') throw Object.assign(new Error('boom'), { code: 'EBOOM' });
      return { success: true, result: 'ok' };
    });
    const id = await start({ devices: DEVICES });
    await workOffQueue();
    expect(await runs.get(id)).toMatchObject({ state: 'failed', counts: { succeeded: 2, failed: 1 } });
    expect((await runs.device(id, 'd2'))?.result?.error?.code).toBe('INTERNAL');
  });

  it('repeats only what may succeed later, with each attempt visible', async () => {
    let calls = 0;
    const work: DeviceWork = () => {
      calls += 1;
      if (calls < 3) return { success: false, result: 'no', error: { code: 'CONNECTION_REFUSED', message: 'refused' } };
      return { success: true, result: 'yes' };
    };
    const { start, workOffQueue, runs } = await setup(work, { retries: { count: 5, delayMs: 1, backoff: 'fixed' } });
    const id = await start({ devices: ['d1'] });
    await workOffQueue();
    const row = await runs.device(id, 'd1');
    expect(row?.result).toMatchObject({ state: 'succeeded', attempts: 3, result: 'yes' });
    expect(row?.result?.history.map(({ error }) => error?.code ?? null)).toEqual([
      'CONNECTION_REFUSED',
      'CONNECTION_REFUSED',
      null,
    ]);
  });

  it('does not repeat what cannot succeed', async () => {
    let calls = 0;
    const work: DeviceWork = () => {
      calls += 1;
      return { success: false, result: null, error: { code: 'AUTHENTICATION_FAILED', message: 'wrong' } };
    };
    const { start, workOffQueue } = await setup(work, { retries: { count: 5, delayMs: 1, backoff: 'fixed' } });
    await start({ devices: ['d1'] });
    await workOffQueue();
    expect(calls).toBe(1);
  });

  it('ends a device that takes longer than its time-out, and no other', async () => {
    const { work, release, begun } = heldWork();
    const { start, workOffQueue, runs } = await setup(
      (task) => (task.device?.name === 'd1' ? work(task) : { success: true, result: 'ok' }),
      { timeoutMs: 5 },
    );
    const id = await start({ devices: DEVICES });
    await workOffQueue();
    release();
    expect(begun).toEqual(['d1']);
    expect((await runs.device(id, 'd1'))?.result?.error?.code).toBe('DEVICE_TIMEOUT');
    expect((await runs.get(id))?.counts).toMatchObject({ succeeded: 2, failed: 1 });
  });

  it('ends what is left when the run takes longer than its time-out', async () => {
    const { work } = heldWork();
    const { start, workOffQueue, runs } = await setup(work, { runTimeoutMs: 5 }, 1);
    const id = await start({ devices: DEVICES });
    await workOffQueue();
    const rows = (await runs.devices(id, null, null, 10)).items;
    expect(rows.map(({ result }) => result?.error?.code)).toEqual(['RUN_TIMEOUT', 'RUN_TIMEOUT', 'RUN_TIMEOUT']);
  });

  it('cancels what is in work and what waits', async () => {
    const { work, begun } = heldWork();
    const { start, workOffQueue, cancel, runs } = await setup(work, {}, 1);
    const id = await start({ devices: DEVICES });
    const working = workOffQueue();
    await waitFor(() => begun.length === 1);
    await cancel(id, ADMIN);
    await working;
    expect(await runs.get(id)).toMatchObject({ state: 'cancelled', counts: { cancelled: 3 } });
    expect(begun).toHaveLength(1);
  });

  it('cancels a run at once whose cluster has no worker', async () => {
    const { start, cancel, runs } = await setup();
    const id = await start({ devices: DEVICES });
    expect((await cancel(id, ADMIN)).state).toBe('cancelled');
    expect((await runs.get(id))?.counts.cancelled).toBe(3);
  });

  it('goes on where another worker stopped, without running what has a result', async () => {
    const { work, begun, release } = heldWork();
    const { start, queue, worker, runs } = await setup((task) =>
      task.device?.name === 'd1' ? { success: true, result: 'first' } : work(task),
    );
    const id = await start({ devices: DEVICES });
    const job = queue.take();
    if (!job) throw new Error('nothing was queued');
    const first = worker('worker-1')(job);
    await waitFor(async () => (await runs.device(id, 'd1'))?.state === 'succeeded');
    const second = worker('worker-2')(job);
    for (const count of [3, 4]) {
      await waitFor(() => begun.length === count);
      release();
    }
    await Promise.all([first, second]);
    expect(begun).toEqual(['d2', 'd3', 'd2', 'd3']);
    expect(await runs.get(id)).toMatchObject({ state: 'succeeded', counts: { succeeded: 3 } });
    expect(await runs.resultsSince(id, 0, 10)).toHaveLength(3);
  });

  it('hands back what it did not begin when the worker drains', async () => {
    const { work, begun, release } = heldWork();
    const { start, queue, worker, runs, draining } = await setup(work, {}, 1);
    const id = await start({ devices: DEVICES });
    const job = queue.take();
    if (!job) throw new Error('nothing was queued');
    const end = worker('worker-1')(job);
    await waitFor(() => begun.length === 1);
    draining.abort();
    release();
    expect(await end).toBe('hand-back');
    expect((await runs.get(id))?.counts).toMatchObject({ succeeded: 1, pending: 2 });
  });

  it('leaves a device to the next worker when the time to finish is over', async () => {
    const { work, begun } = heldWork();
    const { start, queue, worker, runs, draining, stopping } = await setup(work);
    const id = await start({ devices: ['d1'] });
    const job = queue.take();
    if (!job) throw new Error('nothing was queued');
    const end = worker('worker-1')(job);
    await waitFor(() => begun.length === 1);
    draining.abort();
    stopping.abort();
    expect(await end).toBe('hand-back');
    expect((await runs.device(id, 'd1'))?.result).toBeNull();
  });

  it('has no more devices of a run in work than its parallel allows', async () => {
    let most = 0;
    let now = 0;
    const work: DeviceWork = async () => {
      now += 1;
      most = Math.max(most, now);
      await Promise.resolve();
      now -= 1;
      return { success: true, result: 'ok' };
    };
    const { start, workOffQueue } = await setup(work, { parallel: 1 });
    await start({ devices: DEVICES });
    await workOffQueue();
    expect(most).toBe(1);
  });

  it('queues the next slice of its run when it is done', async () => {
    const { put, start, plan, queue, workOffQueue, runs } = await setup();
    await put(...Array.from({ length: 2_000 }, (_, index) => putDevice(sampleDevice(`m${index}`))));
    const pool = { name: 'many', rule: { all: [{ property: 'name', matches: '^m' }] } };
    await put({ kind: 'pool', action: 'put', item: pool });
    const id = await start({ targets: { devices: [], ipAddresses: [], pools: ['many'] } });
    await plan(id);
    expect(queue.slices.size).toBe(3);
    await workOffQueue();
    expect(await runs.get(id)).toMatchObject({ state: 'succeeded', counts: { succeeded: 2_000 } });
  });

  it('leaves out a device with which a worker was lost twice, and finishes the rest', async () => {
    const { start, queue, worker, runs } = await setup();
    const id = await start({ devices: DEVICES });
    const job = queue.take();
    if (!job) throw new Error('nothing was queued');
    for (const owner of ['lost-1', 'lost-2']) {
      const claim = await runs.claim(job, owner);
      if (typeof claim !== 'object') throw new Error('not claimed');
      await runs.record(job, claim, { started: owner === 'lost-1' ? [0, 1] : [1], results: [], log: [] });
      if (owner === 'lost-1') continue;
      await runs.record(job, claim, { started: [], returned: [0], results: [], log: [] });
    }
    await worker('worker-3')(job);
    expect((await runs.device(id, 'd2'))?.result?.error?.code).toBe('WORKER_LOST');
    expect((await runs.get(id))?.counts).toMatchObject({ succeeded: 2, failed: 1 });
  });

  it('runs the devices that were in work when a worker was lost one at a time', async () => {
    let most = 0;
    let now = 0;
    const work: DeviceWork = async () => {
      now += 1;
      most = Math.max(most, now);
      await Promise.resolve();
      now -= 1;
      return { success: true, result: 'ok' };
    };
    const { start, queue, worker, runs } = await setup(work);
    await start({ devices: DEVICES });
    const job = queue.take();
    const claim = job && (await runs.claim(job, 'lost'));
    if (!job || typeof claim !== 'object') throw new Error('not claimed');
    await runs.record(job, claim, { started: [0, 1, 2], results: [], log: [] });
    await worker('worker-2')(job);
    expect(most).toBe(1);
  });

  it('never runs a device again whose service takes effect once, and says that nobody can tell', async () => {
    const calls: string[] = [];
    const work: DeviceWork = ({ device }) => {
      calls.push(device?.name ?? '');
      return { success: true, result: 'ok' };
    };
    const { start, queue, worker, runs } = await setup(work, { effects: 'once' });
    const id = await start({ devices: ['d1', 'd2'] });
    const job = queue.take();
    const claim = job && (await runs.claim(job, 'lost'));
    if (!job || typeof claim !== 'object') throw new Error('not claimed');
    await runs.record(job, claim, { started: [0], results: [], log: [] });
    await worker('worker-2')(job);
    expect(calls).toEqual(['d2']);
    expect(await runs.get(id)).toMatchObject({ state: 'failed', counts: { succeeded: 1, unknown: 1 } });
  });

  it('has it written that a device began before it takes effect once', async () => {
    const states: (string | undefined)[] = [];
    const bundle = await setup(undefined, { effects: 'once' });
    const { start, runs, queue } = bundle;
    const id = await start({ devices: ['d1'] });
    const job = queue.take();
    if (!job) throw new Error('nothing was queued');
    bundle.onWork(async () => void states.push((await runs.device(id, 'd1'))?.state));
    await bundle.worker('worker-1')(job);
    expect(states).toEqual(['running']);
  });

  it('converts, then validates', async () => {
    const { start, workOffQueue, runs } = await setup(() => ({ success: true, result: '{"version": "16"}' }), {
      convert: 'json',
      validate: { path: 'result.version', equals: '17' },
    });
    const id = await start({ devices: ['d1'] });
    await workOffQueue();
    expect((await runs.device(id, 'd1'))?.result).toMatchObject({
      state: 'failed',
      result: { version: '16' },
      error: { code: 'VALIDATION_FAILED', message: 'result.version must equal "17"; it is "16"' },
    });
  });

  it.each([
    ['success', 'succeeded'],
    ['failure', 'failed'],
    ['discard', 'skipped'],
  ] as const)('skips a device as %s', async (as, state) => {
    const work: DeviceWork = () => {
      throw new Error('a skipped device must not run');
    };
    const { start, workOffQueue, runs } = await setup(work, { skip: { when: '{{ device.name }}', as } });
    const id = await start({ devices: ['d1'] });
    await workOffQueue();
    expect((await runs.device(id, 'd1'))?.state).toBe(state);
  });

  it('repeats the service for each value and gives the results by value', async () => {
    const { start, workOffQueue, runs } = await setup(
      ({ render }) => ({ success: true, result: render('vlan {{ item }}') }),
      { forEach: { value: ['10', 20], as: 'item' } },
    );
    const id = await start({ devices: ['d1'] });
    await workOffQueue();
    expect((await runs.device(id, 'd1'))?.result?.result).toEqual({ '10': 'vlan 10', '20': 'vlan 20' });
  });

  it('reports a device that was deleted after the run was accepted', async () => {
    const { start, put, workOffQueue, runs } = await setup();
    const id = await start({ devices: ['d1', 'd2'] });
    await put({ kind: 'device', action: 'delete', name: 'd1' });
    await workOffQueue();
    expect((await runs.device(id, 'd1'))?.result?.error?.code).toBe('DEVICE_DELETED');
    expect((await runs.device(id, 'd2'))?.state).toBe('succeeded');
  });

  it('cuts an output above the limit, with a mark', async () => {
    const { start, workOffQueue, runs } = await setup(() => ({ success: true, result: 'x'.repeat(2_000_000) }));
    const id = await start({ devices: ['d1'] });
    await workOffQueue();
    const result = (await runs.device(id, 'd1'))?.result?.result;
    expect(result).toEqual(`${'x'.repeat(10_000)}\n[output cut: larger than 10000 bytes]`);
  });
});

describe('a slice that another worker has taken over', () => {
  it('is ended within a second, in the middle of its devices, and writes nothing', async () => {
    const { begun, work } = heldWork();
    const { start, queue, runs, worker, orders, log } = await setup(work);
    const id = await start({ devices: ['d1'] });
    const job = queue.take();
    if (!job) throw new Error('nothing was queued');
    const first = worker('w1')(job);
    await waitFor(() => begun.length === 1);
    await runs.claim(job, 'w2');
    await orders.look();
    await first;
    expect(await runs.get(id)).toMatchObject({ state: 'running', counts: { succeeded: 0, failed: 0 } });
    expect(log.entries.some(({ message }) => message === 'slice lost to another worker')).toBe(true);
  });
});
