import { describe, expect, it } from '@jest/globals';
import type { Rollout } from '@runyard/domain';
import {
  ADMIN,
  type DeviceWork,
  engineBundle,
  putDevice,
  putService,
  sampleDevice,
  sampleService,
} from '@runyard/testkit';
import { createPauseRun } from './pause-run.ts';

const DEVICES = Array.from({ length: 10 }, (_, index) => `d${index}`);
const FAILS: DeviceWork = () => ({ success: false, result: 'no', error: { code: 'COMMAND_FAILED', message: 'no' } });

/** A run of ten devices that goes batch by batch; `begun` are its devices in the order in which they began. */
async function setup(rollout: Partial<Rollout>, work: DeviceWork = () => ({ success: true, result: 'ok' })) {
  const begun: string[] = [];
  const bundle = engineBundle({
    work: (task) => {
      begun.push(task.device?.name ?? '');
      return work(task);
    },
  });
  await bundle.put(
    ...DEVICES.map((name) => putDevice(sampleDevice(name))),
    putService(sampleService('test', { type: 'test', settings: {} })),
  );
  const id = await bundle.start({ devices: DEVICES, rollout: { soakMs: 0, onBreach: 'stop', ...rollout } });
  const { queue, plan, workOffQueue, clock } = bundle;
  /** Plans, and works off what that queues; with `soaked` also the batches that wait for their time. */
  const settle = async ({ soaked = true } = {}): Promise<void> => {
    for (;;) {
      for (const runId of queue.plans.keys()) {
        queue.plans.delete(runId);
        await plan(runId);
      }
      await workOffQueue();
      const next = soaked ? queue.delayedPlans.shift() : undefined;
      if (!next) return;
      clock.advance(next.delayMs);
      await plan(next.runId);
    }
  };
  return { ...bundle, id, begun, settle, pauses: createPauseRun(bundle) };
}

describe('a rollout', () => {
  it('begins with the canary, and with each batch when the one before has ended and soaked', async () => {
    const { id, begun, settle, runs } = await setup({ canary: 1, batches: 4, soakMs: 60_000 });
    await settle({ soaked: false });
    expect(begun).toEqual(['d0']);
    expect((await runs.get(id))?.rollout).toMatchObject({ batch: 0, batches: 4 });
    await settle();
    expect(begun).toEqual(DEVICES);
    expect(await runs.get(id)).toMatchObject({ state: 'succeeded', counts: { succeeded: 10 } });
  });

  it('does not begin the next batch too early, whoever asks', async () => {
    const { id, begun, settle, plan, clock } = await setup({ canary: 1, batches: 4, soakMs: 60_000 });
    await settle({ soaked: false });
    clock.advance(59_999);
    await plan(id);
    await settle({ soaked: false });
    expect(begun).toEqual(['d0']);
    clock.advance(1);
    await plan(id);
    await settle({ soaked: false });
    expect(begun).toHaveLength(5);
  });

  it('stops when too many devices failed: the others never begin, and the run fails with the reason', async () => {
    const { id, begun, settle, runs } = await setup({ canary: 2, batches: 4, maxFailures: 1 }, FAILS);
    await settle();
    expect(begun).toEqual(['d0', 'd1']);
    const record = await runs.get(id);
    expect(record).toMatchObject({ state: 'failed', counts: { failed: 2, cancelled: 8 } });
    expect(record?.error).toEqual({
      code: 'ROLLOUT_STOPPED',
      message: '2 of 10 devices failed; the rollout allows 1.',
    });
  });

  it('goes on as long as a share of failures is not passed', async () => {
    const { id, settle, runs } = await setup({ batches: '50%', maxFailures: '20%' }, (task) =>
      task.device?.name === 'd1' || task.device?.name === 'd7' ? FAILS(task) : { success: true, result: 'ok' },
    );
    await settle();
    expect(await runs.get(id)).toMatchObject({ state: 'failed', error: null, counts: { failed: 2, succeeded: 8 } });
  });

  it('pauses when too many devices failed and it is told to, and goes on when somebody resumes it', async () => {
    const { id, begun, settle, runs, pauses } = await setup(
      { canary: 2, batches: 8, maxFailures: 1, onBreach: 'pause' },
      (task) => (['d0', 'd1'].includes(task.device?.name ?? '') ? FAILS(task) : { success: true, result: 'ok' }),
    );
    await settle();
    expect(begun).toEqual(['d0', 'd1']);
    expect((await runs.get(id))?.pause).toMatchObject({ by: 'rollout' });
    await pauses.resume(id, ADMIN);
    await settle();
    expect(begun).toHaveLength(10);
    expect(await runs.get(id)).toMatchObject({ state: 'failed', counts: { failed: 2, succeeded: 8 } });
  });
});

describe('a paused run', () => {
  it('begins nothing, keeps what is done, and goes on where it stands', async () => {
    const held: { pause?: () => Promise<unknown> } = {};
    const { id, begun, settle, runs, queue, pauses } = await setup({}, async () => {
      await held.pause?.();
      return { success: true, result: 'ok' };
    });
    await pauses.pause(id, ADMIN, 'change freeze');
    await settle();
    expect(begun).toEqual([]);
    expect(queue.slices.size).toBe(0);
    expect(await runs.get(id)).toMatchObject({ state: 'queued', pause: { by: 'ada', reason: 'change freeze' } });
    await pauses.resume(id, ADMIN);
    await settle();
    expect(begun).toHaveLength(10);
    expect(await runs.get(id)).toMatchObject({ state: 'succeeded', pause: null });
  });

  it('can be cancelled', async () => {
    const { id, settle, runs, pauses, cancel } = await setup({ canary: 1 });
    await settle({ soaked: false });
    await pauses.pause(id, ADMIN);
    await cancel(id, ADMIN);
    expect(await runs.get(id)).toMatchObject({ state: 'cancelled', counts: { succeeded: 1, cancelled: 9 } });
  });

  it('is refused for a run that ended and by somebody who may not', async () => {
    const { id, settle, pauses } = await setup({});
    await settle();
    await expect(pauses.pause(id, ADMIN)).rejects.toMatchObject({ code: 'RUN_ENDED' });
    await expect(pauses.resume('0'.repeat(24), ADMIN)).rejects.toMatchObject({ code: 'RUN_NOT_FOUND' });
  });
});
