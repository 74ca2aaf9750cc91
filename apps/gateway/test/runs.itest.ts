import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { waitFor } from '@runyard/testkit';
import { startGateway, type TestGateway } from './start-gateway.ts';

let gateway: TestGateway;
beforeEach(async () => {
  gateway = await startGateway();
});
afterEach(() => gateway.stop());

const run = (json: object, headers: Record<string, string> = {}) => gateway.call('/v1/runs', { json, headers });

describe('POST /v1/runs', () => {
  it('accepts a run with its id, its address and its links', async () => {
    const answer = await run({ service: 'show', devices: ['d1'] });
    expect(answer.status).toBe(202);
    expect(answer.json).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{24}$/),
      runtime: '2026-11-21 00:23:15.311000',
      state: 'queued',
      links: {
        self: `/v1/runs/${answer.json.id}`,
        devices: `/v1/runs/${answer.json.id}/devices`,
        events: `/v1/runs/${answer.json.id}/events`,
        log: `/v1/runs/${answer.json.id}/log`,
        cancel: `/v1/runs/${answer.json.id}/cancel`,
      },
    });
    expect(answer.headers.get('location')).toBe(`/v1/runs/${answer.json.id}`);
    expect(gateway.queue.slices.size).toBe(1);
  });

  it('shows the run as the caller’s, with its state, from that moment', async () => {
    const { json } = await run({ service: 'show', devices: ['d1', 'd2'], labels: { ticket: 'T-1' } });
    const { json: seen } = await gateway.call(json.links.self);
    expect(seen).toMatchObject({ state: 'queued', principal: 'ada', service: 'show', labels: { ticket: 'T-1' } });
    expect(seen.counts).toMatchObject({ total: 2, pending: 2 });
    await gateway.work((device) => (device === 'd2' ? { state: 'failed' } : {}));
    const { json: ended } = await gateway.call(json.links.self);
    expect(ended).toMatchObject({ state: 'failed', progress: 1, counts: { succeeded: 1, failed: 1 } });
  });

  it('waits for the end when the caller prefers that', async () => {
    const answering = run({ service: 'show', devices: ['d1'] }, { prefer: 'wait=5' });
    await waitFor(() => gateway.queue.slices.size === 1);
    await gateway.work();
    const answer = await answering;
    expect(answer.status).toBe(200);
    expect(answer.json.state).toBe('succeeded');
    expect(answer.headers.get('preference-applied')).toBe('wait=5');
  });

  it('answers 202 when the run lasts longer than the wait', async () => {
    const answer = await run({ service: 'show', devices: ['d1'] }, { prefer: 'wait=0' });
    expect(answer.status).toBe(202);
    expect(answer.json.state).toBe('queued');
  });

  it('waits no longer than the setting allows', async () => {
    const answering = run({ service: 'show', devices: ['d1'] }, { prefer: 'wait=999999' });
    await waitFor(() => gateway.queue.slices.size === 1);
    await gateway.work();
    expect((await answering).headers.get('preference-applied')).toBe('wait=5');
  });

  it('names each target that is not known, with its place, and runs nothing', async () => {
    const answer = await run({ service: 'show', devices: ['d1', 'zz'], ipAddresses: ['9.9.9.9'], pools: ['nopool'] });
    expect(answer.status).toBe(400);
    expect(answer.json.code).toBe('TARGETS_UNKNOWN');
    expect(answer.json.errors).toEqual([
      { path: '/devices/1', message: "No device with the name 'zz'" },
      { path: '/ipAddresses/0', message: "No device with the IP address '9.9.9.9'" },
      { path: '/pools/0', message: "No pool with the name 'nopool'" },
    ]);
    expect(gateway.queue.slices.size).toBe(0);
  });

  it('refuses a run on nothing', async () => {
    const answer = await run({ service: 'show' });
    expect([answer.status, answer.json.code]).toEqual([400, 'TARGETS_EMPTY']);
  });

  it('only says what would run when it is a dry run', async () => {
    const answer = await run({ service: 'show', devices: ['d1'], pools: ['pair'], dryRun: true });
    expect([answer.status, answer.json]).toEqual([
      200,
      { dryRun: true, service: 'show', version: 1, devices: 3, warnings: [] },
    ]);
    expect((await gateway.call('/v1/runs')).json.items).toEqual([]);
  });

  it('tells a wrong key with its place', async () => {
    const answer = await run({ service: 'show', device: ['d1'] });
    expect([answer.status, answer.json.code]).toEqual([400, 'BODY_INVALID']);
    expect(answer.json.errors[0].path).toBe('/device');
  });

  it.each([
    ['nope', 404, 'SERVICE_NOT_FOUND'],
    ['off', 409, 'SERVICE_DISABLED'],
  ])('refuses the service %s', async (service, status, code) => {
    const answer = await run({ service, devices: ['d1'] });
    expect([answer.status, answer.json.code]).toEqual([status, code]);
  });

  it('carries limits of the caller into the run', async () => {
    const { json } = await run({ service: 'show', devices: ['d1'], timeout: '5s', retries: { count: 2, delay: '1m' } });
    const record = await gateway.runs.get(json.id);
    expect(record?.spec).toMatchObject({ timeoutMs: 5_000, retries: { count: 2, delayMs: 60_000, backoff: 'fixed' } });
  });
});

describe('GET /v1/runs/{id}', () => {
  it('answers 304 while the run is as the caller knows it', async () => {
    const { json } = await run({ service: 'show', devices: ['d1'] });
    const first = await gateway.call(json.links.self);
    const headers = { 'if-none-match': first.headers.get('etag') ?? '' };
    const second = await gateway.call(json.links.self, { headers });
    expect([second.status, second.text]).toEqual([304, '']);
    await gateway.work();
    expect((await gateway.call(json.links.self, { headers })).status).toBe(200);
  });

  it('answers a long poll at the next change', async () => {
    const { json } = await run({ service: 'show', devices: ['d1'] });
    const { json: before } = await gateway.call(json.links.self);
    const polling = gateway.call(`${json.links.self}?wait=5&revision=${before.revision}`);
    await waitFor(() => gateway.events.waiters > 0);
    await gateway.work();
    expect((await polling).json.revision).toBeGreaterThan(before.revision);
  });

  it('ends a long poll when the gateway stops', async () => {
    const { json } = await run({ service: 'show', devices: ['d1'] });
    const polling = gateway.call(`${json.links.self}?wait=5`);
    await waitFor(() => gateway.events.waiters > 0);
    await gateway.stop();
    expect((await polling).json.state).toBe('queued');
  });

  it.each(['0123456789abcdef01234567', 'nope', '..%2f..%2fetc'])('knows no run %s', async (id) => {
    const answer = await gateway.call(`/v1/runs/${id}`);
    expect([answer.status, answer.json.code]).toEqual([404, 'RUN_NOT_FOUND']);
  });
});

describe('GET /v1/runs', () => {
  it('lists runs newest first, in pages and by state', async () => {
    const ids = [];
    for (const device of ['d1', 'd2', 'd3']) ids.push((await run({ service: 'show', devices: [device] })).json.id);
    const first = await gateway.call('/v1/runs?limit=2');
    expect(first.json.items.map(({ id }: { id: string }) => id)).toEqual([ids[2], ids[1]]);
    const second = await gateway.call(`/v1/runs?limit=2&cursor=${first.json.cursor}`);
    expect(second.json.items.map(({ id }: { id: string }) => id)).toEqual([ids[0]]);
    expect(second.json.cursor).toBeNull();
    expect((await gateway.call('/v1/runs?state=succeeded')).json.items).toEqual([]);
  });

  it.each(['limit=0', 'limit=1001', 'limit=x', 'state=nope', 'since=yesterday', 'colour=red', 'limit=1&limit=2'])(
    'refuses the parameter %s',
    async (query) => {
      const answer = await gateway.call(`/v1/runs?${query}`);
      expect([answer.status, answer.json.code]).toEqual([400, 'PARAMETER_INVALID']);
    },
  );

  it('refuses a cursor that it did not give out', async () => {
    const answer = await gateway.call('/v1/runs?cursor=nonsense');
    expect([answer.status, answer.json.code]).toEqual([400, 'CURSOR_INVALID']);
  });
});

describe('the devices of a run', () => {
  it('come in pages, by state, without their outputs', async () => {
    const { json } = await run({ service: 'show', devices: ['d1', 'd2', 'd3'] });
    await gateway.work((device) => (device === 'd2' ? { state: 'failed' } : {}));
    const all = await gateway.call(`${json.links.devices}?limit=2`);
    expect(all.json.items[0]).toEqual({
      name: 'd1',
      state: 'succeeded',
      startedAt: '2026-11-21T00:23:15.311Z',
      durationMs: 5,
      attempts: 1,
      error: null,
    });
    expect(all.json.items).toHaveLength(2);
    const failed = await gateway.call(`${json.links.devices}?state=failed`);
    expect(failed.json.items.map(({ name }: { name: string }) => name)).toEqual(['d2']);
  });

  it('are given one by one with all that they gave', async () => {
    const { json } = await run({ service: 'show', devices: ['d1'] });
    await gateway.work(() => ({ fields: { command: 'show version' } }));
    const { json: device } = await gateway.call(`${json.links.devices}/d1`);
    expect(device).toMatchObject({
      name: 'd1',
      result: 'output of d1',
      fields: { command: 'show version' },
      history: [],
    });
    const missing = await gateway.call(`${json.links.devices}/zz`);
    expect([missing.status, missing.json.code]).toEqual([404, 'DEVICE_NOT_IN_RUN']);
  });

  it('are one without a name when the service runs once', async () => {
    const { json } = await run({ service: 'once' });
    await gateway.work();
    expect((await gateway.call(`${json.links.devices}/-`)).json).toMatchObject({ name: '', state: 'succeeded' });
  });

  it('belong to a run that exists', async () => {
    expect((await gateway.call('/v1/runs/0123456789abcdef01234567/devices')).status).toBe(404);
    expect((await gateway.call('/v1/runs/0123456789abcdef01234567/log')).status).toBe(404);
  });
});

it('gives the log of a run', async () => {
  const { json } = await run({ service: 'show', devices: ['d1'] });
  await gateway.work();
  expect((await gateway.call(json.links.log)).json.items).toEqual([
    { at: '2026-11-21T00:23:15.311Z', device: 'd1', text: 'ran on d1' },
  ]);
});

describe('POST /v1/runs/{id}/cancel', () => {
  it('ends a run that nobody has begun', async () => {
    const { json } = await run({ service: 'show', devices: ['d1'] });
    const answer = await gateway.call(json.links.cancel, { method: 'POST' });
    expect([answer.status, answer.json.state]).toEqual([202, 'cancelled']);
    expect(gateway.control.cancelled).toEqual([json.id]);
  });

  it('refuses to end a run that has ended', async () => {
    const { json } = await run({ service: 'show', devices: ['d1'] });
    await gateway.work();
    const answer = await gateway.call(json.links.cancel, { method: 'POST' });
    expect([answer.status, answer.json.code]).toEqual([409, 'RUN_ENDED']);
  });
});
