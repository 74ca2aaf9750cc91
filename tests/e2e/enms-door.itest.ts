import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Installation, needs, startInstallation, waitFor } from '@runyard/testkit';

// The requests of the eNMS contract, one by one, against a running gateway with a worker behind it.

interface RunBody {
  runtime: string;
  job_id: string;
  success: boolean;
  duration: string;
  trigger: string;
  errors: string[];
  warnings?: string[];
  result?: unknown;
  summary: { success: string[]; failure: string[]; discard: string[] };
  devices: Record<
    string,
    { device_target: string; success: boolean; result: unknown; runtime: string; duration: string }
  >;
}

const RUNTIME = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}$/;

const describeOnRedis = needs(describe, 'redis-server');

let runyard: Installation;

beforeAll(async () => {
  runyard = await startInstallation({ workers: ['ams'] });
  const device = (name: string, address: string) => ({ name, address, cluster: 'ams' });
  await runyard.client.catalog.apply({
    catalog: {
      clusters: [{ name: 'ams' }, { name: 'empty' }],
      devices: [
        device('d1', '10.0.0.1'),
        device('d2', '10.0.0.2'),
        device('d3', '10.0.0.3'),
        device('twin', '10.0.0.3'),
        { name: 'far', address: '10.9.0.1', cluster: 'empty' },
      ],
      pools: [
        { name: 'pair', devices: ['d2', 'd1'] },
        { name: 'nobody', devices: [] },
      ],
      services: [
        { name: 'hello', type: 'no-op', result: 'hello {{ device.name }}', targets: { devices: ['d3'] } },
        { name: 'echo', type: 'no-op', result: '{{ payload | json }}', convert: 'json' },
        { name: 'picky', type: 'no-op', fail: '{% if device.name == "d2" %}yes{% endif %}' },
        { name: 'slow', type: 'no-op', delay: '3s' },
        { name: 'report', type: 'no-op', runMethod: 'once', cluster: 'ams', result: 'all well' },
        { name: 'some', type: 'no-op', skip: { when: '{% if device.name == "d2" %}yes{% endif %}', as: 'discard' } },
        { name: 'off', type: 'no-op', disabled: true },
      ],
    },
  });
}, 60_000);
afterAll(() => runyard.stop());

async function runService(body: object): Promise<{ status: number; body: RunBody }> {
  const response = await runyard.call('/rest/run_service', body);
  return { status: response.status, body: (await response.json()) as RunBody };
}

describeOnRedis('run_service, synchronous', () => {
  it('answers with the whole result when the run has ended', async () => {
    const { status, body } = await runService({ name: 'hello', devices: ['d1', 'd2'] });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      success: true,
      trigger: 'REST',
      errors: [],
      summary: { success: ['d1', 'd2'], failure: [], discard: [] },
      devices: { d1: { device_target: 'd1', success: true, result: 'hello d1' }, d2: { result: 'hello d2' } },
    });
    expect(body.runtime).toMatch(RUNTIME);
    expect(body.job_id).toMatch(/^[0-9a-f]{24}$/);
    expect(body.duration).toMatch(/^\d+:\d\d:\d\d$/);
    expect(body.devices.d1?.runtime).toMatch(RUNTIME);
  });

  it('is no success when one device failed', async () => {
    const { body } = await runService({ name: 'picky', devices: ['d1', 'd2'] });
    expect(body).toMatchObject({ success: false, summary: { success: ['d1'], failure: ['d2'] } });
  });

  it('lists a skipped device under discard', async () => {
    const { body } = await runService({ name: 'some', devices: ['d1', 'd2'] });
    expect(body).toMatchObject({ success: true, summary: { success: ['d1'], failure: [], discard: ['d2'] } });
  });

  it('gives the result of a service that runs once without devices', async () => {
    const { body } = await runService({ name: 'report' });
    expect(body).toMatchObject({ success: true, devices: {}, result: 'all well' });
  });

  it('does not keep other calls waiting: 20 GETs are answered long before it ends', async () => {
    const ended: string[] = [];
    const slow = runService({ name: 'slow', devices: ['d1'] }).then(({ body }) => {
      ended.push('run');
      return body;
    });
    await Promise.all(Array.from({ length: 20 }, () => runyard.call('/v1/runs?limit=1').then(() => ended.push('get'))));
    expect(ended).toEqual(Array.from({ length: 20 }, () => 'get'));
    expect((await slow).success).toBe(true);
  });

  it('finishes the run of a client that hangs up', async () => {
    const abort = new AbortController();
    const call = runyard.call('/rest/run_service', { name: 'slow', devices: ['d2'] }, { signal: abort.signal });
    const started = await waitFor(async () => {
      const { items } = await runyard.client.runs.list({ service: 'slow', limit: 1 });
      return items[0]?.state === 'running' ? items[0] : null;
    });
    abort.abort();
    await expect(call).rejects.toMatchObject({ name: 'AbortError' });
    expect((await runyard.client.runs.wait(started.id)).state).toBe('succeeded');
  });
});

describeOnRedis('targets', () => {
  it('names unknown ones in the right order and words, and runs nothing', async () => {
    const before = (await runyard.client.runs.list({ service: 'hello', limit: 1 })).items[0]?.id;
    const { status, body } = await runService({
      name: 'hello',
      devices: ['d1', 'zz'],
      ip_addresses: ['9.9.9.9'],
      pools: ['nopool'],
    });
    expect(status).toBe(200);
    expect(body).toEqual({
      errors: [
        "No device with the name 'zz'",
        "No device with the IP address '9.9.9.9'",
        "No pool with the name 'nopool'",
      ],
    });
    expect((await runyard.client.runs.list({ service: 'hello', limit: 1 })).items[0]?.id).toBe(before);
  });

  it('runs the good ones when told to ignore the others, and keeps the texts', async () => {
    const { body } = await runService({ name: 'hello', devices: ['zz', 'd1'], ignore_invalid_targets: true });
    expect(body).toMatchObject({
      success: true,
      errors: ["No device with the name 'zz'"],
      summary: { success: ['d1'] },
    });
  });

  it('are one union in the order devices, addresses, pools, with each device once', async () => {
    const { body } = await runService({ name: 'hello', devices: ['d3'], ip_addresses: ['10.0.0.2'], pools: ['pair'] });
    expect(Object.keys(body.devices)).toEqual(['d3', 'd2', 'd1']);
    expect(body.summary.success).toEqual(['d3', 'd2', 'd1']);
  });

  it('are those of the service without devices, even if pools are given, with a warning', async () => {
    const { body } = await runService({ name: 'hello', pools: ['pair'] });
    expect(body.warnings).toEqual(['pools and ip_addresses were ignored because no devices were given']);
    expect(body.summary.success).toEqual(['d3']);
  });

  it('take the first by name of two devices with one address, with a warning', async () => {
    const { body } = await runService({ name: 'hello', devices: ['d1'], ip_addresses: ['10.0.0.3'] });
    expect(body.summary.success).toEqual(['d1', 'd3']);
    expect(body.warnings).toHaveLength(1);
  });

  it('are never nothing in silence', async () => {
    const { status, body } = await runService({ name: 'echo' });
    expect(status).toBe(200);
    expect(body.success).toBe(false);
    expect(body.errors.join()).toMatch(/no device/i);
  });
});

describeOnRedis('payload', () => {
  it('reaches the service by key, and extra keys of the body too', async () => {
    const { body } = await runService({
      name: 'echo',
      devices: ['d1'],
      payload: { aid: '1-2-3', status: 'mine' },
      status: 'extra',
      labels: ['a'],
      creator: 'somebody else',
    });
    expect(body.devices.d1?.result).toEqual({
      aid: '1-2-3',
      status: 'mine',
      labels: ['a'],
      creator: 'somebody else',
      rest_data: { status: 'extra', labels: ['a'], creator: 'somebody else' },
    });
  });

  it('cannot say who runs', async () => {
    const { body } = await runService({ name: 'hello', devices: ['d1'], creator: 'eve', runtime: 'x', trigger: 'y' });
    expect(body).toMatchObject({ trigger: 'REST' });
    expect(await runyard.client.runs.get(body.job_id)).toMatchObject({ principal: 'admin', actor: 'admin' });
  });

  it('may come as a form', async () => {
    const response = await runyard.call('/rest/run_service', undefined, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: 'name=report&ticket=42',
    });
    expect(response.status).toBe(200);
    expect(((await response.json()) as RunBody).success).toBe(true);
  });
});

describeOnRedis('run_service, asynchronous', () => {
  it('answers at once, and the result is there while it runs and after', async () => {
    const { body } = await runService({ name: 'slow', devices: ['d1'], async: true });
    expect(Object.keys(body).sort()).toEqual(['errors', 'job_id', 'runtime']);
    const address = `/rest/result/slow/${encodeURIComponent(body.runtime)}`;
    const during = (await (await runyard.call(address)).json()) as Record<string, unknown>;
    expect(during).toMatchObject({ status: 'Running', result: 'No results yet.', job_id: body.job_id });
    expect(during).toHaveProperty('progress');
    await runyard.client.runs.wait(body.job_id);
    expect(await (await runyard.call(address)).json()).toMatchObject({
      status: 'Completed',
      result: { success: true, runtime: body.runtime, summary: { success: ['d1'] } },
    });
  });

  it('gives a stopped run as aborted', async () => {
    const { body } = await runService({ name: 'hello', devices: ['far'], async: true });
    const stopped = await runyard.call(`/rest/stop_run/${encodeURIComponent(body.runtime)}`, {});
    expect(stopped.status).toBeLessThan(300);
    const result = await runyard.call(`/rest/result/hello/${encodeURIComponent(body.runtime)}`);
    expect(await result.json()).toMatchObject({ status: 'Aborted' });
  });

  it('gives 10,000 parallel calls 10,000 runtimes and job ids', async () => {
    const calls = 10_000;
    const runtimes = new Set<string>();
    const jobs = new Set<string>();
    let next = 0;
    const lane = async () => {
      for (let index = next++; index < calls; index = next++) {
        const { status, body } = await runService({ name: 'hello', devices: ['d1'], async: true });
        if (status !== 200) throw new Error(`call ${index} was answered with ${status}`);
        runtimes.add(body.runtime);
        jobs.add(body.job_id);
      }
    };
    await Promise.all(Array.from({ length: 200 }, lane));
    expect(runtimes.size).toBe(calls);
    expect(jobs.size).toBe(calls);
  });
});

describeOnRedis('refusals', () => {
  it.each([
    ['devices as a text', { name: 'hello', devices: 'd1' }, 'devices'],
    ['async as a text', { name: 'hello', async: 'false' }, 'async'],
    ['null for pools', { name: 'hello', pools: null }, 'pools'],
    ['a payload that is a list', { name: 'hello', payload: [] }, 'payload'],
    ['a missing name', { devices: ['d1'] }, 'name'],
  ])('of %s are a 400 that names the field', async (_, body, field) => {
    const response = await runyard.call('/rest/run_service', body);
    expect(response.status).toBe(400);
    const answer = (await response.json()) as { alert: string; request_id: string };
    expect(JSON.stringify(answer)).toContain(field);
    expect(answer.alert).toMatch(/^Error 400 - /);
    expect(answer.request_id).toBeTruthy();
  });

  it('of an unknown service are a 404, of a disabled one a 409', async () => {
    expect((await runService({ name: 'nope' })).status).toBe(404);
    const off = await runyard.call('/rest/run_service', { name: 'off', devices: ['d1'] });
    expect(off.status).toBe(409);
    expect(JSON.stringify(await off.json())).toContain('The workflow is disabled.');
  });

  it.each([
    ['an unknown runtime', '/rest/result/hello/2020-04-28%2012%3A21%3A11.404910'],
    ['an unknown service', '/rest/result/nope/2020-04-28%2012%3A21%3A11.404910'],
    ['no runtime at all', '/rest/result/hello/yesterday'],
  ])('of the result of %s have the text of the contract', async (_, path) => {
    const response = await runyard.call(path);
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({
      error: 'There are no results or on-going services for the requested service and runtime.',
    });
  });

  it('of wrong credentials are a 401', async () => {
    const response = await runyard.call(
      '/rest/run_service',
      { name: 'hello' },
      { headers: { authorization: 'Basic eDp5' } },
    );
    expect(response.status).toBe(401);
    expect(await response.json()).toMatchObject({ alert: 'Error 401 - Wrong Credentials.' });
  });

  it('of other media types, of too large bodies and of other methods say so', async () => {
    const post = { method: 'POST', body: '<xml/>', headers: { 'content-type': 'text/xml' } };
    expect((await runyard.call('/rest/run_service', undefined, post)).status).toBe(415);
    const large = { name: 'hello', payload: { text: 'x'.repeat(9_000_000) } };
    expect((await runyard.call('/rest/run_service', large)).status).toBe(413);
    expect((await runyard.call('/rest/run_service')).status).toBe(405);
  });
});

describeOnRedis('is_alive and workers', () => {
  it('answer without and with a login', async () => {
    const alive = await fetch(`${runyard.gateways[0]?.url}/rest/is_alive`);
    expect(await alive.json()).toMatchObject({ cluster_id: true, workers: 1, redis: true });
    const workers = await runyard.call('/rest/workers');
    expect(JSON.stringify(await workers.json())).toContain('"ams"');
  });
});
