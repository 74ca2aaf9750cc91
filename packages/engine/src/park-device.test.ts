import { describe, expect, it } from '@jest/globals';
import type { RunId, SliceJob, StepRecord } from '@runyard/domain';
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
import { markOf, workflowService, workStep } from '../test/workflow-samples.ts';
import type { IdleSlice } from './device-gates.ts';
import { Expirer } from './expirer.ts';
import { createPauseRun } from './pause-run.ts';
import { Slots } from './slots.ts';

const DEVICES = ['d1', 'd2', 'd3'];
const ASK = { id: 'ask', type: 'approve', onError: 'fail', message: 'Go on?' } as const;

async function setup(work?: DeviceWork) {
  const works: string[] = [];
  const bundle = engineBundle({
    work: (task) => {
      works.push(`${markOf(task.service)} ${task.device?.name ?? ''}`);
      return work ? work(task) : { success: true, result: 'ok' };
    },
  });
  const { runs, steps, queue, worker, start, put } = bundle;
  await put(
    ...DEVICES.map((name) => putDevice(sampleDevice(name))),
    putService(workflowService('gate', [workStep('first'), ASK, workStep('last')], {}, { runMethod: 'per-device' })),
    putService(sampleService('other', { type: 'test', settings: { mark: 'other' } })),
  );
  const stateOf = async (runId: RunId, device: string) =>
    (await steps.read(runId, device, ['ask'])).get('ask')?.state ?? null;
  return {
    ...bundle,
    works,
    stateOf,
    /** A worker with one slot has the slice in hand, and each device waits for a person. */
    parked: async (devices: readonly string[] = DEVICES) => {
      const slots = new Slots(1);
      const draining = new AbortController();
      const id = await start({ service: 'gate', devices });
      const job = taken(queue.take());
      const run = worker('worker-1', bundle.shared, { slots, draining: draining.signal });
      const end = run(job);
      await waitFor(async () => (await runs.get(id))?.state === 'waiting' && slots.busy === 0);
      for (const device of devices) expect(await stateOf(id, device)).toBe('waiting');
      return { id, job, end, run, slots, drain: () => draining.abort() };
    },
    approve: (runId: RunId, device: string): Promise<StepRecord> =>
      bundle.answer({ runId, device, step: 'ask' }, { isApproved: true }, ADMIN),
  };
}

function taken(job: SliceJob | undefined): SliceJob {
  if (!job) throw new Error('nothing was queued');
  return job;
}

describe('a device that waits for something long', () => {
  it('holds no slot: many wait on a worker with one, which does other work meanwhile', async () => {
    const { parked, start, queue, runs, works, approve } = await setup();
    const { id, end, run } = await parked();
    const other = await start({ service: 'other', devices: ['d1'] });
    await run(taken(queue.take()));
    expect((await runs.get(other))?.state).toBe('succeeded');
    expect(await runs.get(id)).toMatchObject({ state: 'waiting', counts: { pending: 3, running: 0 } });
    for (const device of DEVICES) await approve(id, device);
    expect(await end).toBe('done');
    expect((await runs.get(id))?.state).toBe('succeeded');
    expect(works.filter((work) => work.startsWith('last'))).toHaveLength(3);
  });

  it('is not counted as lost when its worker dies, however often', async () => {
    const { parked, worker, runs, approve, works, orders } = await setup();
    const { id, job, end } = await parked(['d1']);
    const ends = [end];
    for (const name of ['worker-2', 'worker-3', 'worker-4']) {
      ends.push(worker(name)(job));
      await waitFor(() => runs.records.get(id)?.slices[0]?.owner === name);
      await waitFor(async () => (await runs.get(id))?.state === 'waiting');
    }
    await approve(id, 'd1');
    await ends.at(-1);
    await orders.look();
    await Promise.all(ends);
    expect(await runs.get(id)).toMatchObject({ state: 'succeeded', counts: { succeeded: 1 } });
    expect(works).toEqual(['first d1', 'last d1']);
  });

  it('holds up none of the others that were in work with it when a worker was lost', async () => {
    let inWork = 0;
    const most: number[] = [];
    const lost = new Map<string, () => void>();
    const work: DeviceWork = async ({ device }) => {
      const name = device?.name ?? '';
      if (!lost.has(name)) {
        return new Promise((resolve) => lost.set(name, () => resolve({ success: true, result: 'too late' })));
      }
      inWork += 1;
      most.push(inWork);
      await Promise.resolve();
      inWork -= 1;
      return { success: true, result: 'ok' };
    };
    const { start, queue, worker, runs, approve, stateOf } = await setup(work);
    const id = await start({ service: 'gate', devices: DEVICES });
    const job = taken(queue.take());
    const first = worker('worker-1')(job);
    await waitFor(async () => lost.size === 3 && (await runs.get(id))?.counts.running === 3);
    const end = worker('worker-2')(job);
    for (const device of DEVICES) await waitFor(async () => (await stateOf(id, device)) === 'waiting');
    for (const device of DEVICES.toReversed()) await approve(id, device);
    expect(await end).toBe('done');
    expect(await runs.get(id)).toMatchObject({ state: 'succeeded', counts: { succeeded: 3 } });
    expect(most).toEqual([1, 1, 1, 1, 1, 1]);
    for (const release of lost.values()) release();
    await first;
  });

  it('keeps no other device of its run from beginning, however many wait', async () => {
    const { put, start, plan, queue, worker, runs, shared, cancel } = await setup();
    await put({ kind: 'pool', action: 'put', item: { name: 'all', devices: DEVICES } });
    const id = await start({ service: 'gate', targets: { devices: [], pools: ['all'], ipAddresses: [] } });
    const slices = DEVICES.map((name) => ({ cluster: 'ams', names: [name] }));
    await runs.plan(id, { slices, sorted: false, window: 1 });
    await plan(id);
    expect(queue.slices.size).toBe(1);
    const run = worker('worker-1', shared, { slots: new Slots(1) });
    const ends: Promise<unknown>[] = [];
    await waitFor(() => {
      for (let job = queue.take(); job; job = queue.take()) ends.push(run(job));
      return ends.length === DEVICES.length;
    });
    await waitFor(async () => (await runs.get(id))?.state === 'waiting');
    await cancel(id, ADMIN);
    await Promise.all(ends);
  });

  it('goes back for a while when too many wait on its worker, and is as it was when it comes again', async () => {
    const { start, queue, worker, runs, shared, stateOf, approve, works } = await setup();
    const idle: IdleSlice[] = [];
    const places = { idle: (slice: IdleSlice) => void idle.push(slice), busy: () => undefined };
    const id = await start({ service: 'gate', devices: DEVICES });
    const job = taken(queue.take());
    const end = worker('worker-1', shared, { places })(job);
    for (const device of DEVICES) await waitFor(async () => (await stateOf(id, device)) === 'waiting');
    await waitFor(async () => (await runs.get(id))?.state === 'waiting');
    expect(idle.at(-1)?.putOff(10_000)).toBe(true);
    expect(idle.at(-1)?.putOff(10_000)).toBe(false);
    expect(await end).toEqual({ againInMs: 10_000 });
    expect(runs.records.get(id)?.slices[0]?.owner).toBeNull();
    for (const device of DEVICES) await approve(id, device);
    expect(await worker('worker-2')(job)).toBe('done');
    expect((await runs.get(id))?.state).toBe('succeeded');
    expect(works).toHaveLength(6);
  });

  it('goes back with its slice when the worker drains, and the next one waits on', async () => {
    const { parked, worker, runs, approve, works, stateOf } = await setup();
    const { id, job, end, drain } = await parked();
    drain();
    expect(await end).toBe('hand-back');
    expect(await runs.get(id)).toMatchObject({ counts: { pending: 3, running: 0 } });
    expect(await stateOf(id, 'd1')).toBe('waiting');
    for (const device of DEVICES) await approve(id, device);
    expect(await worker('worker-2')(job)).toBe('done');
    expect((await runs.get(id))?.state).toBe('succeeded');
    expect(works).toHaveLength(6);
  });

  it('leaves the worker when its run is paused, and goes on when that is resumed', async () => {
    const { parked, worker, runs, approve, queue, clock, orders, plan } = await setup();
    const pauses = createPauseRun({ runs, queue, clock });
    const { id, end } = await parked();
    await pauses.pause(id, ADMIN);
    await orders.look();
    expect(await end).toBe('done');
    for (const device of DEVICES) await approve(id, device);
    expect(queue.slices.size).toBe(0);
    await pauses.resume(id, ADMIN);
    await plan(id);
    await worker('worker-2')(taken(queue.take()));
    expect((await runs.get(id))?.state).toBe('succeeded');
  });

  it('ends as cancelled with its run, at once', async () => {
    const { parked, cancel, runs, works } = await setup();
    const { id, end } = await parked();
    await cancel(id, ADMIN);
    expect(await end).toBe('done');
    expect(await runs.get(id)).toMatchObject({ state: 'cancelled', counts: { cancelled: 3 } });
    expect(works.filter((work) => work.startsWith('last'))).toEqual([]);
  });

  it('ends as expired with its run when the deadline is over', async () => {
    const bundle = await setup();
    const { start, queue, worker, runs, clock, control, log, stateOf } = bundle;
    const id = await start({ service: 'gate', devices: ['d1'], deadlineMs: clock.nowMs() + 1_000 });
    const end = worker('worker-1')(taken(queue.take()));
    await waitFor(async () => (await stateOf(id, 'd1')) === 'waiting');
    clock.advance(1_001);
    await new Expirer({ runs, control, clock, log, lead: async () => true }).expire();
    expect(await end).toBe('done');
    expect(await runs.get(id)).toMatchObject({ state: 'expired', error: { code: 'RUN_EXPIRED' } });
  });

  it('is answered by nobody once its run has ended', async () => {
    const { parked, cancel, approve } = await setup();
    const { id, end } = await parked();
    await cancel(id, ADMIN);
    await end;
    await expect(approve(id, 'd1')).rejects.toMatchObject({ code: 'RUN_ENDED' });
  });
});

describe('between two steps', () => {
  const steps = [workStep('one'), workStep('two'), workStep('three')];
  const chain = workflowService('chain', steps, {}, { runMethod: 'per-device' });

  it('a worker that stops begins nothing new, and the next one goes on', async () => {
    const draining = new AbortController();
    const { put, start, queue, worker, works, runs, shared } = await setup(async () => {
      draining.abort();
      return { success: true, result: 'ok' };
    });
    await put(putService(chain));
    const id = await start({ service: 'chain', devices: ['d1'] });
    const job = taken(queue.take());
    expect(await worker('worker-1', shared, { slots: new Slots(1), draining: draining.signal })(job)).toBe('hand-back');
    expect(works).toEqual(['one d1']);
    expect(await worker('worker-2')(job)).toBe('done');
    expect(works).toEqual(['one d1', 'two d1', 'three d1']);
    expect((await runs.get(id))?.state).toBe('succeeded');
  });

  it('a pause holds the run, and it goes on when that is resumed', async () => {
    let pause = async (): Promise<void> => undefined;
    const { put, start, queue, worker, works, runs, clock, orders, plan } = await setup(async () => {
      await pause();
      return { success: true, result: 'ok' };
    });
    const pauses = createPauseRun({ runs, queue, clock });
    await put(putService(chain));
    const id = await start({ service: 'chain', devices: ['d1'] });
    pause = async () => {
      pause = async () => undefined;
      await pauses.pause(id, ADMIN);
      await orders.look();
    };
    expect(await worker('worker-1')(taken(queue.take()))).toBe('done');
    expect(works).toEqual(['one d1']);
    await pauses.resume(id, ADMIN);
    await plan(id);
    await worker('worker-2')(taken(queue.take()));
    expect(works).toEqual(['one d1', 'two d1', 'three d1']);
    expect((await runs.get(id))?.state).toBe('succeeded');
  });
});

describe('a worker that is lost again and again', () => {
  const chain = (...ids: string[]) =>
    workflowService(
      'chain',
      ids.map((id) => workStep(id)),
      {},
      { runMethod: 'per-device' },
    );

  /** Workers that are lost while a device does the step with this mark, so many times each. */
  async function losing(losses: Readonly<Record<string, number>>, ...ids: string[]) {
    const left = new Map(Object.entries(losses));
    const held: (() => void)[] = [];
    let tellLost: () => void = () => undefined;
    const work: DeviceWork = ({ service }) => {
      const mark = markOf(service);
      const times = left.get(mark) ?? 0;
      if (times === 0) return { success: true, result: 'ok' };
      left.set(mark, times - 1);
      tellLost();
      return new Promise((resolve) => held.push(() => resolve({ success: true, result: 'late' })));
    };
    const bundle = await setup(work);
    await bundle.put(putService(chain(...ids)));
    const id = await bundle.start({ service: 'chain', devices: ['d1'] });
    const job = taken(bundle.queue.take());
    const ends: Promise<unknown>[] = [];
    for (let worker = 1; ; worker += 1) {
      const lost = new Promise<'lost'>((resolve) => (tellLost = () => resolve('lost')));
      const end = bundle.worker(`worker-${worker}`)(job);
      ends.push(end);
      if ((await Promise.race([end, lost])) !== 'lost') break;
      await waitFor(async () => (await bundle.runs.get(id))?.counts.running === 1);
    }
    for (const release of held) release();
    await Promise.all(ends);
    return { ...bundle, id };
  }

  it('in another step each time, stops no workflow', async () => {
    const { runs, id } = await losing({ one: 1, two: 1, three: 1 }, 'one', 'two', 'three');
    expect(await runs.get(id)).toMatchObject({ state: 'succeeded' });
  });

  it('in the same step, fails that step, and not the ones before', async () => {
    const { runs, steps, id, works } = await losing({ one: 1, two: 2 }, 'one', 'two', 'three');
    expect(await runs.get(id)).toMatchObject({ state: 'failed' });
    const rows = (await steps.list(id, null, 10)).items.map(({ step, record }) => [
      step,
      record.state,
      record.error?.code,
    ]);
    expect(rows).toEqual([
      ['one', 'succeeded', undefined],
      ['two', 'failed', 'WORKER_LOST'],
    ]);
    expect(works.filter((work) => work.startsWith('two'))).toHaveLength(2);
  });
});

describe('a worker that lost its slice', () => {
  it('writes no step and no result any more, and leaves the device to the one that has it', async () => {
    const held: (() => void)[] = [];
    const work: DeviceWork = () =>
      new Promise((resolve) => held.push(() => resolve({ success: true, result: `by ${held.length}` })));
    const { start, queue, worker, runs, steps, approve, stateOf } = await setup(work);
    const id = await start({ service: 'gate', devices: ['d1'] });
    const job = taken(queue.take());
    const first = worker('worker-1')(job);
    await waitFor(() => held.length === 1);
    const second = worker('worker-2')(job);
    await waitFor(() => held.length === 2);
    held[0]?.();
    await first;
    const [row] = (await steps.list(id, null, 10)).items;
    expect(row).toMatchObject({ step: 'first', record: { state: 'running' } });
    expect((await runs.device(id, 'd1'))?.result).toBeNull();
    held[1]?.();
    await waitFor(async () => (await stateOf(id, 'd1')) === 'waiting');
    await approve(id, 'd1');
    await waitFor(() => held.length === 3);
    held[2]?.();
    await second;
    expect(await runs.get(id)).toMatchObject({ state: 'succeeded', counts: { succeeded: 1 } });
  });
});
