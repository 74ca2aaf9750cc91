import { describe, expect, it } from '@jest/globals';
import {
  engineBundle,
  MemoryWorkerRegistry,
  putDevice,
  putService,
  sampleDevice,
  sampleService,
} from '@runyard/testkit';
import { Reconciler } from './reconciler.ts';

async function setup({ leads = true } = {}) {
  const bundle = engineBundle();
  const { clock, runs, queue, log } = bundle;
  await bundle.put(putDevice(sampleDevice('d1')), putService(sampleService('test', { type: 'test', settings: {} })), {
    kind: 'pool',
    action: 'put',
    item: { name: 'all', devices: ['d1'] },
  });
  const workers = new MemoryWorkerRegistry(clock);
  const reconciler = new Reconciler({ runs, queue, workers, clock, log, lead: async () => leads });
  return { ...bundle, workers, reconciler };
}

describe('the reconciler', () => {
  it('queues a slice again that was accepted but never queued', async () => {
    const { start, queue, clock, reconciler } = await setup();
    const id = await start({ devices: ['d1'] });
    queue.slices.clear();
    clock.advance(6_000);
    await reconciler.reconcile();
    expect([...queue.slices.keys()]).toEqual([`${id}-0`]);
  });

  it('queues the plan step again of a run that was never planned', async () => {
    const { start, queue, clock, reconciler } = await setup();
    const id = await start({ targets: { devices: [], ipAddresses: [], pools: ['all'] } });
    queue.plans.clear();
    clock.advance(6_000);
    await reconciler.reconcile();
    expect([...queue.plans.keys()]).toEqual([id]);
  });

  it('leaves a run alone that was accepted a moment ago', async () => {
    const { start, queue, reconciler } = await setup();
    await start({ devices: ['d1'] });
    queue.slices.clear();
    await reconciler.reconcile();
    expect(queue.slices.size).toBe(0);
  });

  it('queues a slice again whose worker is dead, and not one whose worker lives', async () => {
    const { start, queue, runs, clock, reconciler, workers } = await setup();
    const id = await start({ devices: ['d1'] });
    const job = queue.take();
    if (!job) throw new Error('nothing was queued');
    await runs.claim(job, 'worker-1');
    clock.advance(6_000);
    const worker = { id: 'worker-1', cluster: 'ams', host: 'h', pid: 1, version: '0', serviceTypes: [] };
    const times = { startedAtMs: 0, seenAtMs: clock.nowMs() };
    await workers.heartbeat({ ...worker, ...times, slots: 1, busySlots: 1, draining: false });
    await reconciler.reconcile();
    expect(queue.slices.size).toBe(0);
    clock.advance(60_000);
    await reconciler.reconcile();
    expect([...queue.slices.keys()]).toEqual([`${id}-0`]);
  });

  it('ends a cancelled run whose worker died, though nobody is left to end it', async () => {
    const { start, queue, runs, clock, reconciler } = await setup();
    const id = await start({ devices: ['d1'] });
    const job = queue.take();
    if (!job) throw new Error('nothing was queued');
    await runs.claim(job, 'worker-1');
    await runs.requestCancel(id);
    clock.advance(60_000);
    await reconciler.reconcile();
    expect((await runs.get(id))?.state).toBe('cancelled');
  });

  it('does nothing while another process leads', async () => {
    const { start, queue, clock, reconciler } = await setup({ leads: false });
    await start({ devices: ['d1'] });
    queue.slices.clear();
    clock.advance(6_000);
    await reconciler.reconcile();
    expect(queue.slices.size).toBe(0);
  });
});
