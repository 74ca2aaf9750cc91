import { describe, expect, it } from '@jest/globals';
import {
  engineBundle,
  MemoryJobCheck,
  MemoryRunGate,
  MemoryRunMending,
  MemoryWorkerRegistry,
  putDevice,
  putService,
  SAMPLE_HEARTBEAT,
  sampleDevice,
  sampleService,
} from '@runyard/testkit';
import { Reconciler } from './reconciler.ts';

async function setup({ leads = true } = {}) {
  const bundle = engineBundle();
  const { clock, runs, queue, log } = bundle;
  const service = sampleService('test', { type: 'test', settings: {} });
  const devices = ['d1', 'd2', 'd3', 'd4'];
  await bundle.put(
    ...devices.map((name) => putDevice(sampleDevice(name))),
    putService(service),
    putService({ ...service, name: 'one-at-a-time', maxConcurrent: 1 }),
    { kind: 'pool', action: 'put', item: { name: 'all', devices } },
  );
  const workers = new MemoryWorkerRegistry(clock);
  const gate = new MemoryRunGate();
  const counted: string[] = [];
  const reconciler = new Reconciler({
    runs,
    queue,
    workers,
    clock,
    log,
    gate,
    mending: new MemoryRunMending(runs, clock),
    jobs: new MemoryJobCheck(queue),
    lead: async () => leads,
    onMended: (kind) => counted.push(kind),
    lookAgainMs: 0,
  });
  return {
    ...bundle,
    workers,
    gate,
    reconciler,
    counted,
    /** One round. Gives what it says that it mended; the metric must have counted the same. */
    mended: async () => {
      const before = log.entries.length;
      counted.length = 0;
      await reconciler.reconcile();
      const lines = log.entries.slice(before).filter(({ message }) => message === 'mended');
      expect(lines.every(({ level }) => level === 'warn')).toBe(true);
      expect(counted).toEqual(lines.map(({ fields }) => fields['kind']));
      return lines.map(({ fields }) => fields);
    },
    /** A worker that is heard of now. */
    heartbeat: (id: string) => workers.heartbeat({ ...SAMPLE_HEARTBEAT, id, seenAtMs: clock.nowMs() }),
    /** Claims the slice that is first in the queue. */
    claimNext: async (owner: string) => {
      const job = queue.take();
      if (!job) throw new Error('nothing was queued');
      return { job, claim: await runs.claim(job, owner) };
    },
  };
}

describe('the reconciler', () => {
  it('queues a slice again that was accepted but never queued, once', async () => {
    const { start, queue, clock, mended } = await setup();
    const id = await start({ devices: ['d1'] });
    queue.slices.clear();
    clock.advance(6_000);
    expect(await mended()).toEqual([{ kind: 'not-queued', runId: id, count: 1 }]);
    expect([...queue.slices.keys()]).toEqual([`${id}-0`]);
    expect(await mended()).toEqual([]);
  });

  it('queues the plan step again of a run that was never planned', async () => {
    const { start, queue, clock, mended } = await setup();
    const id = await start({ targets: { devices: [], ipAddresses: [], pools: ['all'] } });
    queue.plans.clear();
    clock.advance(6_000);
    expect(await mended()).toEqual([{ kind: 'not-queued', runId: id, count: 1 }]);
    expect([...queue.plans.keys()]).toEqual([id]);
    expect(await mended()).toEqual([]);
  });

  it('counts nothing for runs that only wait for a worker or for the plan step', async () => {
    const { start, clock, mended } = await setup();
    await start({ devices: ['d1'] });
    await start({ targets: { devices: [], ipAddresses: [], pools: ['all'] } });
    clock.advance(3_600_000);
    expect(await mended()).toEqual([]);
  });

  it('leaves a run alone that was accepted a moment ago', async () => {
    const { start, queue, mended } = await setup();
    await start({ devices: ['d1'] });
    queue.slices.clear();
    expect(await mended()).toEqual([]);
  });

  it('queues a slice again whose worker is dead, and not one whose worker lives', async () => {
    const { start, queue, clock, mended, heartbeat, claimNext } = await setup();
    const id = await start({ devices: ['d1'] });
    await claimNext('worker-1');
    clock.advance(6_000);
    await heartbeat('worker-1');
    expect(await mended()).toEqual([]);
    clock.advance(60_000);
    expect(await mended()).toEqual([{ kind: 'owner-dead', runId: id, count: 1 }]);
    expect([...queue.slices.keys()]).toEqual([`${id}-0`]);
    expect(await mended()).toEqual([]);
  });

  it('ends a cancelled run whose worker died, though nobody is left to end it', async () => {
    const { start, runs, clock, mended, claimNext } = await setup();
    const id = await start({ devices: ['d1'] });
    await claimNext('worker-1');
    await runs.requestCancel(id);
    clock.advance(60_000);
    expect(await mended()).toEqual([{ kind: 'stuck-cancelling', runId: id, count: 1 }]);
    expect((await runs.get(id))?.state).toBe('cancelled');
    expect(await mended()).toEqual([]);
  });

  it('ends a run whose devices are all final', async () => {
    const { start, runs, clock, mended, workOffQueue } = await setup();
    const id = await start({ devices: ['d1', 'd2'] });
    await workOffQueue();
    const run = runs.records.get(id);
    if (!run) throw new Error('no run');
    run.state = 'running';
    run.endedAtMs = null;
    clock.advance(6_000);
    expect(await mended()).toEqual([{ kind: 'done-but-open', runId: id, count: 1 }]);
    expect(await runs.get(id)).toMatchObject({ state: 'succeeded', counts: { succeeded: 2, total: 2 } });
    expect(await mended()).toEqual([]);
  });

  it('begins the next batch of a rollout whose time has come and whose job is lost', async () => {
    const { start, runs, queue, clock, plan, mended, workOffQueue } = await setup();
    const rollout = { canary: 1, soakMs: 1_000, onBreach: 'stop' } as const;
    const id = await start({ devices: ['d1', 'd2', 'd3'], rollout });
    await plan(id);
    await workOffQueue();
    clock.advance(6_000);
    expect((await runs.get(id))?.rollout?.batch).toBe(0);
    expect(await mended()).toEqual([{ kind: 'batch-due', runId: id, count: 1 }]);
    expect(queue.slices.size).toBe(1);
    expect(await mended()).toEqual([]);
    await workOffQueue();
    expect((await runs.get(id))?.state).toBe('succeeded');
  });

  it('takes a run that ended out of the gate that others wait at', async () => {
    const { start, runs, gate, clock, queue, mended } = await setup();
    const [first, second] = [
      await start({ service: 'one-at-a-time', devices: ['d1'] }),
      await start({ service: 'one-at-a-time', devices: ['d2'] }),
    ] as const;
    for (const id of [first, second]) {
      await gate.enter('one-at-a-time', id, (await runs.get(id))?.spec.createdAtUs ?? 0, 1);
    }
    queue.plans.clear();
    await runs.fail(first, { code: 'INTERNAL', message: 'died' });
    clock.advance(10_000);
    expect(await mended()).toEqual([{ kind: 'gate-left', service: 'one-at-a-time', count: 1 }]);
    expect(queue.delayedPlans.map(({ runId }) => runId)).toEqual([second]);
    expect((await gate.members('one-at-a-time')).inside).not.toContain(first);
  });

  it('leaves runs alone that wait at a full gate', async () => {
    const { start, runs, gate, clock, queue, mended } = await setup();
    const ids = [
      await start({ service: 'one-at-a-time', devices: ['d1'] }),
      await start({ service: 'one-at-a-time', devices: ['d2'] }),
    ];
    for (const id of ids) await gate.enter('one-at-a-time', id, (await runs.get(id))?.spec.createdAtUs ?? 0, 1);
    queue.plans.clear();
    queue.plans.set(ids[0] ?? '', 'one-at-a-time');
    clock.advance(10_000);
    expect(await mended()).toEqual([]);
  });

  it('forgets an id in the list of open runs that has no record', async () => {
    const { start, runs, clock, mended } = await setup();
    const id = await start({ devices: ['d1'] });
    clock.advance(6_000);
    let left = true;
    const openRuns = runs.openRuns.bind(runs);
    runs.openRuns = async (...args) => (left ? ['f'.repeat(24), ...(await openRuns(...args))] : openRuns(...args));
    runs.reindex = async () => void (left = false);
    expect(await mended()).toEqual([{ kind: 'index-wrong', runId: 'f'.repeat(24), count: 1 }]);
    expect(await mended()).toEqual([]);
    expect((await runs.get(id))?.state).toBe('queued');
  });

  it('leaves a paused run alone, and ends it when it is to end', async () => {
    const { start, runs, queue, clock, mended } = await setup();
    const id = await start({ devices: ['d1'] });
    queue.slices.clear();
    await runs.setPause(id, { atMs: clock.nowMs(), by: 'ada' });
    clock.advance(60_000);
    expect(await mended()).toEqual([]);
    await runs.requestCancel(id);
    expect((await mended()).map(({ kind }) => kind)).toEqual(['stuck-cancelling']);
    expect((await runs.get(id))?.state).toBe('cancelled');
  });

  it('takes what mends itself between two looks for nothing wrong', async () => {
    const { start, queue, clock, mended, reconciler } = await setup();
    await start({ devices: ['d1'] });
    const [waiting] = [...queue.slices];
    queue.slices.clear();
    clock.advance(6_000);
    const round = reconciler.reconcile();
    if (waiting) queue.slices.set(...waiting);
    await round;
    expect(await mended()).toEqual([]);
  });

  it('raises what waits for long', async () => {
    const { start, queue, clock, reconciler } = await setup();
    const low = await start({ devices: ['d1'], priority: 'low' });
    clock.advance(200_000);
    const normal = await start({ devices: ['d2'] });
    const waiting = () => [...queue.slices.keys()];
    expect(waiting()).toEqual([`${normal}-0`, `${low}-0`]);
    await reconciler.reconcile();
    await reconciler.reconcile();
    expect(waiting()).toEqual([`${low}-0`, `${normal}-0`]);
  });

  it('does nothing while another process leads', async () => {
    const { start, queue, clock, mended } = await setup({ leads: false });
    await start({ devices: ['d1'] });
    queue.slices.clear();
    clock.advance(6_000);
    expect(await mended()).toEqual([]);
    expect(queue.slices.size).toBe(0);
  });

  it('stops before it was started, and twice', async () => {
    const { reconciler, log } = await setup();
    await reconciler.stop();
    await reconciler.start();
    await Promise.all([reconciler.stop(), reconciler.stop()]);
    expect(log.entries).toEqual([]);
  });
});
