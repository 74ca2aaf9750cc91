import { describe, expect, it } from '@jest/globals';
import {
  ADMIN,
  type DeviceWork,
  engineBundle,
  putDevice,
  putService,
  requestOf,
  sampleDevice,
  sampleService,
} from '@runyard/testkit';
import type { RunRequest } from './run-request.ts';
import { Expirer } from './expirer.ts';

async function setup(request: Partial<RunRequest>, work?: DeviceWork) {
  const bundle = engineBundle(work ? { work } : {});
  await bundle.put(
    putDevice(sampleDevice('d1')),
    putDevice(sampleDevice('d2', { cluster: 'fra' })),
    putService(sampleService('test', { type: 'test', settings: {}, queueTtlMs: 60_000 })),
  );
  const id = await bundle.start({ devices: ['d1', 'd2'], ...request });
  const expirer = new Expirer({ ...bundle, lead: () => Promise.resolve(true) });
  return { ...bundle, id, expirer };
}

describe('a run that does not begin in time', () => {
  it('expires, and whoever takes it afterwards runs nothing', async () => {
    let begun = 0;
    const { id, expirer, clock, runs, workOffQueue } = await setup({}, () => {
      begun += 1;
      return { success: true, result: 'ok' };
    });
    clock.advance(59_999);
    await expirer.expire();
    expect(await runs.get(id)).toMatchObject({ state: 'queued' });
    clock.advance(1);
    await expirer.expire();
    await workOffQueue();
    expect(begun).toBe(0);
    expect(await runs.get(id)).toMatchObject({ state: 'expired', error: { code: 'RUN_EXPIRED' } });
    expect(await runs.dueRuns(Infinity, 10)).toEqual([]);
  });

  it('takes the time of the call before that of the service', async () => {
    const { id, expirer, clock, runs } = await setup({ queueTtlMs: 1_000 });
    clock.advance(1_000);
    await expirer.expire();
    expect((await runs.get(id))?.error?.message).toContain('had not begun by 2026-11-21T00:23:16.311Z');
  });

  it('does not expire when it has begun', async () => {
    const { id, expirer, clock, runs, workOffQueue } = await setup({});
    await workOffQueue();
    clock.advance(60_000);
    await expirer.expire();
    expect(await runs.get(id)).toMatchObject({ state: 'succeeded' });
  });
});

describe('a run that has not ended by its deadline', () => {
  it('is told to end: what is done stays, what is in work is cut off, what nobody took never begins', async () => {
    const startMs = engineBundle().clock.nowMs();
    let inWork: () => void = () => undefined;
    const isInWork = new Promise<void>((resolve) => (inWork = resolve));
    const { id, expirer, clock, runs, queue, worker } = await setup({ deadlineMs: startMs + 5_000 }, ({ signal }) => {
      inWork();
      return new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
      });
    });
    const job = queue.take();
    if (!job) throw new Error('nothing was queued');
    const slice = worker('w1')(job);
    await isInWork;
    clock.advance(5_000);
    await expirer.expire();
    await slice;
    expect(await runs.get(id)).toMatchObject({
      state: 'expired',
      counts: { cancelled: 2 },
      error: { code: 'RUN_EXPIRED', message: expect.stringContaining('by its deadline') },
    });
  });

  it('is refused when the deadline is over already', async () => {
    const { accept, clock } = await setup({});
    const request = requestOf({ devices: ['d1'], deadlineMs: clock.nowMs() });
    await expect(accept(request, ADMIN)).rejects.toMatchObject({
      code: 'BODY_INVALID',
      errors: [{ path: '/deadline', message: expect.stringContaining('must be later than now') }],
    });
  });
});

describe('a service that runs once', () => {
  it('has no batches: a rollout is refused', async () => {
    const { accept, put } = await setup({});
    await put(putService(sampleService('solo', { type: 'test', settings: {}, runMethod: 'once' })));
    const rollout = { soakMs: 0, onBreach: 'stop' } as const;
    await expect(accept(requestOf({ service: 'solo', rollout }), ADMIN)).rejects.toMatchObject({
      code: 'BODY_INVALID',
      errors: [{ path: '/rollout' }],
    });
  });
});
