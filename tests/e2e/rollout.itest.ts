import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Installation, needs, startInstallation, untilEnded, waitFor } from '@runyard/testkit';

let runyard: Installation;
const DEVICES = Array.from({ length: 30 }, (_, index) => `d${String(index).padStart(2, '0')}`);

beforeAll(async () => {
  runyard = await startInstallation({ workers: ['ams', 'ams', 'fra'], env: { RUNYARD_SLOTS: '5' } });
  await runyard.client.catalog.apply({
    catalog: {
      clusters: [{ name: 'ams' }, { name: 'fra' }],
      devices: DEVICES.map((name, index) => ({ name, address: '127.0.0.1', cluster: index % 3 === 0 ? 'fra' : 'ams' })),
      services: [
        { name: 'instant', type: 'no-op' },
        { name: 'slow', type: 'no-op', delay: '60s', timeout: '2m' },
        { name: 'fails', type: 'no-op', fail: true },
      ],
    },
  });
});

afterAll(async () => {
  await runyard.stop();
});

const describeOnRedis = needs(describe, 'redis-server');

async function create(body: Record<string, unknown>): Promise<string> {
  const answer = await runyard.call('/v1/runs', { devices: DEVICES, ...body });
  expect(answer.status).toBe(202);
  return ((await answer.json()) as { id: string }).id;
}

async function post(path: string, body?: unknown): Promise<{ status: number; json: Record<string, unknown> }> {
  const answer = await runyard.call(path, body, { method: 'POST' });
  return { status: answer.status, json: (await answer.json()) as Record<string, unknown> };
}

const get = (id: string) => runyard.client.runs.get(id);

describeOnRedis('a rollout over two clusters', () => {
  it('goes batch by batch to its end', async () => {
    const id = await create({ service: 'instant', rollout: { canary: 2, batches: '40%', soak: '50ms' } });
    expect(await untilEnded(runyard.client, id)).toBe('succeeded');
    expect(await get(id)).toMatchObject({
      counts: { total: 30, succeeded: 30 },
      rollout: { batch: 3, batches: 4, nextAt: null },
    });
  });

  it('stops after a canary that failed, and the other devices never began', async () => {
    const id = await create({ service: 'fails', rollout: { canary: 2, batches: 10, maxFailures: 0 } });
    expect(await untilEnded(runyard.client, id)).toBe('failed');
    const run = await get(id);
    // The second device of the canary may begin before the first one has failed, or not.
    expect([1, 2]).toContain(run.counts.failed);
    expect(run.counts.failed + run.counts.cancelled).toBe(30);
    expect(run).toMatchObject({
      error: { code: 'ROLLOUT_STOPPED', message: expect.stringMatching(/^[12] of 30 devices failed/) },
      cancelRequested: false,
    });
  });

  it('pauses after a canary that failed when it is told to, and goes on when it is resumed', async () => {
    const id = await create({
      service: 'fails',
      rollout: { canary: 1, batches: 1, maxFailures: 0, onBreach: 'pause', soak: '0s' },
    });
    await waitFor(async () => (await get(id)).pause !== null);
    expect(await get(id)).toMatchObject({ state: 'running', counts: { failed: 1, pending: 29 } });
    expect(await post(`/v1/runs/${id}/resume`)).toMatchObject({ status: 200, json: { pause: null } });
    await waitFor(async () => (await get(id)).pause !== null);
    await post(`/v1/runs/${id}/cancel`);
    expect(await untilEnded(runyard.client, id)).toBe('cancelled');
  });
});

describeOnRedis('a paused run', () => {
  it('lets devices in work finish or be cancelled, begins no other, and says who paused it', async () => {
    const id = await create({ service: 'slow', parallel: 4 });
    await waitFor(async () => (await get(id)).counts.running > 0);
    const paused = await post(`/v1/runs/${id}/pause`, { reason: 'change freeze' });
    expect(paused).toMatchObject({ status: 200, json: { pause: { by: 'admin', reason: 'change freeze' } } });
    expect((await post(`/v1/runs/${id}/pause`, { why: 'x' })).status).toBe(400);
    await post(`/v1/runs/${id}/cancel`);
    expect(await untilEnded(runyard.client, id)).toBe('cancelled');
    expect(await post(`/v1/runs/${id}/resume`)).toMatchObject({ status: 409, json: { code: 'RUN_ENDED' } });
  });

  it('goes on to its end after it was paused before it began', async () => {
    const id = await create({ service: 'instant', rollout: { canary: 1, soak: '3s' } });
    await waitFor(async () => (await get(id)).counts.succeeded === 1);
    expect((await post(`/v1/runs/${id}/pause`)).status).toBe(200);
    expect((await post(`/v1/runs/${id}/resume`)).status).toBe(200);
    expect(await untilEnded(runyard.client, id)).toBe('succeeded');
  });
});

describeOnRedis('a run out of time', () => {
  it('expires when nobody takes it within its queue TTL', async () => {
    await runyard.call('/v1/clusters/empty', { name: 'empty' }, { method: 'PUT' });
    await runyard.call('/v1/devices/lone', { name: 'lone', address: '127.0.0.1', cluster: 'empty' }, { method: 'PUT' });
    const id = await create({ service: 'instant', devices: ['lone'], queueTtl: '200ms' });
    expect(await untilEnded(runyard.client, id)).toBe('expired');
    expect(await get(id)).toMatchObject({ error: { code: 'RUN_EXPIRED' }, counts: { pending: 1 } });
  });

  it('is ended at its deadline, in work or not', async () => {
    const deadline = new Date(Date.now() + 1_500).toISOString();
    const id = await create({ service: 'slow', parallel: 3, deadline });
    expect(await untilEnded(runyard.client, id)).toBe('expired');
    expect(await get(id)).toMatchObject({ error: { code: 'RUN_EXPIRED' }, counts: { cancelled: 30 } });
  });

  it('is refused when its deadline is over, and leaves nothing', async () => {
    const answer = await runyard.call('/v1/runs', {
      service: 'instant',
      devices: DEVICES,
      deadline: '2020-01-01T00:00:00Z',
    });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ code: 'BODY_INVALID', errors: [{ path: '/deadline' }] });
  });
});
