import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createValidator } from '@runyard/contracts';
import type { WorkerInfo } from '@runyard/domain';
import { startGateway, type TestGateway } from './start-gateway.ts';

const validator = createValidator();
let gateway: TestGateway;
beforeEach(async () => {
  gateway = await startGateway();
});
afterEach(() => gateway.stop());

async function accept(body: object): Promise<string> {
  const { status, json } = await gateway.call('/v1/runs', { json: body });
  expect(status).toBe(202);
  return (json as { id: string }).id;
}

/** The codes of the reasons, from an answer that fits its schema. */
async function why(id: string): Promise<string[]> {
  const { status, json } = await gateway.call(`/v1/runs/${id}/why`);
  expect(status).toBe(200);
  expect(validator.check('RunWhy', json)).toEqual([]);
  return (json as { reasons: { code: string }[] }).reasons.map(({ code }) => code);
}

const worker = (): WorkerInfo => ({
  id: 'w1',
  cluster: 'ams',
  host: 'h',
  pid: 1,
  version: '0',
  serviceTypes: ['no-op'],
  slots: 10,
  busySlots: 0,
  startedAtMs: 0,
  seenAtMs: gateway.clock.nowMs(),
  draining: false,
});

describe('GET /v1/runs/{id}/why', () => {
  it('follows a run from the queue to its end', async () => {
    const id = await accept({ service: 'show', devices: ['d1', 'd2'] });
    expect(await why(id)).toEqual(['no-worker', 'queued']);
    await gateway.workers.heartbeat(worker());
    expect(await why(id)).toEqual(['queued']);
    expect((await gateway.call('/v1/clusters/ams/pause', { json: { reason: 'maintenance' } })).status).toBe(200);
    expect(await why(id)).toEqual(['cluster-paused', 'queued']);
    await gateway.call('/v1/clusters/ams/resume', { method: 'POST' });
    await gateway.call(`/v1/runs/${id}/pause`, { json: { reason: 'freeze' } });
    const { json } = await gateway.call(`/v1/runs/${id}/why`);
    expect(json).toMatchObject({ id, state: 'queued', reasons: [{ code: 'paused', by: 'ada' }, { code: 'queued' }] });
    await gateway.call(`/v1/runs/${id}/resume`, { method: 'POST' });
    await gateway.work();
    expect(await why(id)).toEqual(['ended']);
  });

  it('says that a run over a pool is still to be planned, and until when it must begin', async () => {
    const id = await accept({ service: 'show', pools: ['pair'], queueTtl: '10m' });
    const { json } = await gateway.call(`/v1/runs/${id}/why`);
    expect(json).toMatchObject({
      reasons: [
        { code: 'planning', before: 0 },
        { code: 'start-by', until: new Date(gateway.clock.nowMs() + 600_000).toISOString() },
      ],
    });
  });

  it('may be asked by an operator and by nobody without a login', async () => {
    const id = await accept({ service: 'show', devices: ['d1'] });
    expect((await gateway.call(`/v1/runs/${id}/why`, { login: 'olga:secret' })).status).toBe(200);
    expect((await gateway.call(`/v1/runs/${id}/why`, { login: null })).status).toBe(401);
  });

  it.each(['a'.repeat(24), 'nonsense', '%00'])('knows no run %s', async (id) => {
    const { status, json } = await gateway.call(`/v1/runs/${id}/why`);
    expect([status, (json as { code: string }).code]).toEqual([404, 'RUN_NOT_FOUND']);
  });
});
