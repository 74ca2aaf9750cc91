import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { waitFor } from '@runyard/testkit';
import { startGateway, type TestGateway } from './start-gateway.ts';

let gateway: TestGateway;
beforeEach(async () => {
  gateway = await startGateway();
});
afterEach(() => gateway.stop());

const call = (json: object) => gateway.call('/rest/run_service', { json });

/** Calls, plays the worker as soon as the run is queued, and gives the answer. */
async function callAndWork(json: object, answer?: Parameters<TestGateway['work']>[0]) {
  const answering = call(json);
  await waitFor(() => gateway.queue.slices.size > 0);
  await gateway.work(answer);
  return (await answering).json;
}

async function payloadSeen(body: object) {
  const { json } = await call({ name: 'show', devices: ['d1'], async: true, ...body });
  return (await gateway.runs.get(json.job_id))?.spec.payload;
}

describe('run_service, synchronous', () => {
  it('answers when the run has ended, with each device', async () => {
    const answer = await callAndWork({ name: 'show', devices: ['d2', 'd1'] }, (device) =>
      device === 'd2'
        ? { state: 'failed', result: null, error: { code: 'CONNECTION_REFUSED', message: 'refused' } }
        : { fields: { command: 'show version', success: 'not mine' } },
    );
    expect(answer).toEqual({
      runtime: '2026-11-21 00:23:15.311000',
      job_id: expect.stringMatching(/^[0-9a-f]{24}$/),
      success: false,
      duration: '0:00:00',
      trigger: 'REST',
      errors: [],
      summary: { success: ['d1'], failure: ['d2'], discard: [] },
      devices: {
        d2: {
          device_target: 'd2',
          success: false,
          result: 'refused',
          error: { code: 'CONNECTION_REFUSED', message: 'refused' },
          runtime: '2026-11-21 00:23:15.311000',
          duration: '0:00:00',
        },
        d1: {
          command: 'show version',
          device_target: 'd1',
          success: true,
          result: 'output of d1',
          runtime: '2026-11-21 00:23:15.311000',
          duration: '0:00:00',
        },
      },
    });
  });

  it('keeps the order that the caller asked for: devices, then addresses, then pools', async () => {
    const answer = await callAndWork({ name: 'show', devices: ['d3', 'd1'], ip_addresses: ['10.0.0.2'], pools: [] });
    expect(Object.keys(answer.devices)).toEqual(['d3', 'd1', 'd2']);
    expect(answer.summary.success).toEqual(['d3', 'd1', 'd2']);
  });

  it('lists discarded devices apart, and they spoil nothing', async () => {
    const answer = await callAndWork({ name: 'show', devices: ['d1', 'd2'] }, (device) =>
      device === 'd2' ? { state: 'skipped', result: null } : {},
    );
    expect(answer.success).toBe(true);
    expect(answer.summary).toEqual({ success: ['d1'], failure: [], discard: ['d2'] });
  });

  it('answers no devices and the result itself when the service runs once', async () => {
    const answer = await callAndWork({ name: 'once' }, () => ({ result: { rows: 3 }, fields: { return_code: 0 } }));
    expect(answer).toMatchObject({ success: true, devices: {}, result: { rows: 3 }, return_code: 0 });
  });

  it('does not stop the run when the caller hangs up', async () => {
    const gone = new AbortController();
    const answering = gateway.call('/rest/run_service', {
      json: { name: 'show', devices: ['d1'] },
      signal: gone.signal,
    });
    await waitFor(() => gateway.queue.slices.size > 0);
    gone.abort();
    await expect(answering).rejects.toThrow('aborted');
    await waitFor(() => gateway.events.waiters === 0);
    await gateway.work();
    const { items } = await gateway.runs.list({}, null, 10);
    expect(items.map(({ state }) => state)).toEqual(['succeeded']);
  });

  it('does not keep others waiting', async () => {
    const waiting = call({ name: 'show', devices: ['d1'] });
    await waitFor(() => gateway.queue.slices.size > 0);
    expect((await gateway.call('/rest/is_alive')).status).toBe(200);
    await gateway.work();
    expect((await waiting).json.success).toBe(true);
  });

  it('says that the run goes on when the gateway stops before its end', async () => {
    const waiting = call({ name: 'show', devices: ['d1'] });
    await waitFor(() => gateway.events.waiters > 0);
    await gateway.stop();
    const { status, json, headers } = await waiting;
    expect(status).toBe(503);
    expect(json.error).toContain('the run goes on');
    expect(headers.get('retry-after')).toBe('5');
  });

  it('answers a run on 3,000 devices part by part, each device once', async () => {
    const names = Array.from({ length: 3_000 }, (_, index) => `big-${String(index).padStart(4, '0')}`);
    const view = await gateway.catalog.view();
    const devices = names.map((name) => ({ name, address: '10.1.1.1', cluster: 'ams' }));
    await gateway.catalog.write(
      devices.map((item) => ({ kind: 'device', action: 'put', item }) as const),
      view.revision,
    );
    const answering = call({ name: 'show', devices: names });
    await waitFor(() => gateway.queue.plans.size > 0);
    const [runId] = gateway.queue.plans.keys();
    const slices = [0, 1, 2].map((part) => ({ cluster: 'ams', names: names.slice(part * 1_000, (part + 1) * 1_000) }));
    await gateway.runs.plan(runId ?? '', { slices, sorted: true });
    await gateway.queue.addSlices(
      slices.map((_, slice) => ({ runId: runId ?? '', slice, cluster: 'ams', service: 'show' })),
    );
    await gateway.work((device) => (device.endsWith('7') ? { state: 'failed' } : {}));
    const { json } = await answering;
    expect(Object.keys(json.devices)).toEqual(names);
    expect(json.summary.failure).toEqual(names.filter((name) => name.endsWith('7')));
    expect(json.summary.success).toHaveLength(2_700);
    expect(json.success).toBe(false);
  });
});

describe('run_service, asynchronous', () => {
  it('answers at once, and the run is visible from then on', async () => {
    const { json } = await call({ name: 'show', devices: ['d1'], async: true });
    expect(json).toEqual({ errors: [], runtime: '2026-11-21 00:23:15.311000', job_id: expect.any(String) });
    expect(await gateway.runs.get(json.job_id)).toMatchObject({
      state: 'queued',
      spec: { door: 'enms', principal: 'ada' },
    });
  });

  it('gives no two runs the same runtime', async () => {
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => call({ name: 'show', devices: ['d1'], async: true })),
    );
    expect(new Set(answers.map(({ json }) => json.runtime)).size).toBe(50);
  });
});

describe('targets', () => {
  it('that are unknown are named in order, and nothing runs', async () => {
    const body = { name: 'show', devices: ['d1', 'zz'], ip_addresses: ['9.9.9.9'], pools: ['nopool'] };
    const { status, json } = await call(body);
    expect([status, json]).toEqual([
      200,
      {
        errors: [
          "No device with the name 'zz'",
          "No device with the IP address '9.9.9.9'",
          "No pool with the name 'nopool'",
        ],
      },
    ]);
    expect(gateway.queue.slices.size).toBe(0);
  });

  it('that are unknown are left out when the caller says so, and stay in the errors', async () => {
    const answer = await callAndWork({ name: 'show', devices: ['d1', 'zz'], ignore_invalid_targets: true });
    expect(answer.errors).toEqual(["No device with the name 'zz'"]);
    expect(answer.summary.success).toEqual(['d1']);
  });

  it('are the service’s own without devices, with a warning when pools were given', async () => {
    const answer = await callAndWork({ name: 'own', pools: ['pair'] });
    expect(Object.keys(answer.devices)).toEqual(['d3']);
    expect(answer.warnings).toEqual(['pools and ip_addresses were ignored because no devices were given']);
  });

  it('are the given pools with the newer rule', async () => {
    const settings = { ...gateway.deps.settings, enmsTargetRule: 'aggregate' as const };
    const other = await startGateway({ settings });
    await other.call('/rest/run_service', { json: { name: 'own', pools: ['pair'], async: true } });
    const { items } = await other.runs.list({}, null, 1);
    expect(items[0]?.spec.targets).toEqual({ devices: [], pools: ['pair'] });
    await other.stop();
  });

  it('that are none give a failure with its reason, never nothing', async () => {
    const { status, json } = await call({ name: 'show' });
    expect(status).toBe(200);
    expect(json).toMatchObject({ success: false, devices: {} });
    expect(json.errors[0]).toContain('No device to run on');
  });
});

describe('the payload', () => {
  it('has its own keys, and every other key of the body at rest_data and beside', async () => {
    expect(
      await payloadSeen({ payload: { aid: '1' }, status: 'new', creator: 'eve', runtime: 'x', aid: 'other' }),
    ).toEqual({
      aid: '1',
      status: 'new',
      creator: 'eve',
      runtime: 'x',
      rest_data: { status: 'new', creator: 'eve', runtime: 'x', aid: 'other' },
    });
  });

  it('is empty when nothing was given', async () => {
    expect(await payloadSeen({})).toEqual({});
  });

  it('cannot say who runs', async () => {
    const { json } = await call({ name: 'show', devices: ['d1'], async: true, creator: 'eve', principal: 'eve' });
    expect((await gateway.runs.get(json.job_id))?.spec).toMatchObject({
      principal: 'ada',
      actor: 'ada',
      initiator: 'ada',
    });
  });
});

describe('bodies', () => {
  it.each([
    [{ devices: 'd1' }, '/devices'],
    [{ async: 'false' }, '/async'],
    [{ pools: null }, '/pools'],
    [{ payload: [] }, '/payload'],
    [{ ip_addresses: [1] }, '/ip_addresses/0'],
    [{ name: undefined }, '/name'],
  ])('of the wrong type are refused with the field: %j', async (wrong, field) => {
    const { status, json } = await call({ name: 'show', ...wrong });
    expect(status).toBe(400);
    expect(json.alert).toBe('Error 400 - The request body is not valid.');
    expect(json.error).toContain(field);
    expect(json.request_id).toBeTruthy();
  });

  it('may be a form', async () => {
    const body = new URLSearchParams({ name: 'show', devices: 'd1', async: 'true', payload: '{"a":1}', ticket: 'T-1' });
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const { status, json } = await gateway.call('/rest/run_service', { body: body.toString(), headers });
    expect(status).toBe(200);
    const record = await gateway.runs.get(json.job_id);
    expect(record?.spec).toMatchObject({ targets: { devices: ['d1'] }, payload: { a: 1, ticket: 'T-1' } });
  });
});

describe('errors', () => {
  it('say 401 as eNMS does', async () => {
    const { status, json, headers } = await gateway.call('/rest/run_service', {
      json: { name: 'show' },
      login: 'ada:wrong',
    });
    expect(status).toBe(401);
    expect(json.alert).toBe('Error 401 - Wrong Credentials.');
    expect(headers.get('www-authenticate')).toContain('Basic');
  });

  it.each([
    ['an unknown service', { name: 'nope', devices: ['d1'] }, 404],
    ['a disabled service', { name: 'off', devices: ['d1'] }, 409],
  ])('are JSON for %s', async (_what, body, status) => {
    const answer = await call(body);
    expect(answer.status).toBe(status);
    expect(answer.json.alert).toMatch(new RegExp(`^Error ${status} - `));
  });

  it('are JSON for an unknown endpoint and a wrong method', async () => {
    expect((await gateway.call('/rest/nope')).json.alert).toBe('Error 404 - No such address.');
    const wrong = await gateway.call('/rest/run_service');
    expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'POST']);
    expect(wrong.json.alert).toMatch(/^Error 405 - /);
  });
});

describe('result', () => {
  const result = (service: string, runtime: string) =>
    gateway.call(`/rest/result/${encodeURIComponent(service)}/${encodeURIComponent(runtime)}`);

  it('is Running until the run has ended, then Completed with the synchronous body', async () => {
    const { json } = await call({ name: 'show', devices: ['d1'], async: true });
    const running = (await result('show', json.runtime)).json;
    expect(running).toMatchObject({ status: 'Running', result: 'No results yet.', job_id: json.job_id });
    expect(running.progress.devices.pending).toBe(1);
    await gateway.work();
    const ended = (await result('show', json.runtime)).json;
    expect(ended.status).toBe('Completed');
    expect(ended.result).toMatchObject({ runtime: json.runtime, success: true, summary: { success: ['d1'] } });
  });

  it('is Aborted after a stop, with what had finished', async () => {
    const { json } = await call({ name: 'show', devices: ['d1'], async: true });
    const stopped = await gateway.call(`/rest/stop_run/${encodeURIComponent(json.runtime)}`, { method: 'POST' });
    expect([stopped.status, stopped.json.job_id]).toEqual([200, json.job_id]);
    const aborted = (await result('show', json.runtime)).json;
    expect(aborted).toMatchObject({ status: 'Aborted', result: { success: false } });
  });

  it.each([
    ['show', '2020-01-01 00:00:00.000000'],
    ['show', 'never'],
    ['other', null],
  ])('of %s at %s is not there', async (service, runtime) => {
    const { json } = await call({ name: 'show', devices: ['d1'], async: true });
    const answer = await result(service, runtime ?? json.runtime);
    expect(answer.status).toBe(404);
    expect(answer.json.error).toBe('There are no results or on-going services for the requested service and runtime.');
  });
});

describe('the fleet', () => {
  it('is counted by is_alive, without a login, also when Redis is away', async () => {
    const { json } = await gateway.call('/rest/is_alive', { login: null });
    expect(json).toEqual({ name: 'test-gateway', cluster_id: true, workers: 0, redis: true });
    const other = await startGateway({ ping: () => Promise.reject(new Error('away')) });
    expect((await other.call('/rest/is_alive', { login: null })).json).toMatchObject({ redis: false, workers: 0 });
    await other.stop();
  });

  it('is listed for administrators only', async () => {
    expect((await gateway.call('/rest/workers', { login: 'olga:secret' })).status).toBe(403);
    expect((await gateway.call('/rest/workers')).json).toEqual([]);
  });
});
