import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { AppError, type CatalogChange, type Endpoint, type RunSpec } from '@runyard/domain';
import { putService, sampleService, waitFor } from '@runyard/testkit';
import { type CallOptions, startGateway, type TestGateway } from './start-gateway.ts';

const get: Endpoint = { name: 'refresh', methods: ['GET'], parameters: [] };
const typed: Endpoint = {
  name: 'typed',
  methods: ['GET', 'POST', 'PUT'],
  parameters: [
    { name: 'tenant', type: 'string', required: true },
    { name: 'level', type: 'integer', default: 1, enum: [1, 7] },
    { name: 'force', type: 'boolean' },
  ],
};

const noOp = { type: 'no-op', settings: {} };
const CATALOG: readonly CatalogChange[] = [
  { kind: 'service-account', action: 'put', item: { name: 'sa_oauth', roles: ['operator'] } },
  putService(
    sampleService('OAuth tokens', {
      ...noOp,
      slug: 'oauth',
      runMethod: 'once',
      endpoints: [get, typed, { ...get, name: 'later', async: true }, { ...get, name: 'as', runAs: 'sa_oauth' }],
    }),
  ),
  putService(sampleService('Per device', { ...noOp, targets: { devices: ['d1', 'd2'] }, endpoints: [get] })),
  putService(sampleService('off', { ...noOp, runMethod: 'once', disabled: true, endpoints: [get] })),
  putService(sampleService('nowhere', { ...noOp, endpoints: [get] })),
  putService(sampleService('resting', { ...noOp, endpoints: [get], maintenance: { retryAfterMs: 90_000 } })),
  putService(
    sampleService('limited', {
      ...noOp,
      runMethod: 'once',
      rateLimit: { requests: 3, perMs: 60_000 },
      endpoints: [
        { ...get, async: true, rateLimit: { requests: 2, perMs: 60_000 } },
        { ...get, name: 'b', async: true },
      ],
    }),
  ),
];

let gateway: TestGateway;
const running: TestGateway[] = [];
beforeEach(async () => {
  gateway = await withEndpoints();
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((started) => started.stop()));
});

async function withEndpoints(changes: Parameters<typeof startGateway>[0] = {}): Promise<TestGateway> {
  const started = await startGateway(changes);
  running.push(started);
  await started.catalog.write(CATALOG, (await started.catalog.view()).revision);
  return started;
}

const OAUTH = '/api/services/oauth';

/** Calls, plays the worker as soon as there is something to do, and gives the answer. */
async function callAndWork(path: string, options?: CallOptions, answer?: Parameters<TestGateway['work']>[0]) {
  const answered = gateway.call(path, options);
  await waitFor(() => gateway.queue.slices.size > 0);
  await waitFor(() => gateway.events.waiters > 0);
  await gateway.work(answer);
  return answered;
}

async function specOf(runId: string): Promise<RunSpec> {
  const record = await gateway.runs.get(runId);
  if (!record) throw new Error(`there is no run ${runId}`);
  return record.spec;
}

describe('an endpoint of a service', () => {
  it('answers with the result of a service that runs once', async () => {
    const { status, json } = await callAndWork(`${OAUTH}/refresh`, {}, () => ({ result: { accessToken: 't' } }));
    expect(status).toBe(200);
    expect(json).toEqual({ runId: expect.any(String), state: 'succeeded', result: { accessToken: 't' } });
    expect(await specOf(json.runId)).toMatchObject({ service: 'OAuth tokens', door: 'endpoint', principal: 'ada' });
  });

  it('answers with the results of the service’s own devices by their names', async () => {
    const { json } = await callAndWork('/api/services/per-device/refresh');
    expect(json.result).toEqual({ d1: 'output of d1', d2: 'output of d2' });
  });

  it('answers 202 when it does not wait, when the caller prefers that, and when the time is over', async () => {
    for (const [path, headers] of [
      ['later', {}],
      ['refresh', { prefer: 'respond-async' }],
      ['refresh', { prefer: 'wait=0' }],
    ] as const) {
      const { status, json, headers: answered } = await gateway.call(`${OAUTH}/${path}`, { headers });
      expect([status, json.state, answered.get('location')]).toEqual([202, 'queued', `/v1/runs/${json.id}`]);
    }
  });

  it('answers 502 with what went wrong when the run failed', async () => {
    const error = { code: 'COMMAND_FAILED', message: 'No such command' } as const;
    const failing = (device: string) => (device === 'd2' ? { state: 'failed' as const, error, result: null } : {});
    const { status, json } = await callAndWork('/api/services/per-device/refresh', {}, failing);
    expect([status, json.code, json.state]).toEqual([502, 'RUN_FAILED', 'failed']);
    expect(json.error).toEqual({ ...error, device: 'd2' });
    expect(json.detail).toContain("'d2': No such command");
    expect((await specOf(json.runId)).service).toBe('Per device');
  });

  it('answers 504 when the run expired', async () => {
    const answered = gateway.call(`${OAUTH}/refresh`);
    const [job] = await waitFor(() => (gateway.queue.slices.size > 0 ? [...gateway.queue.slices.values()] : null));
    await waitFor(() => gateway.events.waiters > 0);
    await gateway.runs.expire(job?.runId ?? '', { code: 'RUN_EXPIRED', message: 'Its time is over' });
    const { status, json } = await answered;
    expect([status, json.code, json.state]).toEqual([504, 'RUN_EXPIRED', 'expired']);
  });

  it('answers 403 with the code of the refusal when the run was denied after it was accepted', async () => {
    const answered = gateway.call(`${OAUTH}/refresh`);
    const [job] = await waitFor(() => (gateway.queue.slices.size > 0 ? [...gateway.queue.slices.values()] : null));
    await waitFor(() => gateway.events.waiters > 0);
    const error = { code: 'PRINCIPAL_REVOKED', message: 'Since then the account was disabled.' } as const;
    await gateway.runs.fail(job?.runId ?? '', error, 'denied');
    const { status, json } = await answered;
    expect([status, json.code, json.state, json.runId]).toEqual([403, 'PRINCIPAL_REVOKED', 'denied', job?.runId]);
    expect(json.error).toEqual(error);
    expect(json.detail).toBe(`The run ended as denied: ${error.message}`);
  });

  it('hands over parameters as params, and a body as payload', async () => {
    const path = `${OAUTH}/typed?tenant=7&level=7&force=true`;
    const { json } = await callAndWork(path, { json: { name: 'n', list: [1] } });
    const spec = await specOf(json.runId);
    expect(spec.params).toEqual({ tenant: '7', level: 7, force: true });
    expect(spec.payload).toEqual({ name: 'n', list: [1] });
    const put = await callAndWork(`${OAUTH}/typed?tenant=a`, { method: 'PUT' });
    expect(await specOf(put.json.runId)).toMatchObject({ params: { tenant: 'a', level: 1 } });
  });

  it('runs as its account, in the time zone of the caller', async () => {
    const headers = { 'x-time-zone': 'Europe/Oslo' };
    const { json } = await callAndWork(`${OAUTH}/as`, { headers });
    expect(await specOf(json.runId)).toMatchObject({
      endpoint: 'as',
      principal: 'sa_oauth',
      actor: 'ada',
      timeZone: 'Europe/Oslo',
    });
  });

  it('gives the first run again for the same Idempotency-Key, and refuses it for another call', async () => {
    const call = (path: string) => gateway.call(`${OAUTH}/${path}`, { headers: { 'idempotency-key': 'k' } });
    const first = await call('later');
    const again = await call('later');
    expect([again.json.id, again.headers.get('idempotency-replayed')]).toEqual([first.json.id, 'true']);
    const other = await call('refresh');
    expect([other.status, other.json.code]).toEqual([422, 'IDEMPOTENCY_KEY_REUSED']);
    expect(gateway.queue.slices.size).toBe(1);
  });

  it('counts in the metrics as a door of its own', async () => {
    await gateway.call(`${OAUTH}/later`);
    const { text } = await gateway.call('/metrics', { login: null });
    expect(text).toContain('runyard_runs_accepted_total{door="endpoint"} 1');
    expect(text).toContain('route="/api/services/{slug}/{endpoint}",status="202"} 1');
  });
});

describe('a call of an endpoint that is refused', () => {
  it.each<[string, CallOptions, number, string, string]>([
    ['/api/services/nope/refresh', {}, 404, 'SERVICE_NOT_FOUND', 'nope'],
    ['/api/services/show/refresh', {}, 404, 'ENDPOINT_NOT_FOUND', "'show'"],
    [`${OAUTH}/nope`, { method: 'DELETE' }, 404, 'ENDPOINT_NOT_FOUND', "'OAuth tokens'"],
    [`${OAUTH}/refresh`, { method: 'DELETE', login: null }, 405, 'ENDPOINT_METHOD_NOT_ALLOWED', 'DELETE'],
    [`${OAUTH}/refresh`, { method: 'POST' }, 405, 'ENDPOINT_METHOD_NOT_ALLOWED', 'GET'],
    ['/api/services/resting/refresh', { login: null }, 503, 'SERVICE_IN_MAINTENANCE', 'resting'],
    [`${OAUTH}/refresh`, { login: null }, 401, 'CREDENTIALS_MISSING', ''],
    [`${OAUTH}/refresh`, { login: 'ada:wrong' }, 401, 'CREDENTIALS_WRONG', ''],
    [`${OAUTH}/as`, { login: 'olga:secret' }, 403, 'ACT_AS_DENIED', 'act-as:sa_oauth'],
    ['/api/services/off/refresh', {}, 409, 'SERVICE_DISABLED', 'off'],
    [`${OAUTH}/typed`, {}, 400, 'PARAMETER_INVALID', 'tenant is required'],
    [`${OAUTH}/typed?tenant=a&level=x`, {}, 400, 'PARAMETER_INVALID', 'level must be a whole number'],
    [`${OAUTH}/typed?tenant=a&level=2`, {}, 400, 'PARAMETER_INVALID', 'level must be one of 1, 7'],
    [`${OAUTH}/typed?tenant=a&tenat=b`, {}, 400, 'PARAMETER_INVALID', 'tenat'],
    [`${OAUTH}/typed?tenant=a&tenant=b`, {}, 400, 'PARAMETER_INVALID', 'tenant is given more than once'],
    [`${OAUTH}/refresh?devices=d1`, {}, 400, 'PARAMETER_INVALID', 'devices'],
    [`${OAUTH}/typed?tenant=a`, { json: [1] }, 400, 'BODY_INVALID', ''],
    [`${OAUTH}/refresh`, { headers: { 'x-time-zone': 'x' } }, 400, 'PARAMETER_INVALID', 'x-time-zone'],
    [`${OAUTH}/refresh`, { headers: { 'x-time-zone': 'europe/oslo' } }, 400, 'PARAMETER_INVALID', 'Europe/Oslo?'],
    [`${OAUTH}/refresh`, { headers: { 'idempotency-key': 'a b' } }, 400, 'IDEMPOTENCY_KEY_INVALID', ''],
    ['/api/services/nowhere/refresh', {}, 400, 'TARGETS_EMPTY', 'nowhere'],
    ['/api/services/oauth', {}, 404, 'ROUTE_NOT_FOUND', ''],
  ])('%s with %j says %i %s and leaves nothing', async (path, options, status, code, named) => {
    const answer = await gateway.call(path, options);
    expect([answer.status, answer.json.code]).toEqual([status, code]);
    expect(answer.json.detail).toContain(named);
    expect(gateway.queue.slices.size + gateway.queue.plans.size).toBe(0);
  });

  it('tells who may not run the service nothing of its parameters', async () => {
    await gateway.call('/v1/users', { json: { name: 'eve', roles: ['viewer'], password: 'long enough' } });
    for (const query of ['', '?tenant=a&level=x', '?tenant=a&tenat=b']) {
      const { status, json } = await gateway.call(`${OAUTH}/typed${query}`, { login: 'eve:long enough' });
      expect([status, json.code]).toEqual([403, 'SERVICE_RUN_DENIED']);
    }
  });

  it('tells which methods there are, and when the maintenance is over', async () => {
    const wrong = await gateway.call(`${OAUTH}/typed`, { method: 'PATCH' });
    expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'GET, POST, PUT']);
    const asked = await gateway.call(`${OAUTH}/typed`, { method: 'OPTIONS', login: null });
    expect([asked.status, asked.headers.get('allow')]).toEqual([204, 'GET, POST, PUT']);
    const resting = await gateway.call('/api/services/resting/refresh');
    expect(resting.headers.get('retry-after')).toBe('90');
    const looked = await gateway.call(`${OAUTH}/refresh`, { method: 'HEAD' });
    expect([looked.status, gateway.queue.slices.size]).toEqual([405, 0]);
  });
});

describe('a caller who is not known', () => {
  it('cannot tell a service without endpoints from none, nor find out names of endpoints', async () => {
    const nobody: readonly CallOptions[] = [
      { login: null },
      { login: 'ada:wrong' },
      { method: 'OPTIONS', login: null },
    ];
    for (const options of nobody) {
      for (const [slug, name] of [
        ['nope', 'refresh'],
        ['show', 'refresh'],
        ['oauth', 'nope'],
      ]) {
        const { status, json, headers } = await gateway.call(`/api/services/${slug}/${name}`, options);
        expect([status, json.code, headers.get('allow')]).toEqual([404, 'SERVICE_NOT_FOUND', null]);
        expect(json.detail).toBe(`There is no service at /api/services/${slug}/${name}.`);
      }
    }
  });

  it('may guess a number of times, and then learns nothing by what is there either', async () => {
    const guess = (path: string, options: CallOptions = { login: null }) => gateway.call(path, options);
    for (let count = 0; count < 60; count += 1) expect((await guess('/api/services/nope/a')).status).toBe(404);
    expect((await guess(`${OAUTH}/refresh`)).status).toBe(401);
    const over = await guess('/api/services/nope/a');
    expect([over.status, over.json.code, over.headers.get('retry-after')]).toEqual([429, 'RATE_LIMITED', '1']);
    for (const options of [{ login: null }, { login: null, method: 'OPTIONS' }, { login: null, method: 'DELETE' }]) {
      expect((await guess(`${OAUTH}/refresh`, options)).json.code).toBe('RATE_LIMITED');
    }
    expect((await guess(`${OAUTH}/later`, {})).status).toBe(202);
    expect((await guess('/api/services/nope/a', {})).json.code).toBe('SERVICE_NOT_FOUND');
    gateway.clock.advance(1_000);
    expect((await guess(`${OAUTH}/refresh`)).status).toBe(401);
  });
});

describe('the rate limit', () => {
  const call = (name: string, headers: Record<string, string> = {}) =>
    gateway.call(`/api/services/limited/${name}`, { headers });
  const statuses = async (...names: string[]) => {
    const answers: number[] = [];
    for (const name of names) answers.push((await call(name)).status);
    return answers;
  };

  it('of an endpoint and of its whole service both hold, and calls without credentials count', async () => {
    await gateway.call('/api/services/limited/refresh', { login: null });
    expect(await statuses('refresh', 'refresh', 'b', 'b')).toEqual([202, 429, 202, 429]);
    const { headers, json } = await call('refresh');
    expect([json.code, Number(headers.get('retry-after'))]).toEqual(['RATE_LIMITED', 30]);
    expect(json.detail).toContain("endpoint 'refresh' takes 2 calls in 60 s");
    gateway.clock.advance(60_000);
    expect(await statuses('b', 'b', 'b', 'b')).toEqual([202, 202, 202, 429]);
  });

  it('believes X-Forwarded-For of no one but proxies that are trusted', async () => {
    const from = (address: string) => ({ 'x-forwarded-for': address });
    expect((await call('refresh', from('192.0.2.1'))).status).toBe(202);
    expect((await call('refresh', from('192.0.2.2'))).status).toBe(202);
    expect((await call('refresh', from('192.0.2.3'))).status).toBe(429);
    const behind = await withEndpoints({ settings: { ...gateway.deps.settings, trustedProxies: ['127.0.0.1'] } });
    const through = async (address: string) =>
      (await behind.call('/api/services/limited/refresh', { headers: from(address) })).status;
    expect(await through('192.0.2.1')).toBe(202);
    expect(await through('192.0.2.1')).toBe(202);
    expect(await through('192.0.2.1')).toBe(429);
    // What the caller wrote itself stands further to the left, and is nobody's word.
    expect(await through('192.0.2.9, 192.0.2.1')).toBe(429);
    expect(await through('192.0.2.2')).toBe(202);
    // Some proxies add the port of the connection.
    expect([await through('192.0.2.2:1025'), await through('192.0.2.2:1026')]).toEqual([202, 429]);
  });

  it('lets nobody through while nobody can count', async () => {
    const away = await withEndpoints({
      callLimiter: { take: () => Promise.reject(new AppError('STORE_UNAVAILABLE', 'Redis does not answer.')) },
    });
    const { status, json } = await away.call('/api/services/limited/refresh');
    expect([status, json.code, away.queue.slices.size]).toEqual([503, 'STORE_UNAVAILABLE', 0]);
  });
});
