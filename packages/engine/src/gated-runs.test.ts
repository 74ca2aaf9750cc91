import { describe, expect, it } from '@jest/globals';
import { ADMIN, engineBundle, putDevice, putService, sampleDevice, sampleService } from '@runyard/testkit';
import { Expirer } from './expirer.ts';

async function setup(maxConcurrent: number) {
  const bundle = engineBundle();
  const { put, queue, plan, start, worker } = bundle;
  await put(
    ...['d1', 'd2', 'd3'].map((name) => putDevice(sampleDevice(name))),
    putService(sampleService('test', { type: 'test', settings: {}, maxConcurrent })),
  );
  return {
    ...bundle,
    startMany: async (count: number): Promise<string[]> => {
      const ids: string[] = [];
      for (let index = 0; index < count; index += 1) ids.push(await start({ devices: ['d1', 'd2'] }));
      return ids;
    },
    /** Carries out every plan job that was added. */
    planAll: async (): Promise<void> => {
      const ids = [...queue.plans.keys(), ...queue.delayedPlans.map(({ runId }) => runId)];
      queue.plans.clear();
      queue.delayedPlans.length = 0;
      for (const id of ids) await plan(id);
    },
    /** Runs whose slices are in the queue. */
    queued: () => [...new Set([...queue.slices.values()].map(({ runId }) => runId))],
    workOffOne: async (): Promise<void> => {
      const job = queue.take();
      if (job) await worker('w1')(job);
    },
  };
}

describe('a service that allows so many runs at once', () => {
  it('has only so many in the queue, and the next one when one has ended', async () => {
    const { startMany, planAll, queued, workOffOne, runs } = await setup(2);
    const [a = '', b = '', c = '', d = ''] = await startMany(4);
    await planAll();
    expect(queued()).toEqual([a, b]);
    expect(await runs.get(c)).toMatchObject({ state: 'queued', planned: false });
    await workOffOne();
    expect((await runs.get(a))?.state).toBe('succeeded');
    await planAll();
    expect(queued()).toEqual([b, c]);
    for (let round = 0; round < 4; round += 1) {
      await workOffOne();
      await planAll();
    }
    expect((await runs.get(d))?.state).toBe('succeeded');
  });

  it('does not let a run in again that was planned, nor one that has ended', async () => {
    const { startMany, planAll, plan, queued, workOffOne, gate } = await setup(1);
    const [a = '', b = ''] = await startMany(2);
    await planAll();
    await plan(a);
    await plan(b);
    expect(queued()).toEqual([a]);
    await workOffOne();
    await plan(a);
    expect(await gate.members('test')).toEqual({ inside: [], line: [b] });
  });

  it('gives the place of a run on that is cancelled, in work or in the line', async () => {
    const { startMany, planAll, cancel, queued } = await setup(1);
    const [a = '', b = '', c = '', d = ''] = await startMany(4);
    await planAll();
    await cancel(c, ADMIN);
    await planAll();
    expect(queued()).toEqual([a]);
    await cancel(a, ADMIN);
    await planAll();
    expect(queued()).toContain(b);
    await cancel(b, ADMIN);
    await planAll();
    expect(queued()).toContain(d);
  });

  it('gives the place of a run on that finds nothing to run on', async () => {
    const { startMany, planAll, queued, put, start, runs } = await setup(1);
    const gone = await start({ devices: ['d3'] });
    const [next = ''] = await startMany(1);
    await put({ kind: 'device', action: 'delete', name: 'd3' });
    await planAll();
    expect((await runs.get(gone))?.state).toBe('failed');
    await planAll();
    expect(queued()).toEqual([next]);
  });

  it('gives the place of a run on that expires, in work or in the line', async () => {
    const { start, startMany, planAll, queued, runs, control, clock, log, runEnded } = await setup(1);
    const first = await start({ devices: ['d1'], queueTtlMs: 1_000 });
    const second = await start({ devices: ['d1'], queueTtlMs: 2_000 });
    const [third = ''] = await startMany(1);
    await planAll();
    expect(queued()).toEqual([first]);
    const expirer = new Expirer({ runs, control, clock, log, lead: async () => true, runEnded });
    clock.advance(3_000);
    await expirer.expire();
    expect((await runs.get(first))?.state).toBe('expired');
    expect((await runs.get(second))?.state).toBe('expired');
    await planAll();
    expect(queued()).toContain(third);
  });

  it('gives the place of a run on whose deadline comes when only slices are left that nobody has', async () => {
    const { put, start, startMany, planAll, queued, workOffOne, runs, control, clock, log, runEnded } = await setup(1);
    await put(putDevice(sampleDevice('d9', { cluster: 'osl' })));
    const first = await start({ devices: ['d1', 'd9'], deadlineMs: clock.nowMs() + 1_000 });
    const [next = ''] = await startMany(1);
    await planAll();
    await workOffOne();
    clock.advance(2_000);
    await new Expirer({ runs, control, clock, log, lead: async () => true, runEnded }).expire();
    expect(await runs.get(first)).toMatchObject({ state: 'expired', counts: { succeeded: 1, cancelled: 1 } });
    await planAll();
    expect(queued()).toContain(next);
  });

  it('takes a run out of the line that ended while it asked for its place', async () => {
    const { startMany, planAll, plan, runs, gate } = await setup(1);
    const [, b = ''] = await startMany(2);
    await planAll();
    const enter = gate.enter.bind(gate);
    gate.enter = async (...asked) => {
      await runs.requestCancel(b);
      return enter(...asked);
    };
    await plan(b);
    expect((await gate.members('test')).line).toEqual([]);
  });

  it('gives the place of a rollout on that stops itself', async () => {
    const { put, start, startMany, planAll, queued, workOffQueue, runs } = await setup(1);
    const fails = sampleService('test', { type: 'nobody-has-it', settings: {}, maxConcurrent: 1 });
    await put(putService(fails));
    const rollout = { canary: 1, maxFailures: 0, soakMs: 0, onBreach: 'stop' } as const;
    const stops = await start({ devices: ['d1', 'd2', 'd3'], rollout });
    const [next = ''] = await startMany(1);
    await planAll();
    await workOffQueue();
    expect((await runs.get(stops))?.state).toBe('failed');
    await planAll();
    expect(queued()).toEqual([next]);
  });
});
