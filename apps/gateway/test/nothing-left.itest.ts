import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { closeRedis, connectRedis, type RedisConnection } from '@runyard/redis';
import { MemoryLog, needs, startTestRedis, type TestRedis, waitFor } from '@runyard/testkit';
import type { Gateway } from '../src/compose.ts';
import { gatewayOn, listeningUrl, PASSWORD } from './redis-gateway.ts';
import { basicLogin } from './start-gateway.ts';

const CATALOG = {
  clusters: [{ name: 'ams' }, { name: 'full' }],
  devices: [
    { name: 'd1', address: '127.0.0.1', cluster: 'ams' },
    { name: 'f1', address: '127.0.0.1', cluster: 'full' },
  ],
  pools: [{ name: 'all', devices: ['d1'] }],
  services: [
    { name: 'noop', type: 'no-op' },
    {
      name: 'called',
      type: 'no-op',
      targets: { devices: ['d1'] },
      endpoints: [
        { name: 'plain', methods: ['GET', 'POST', 'PUT'] },
        { name: 'typed', methods: ['GET', 'POST'], parameters: [{ name: 'vlan', type: 'integer', required: true }] },
      ],
    },
    { name: 'resting', type: 'no-op', endpoints: [{ name: 'plain' }], maintenance: true },
    { name: 'off', type: 'no-op', disabled: true },
    {
      name: 'strict',
      type: 'no-op',
      inputs: {
        type: 'object',
        properties: { vlan: { type: 'integer', minimum: 1 } },
        required: ['vlan'],
        additionalProperties: false,
      },
    },
  ],
};
const QUEUE_MAX = 3;

let redis: TestRedis;
let connection: RedisConnection;
let gateway: Gateway;
let url = '';
let endedRun = '';

type Body = string | Uint8Array | Record<string, unknown>;

async function call(path: string, body: Body, headers: Record<string, string> = {}, method: 'POST' | 'PUT' = 'POST') {
  const answer = await fetch(`${url}${path}`, {
    method,
    headers: { authorization: basicLogin(`admin:${PASSWORD}`), 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body),
  });
  return { status: answer.status, type: answer.headers.get('content-type') ?? '', text: await answer.text() };
}

const codeOf = ({ text }: { text: string }) => (JSON.parse(text) as { code?: string }).code;

/** Everything by which a run could be half there: all keys, and how many are open, due, listed and queued. */
async function whatIsThere(): Promise<unknown> {
  const keys = (await connection.keys('test:*')).filter((key) => !/:lease:|:stalled-check$/.test(key));
  const lists = ['runs', 'open', 'due'].map((list) => connection.zcard(`test:{index}:${list}`));
  const queues = ['ams', 'full'].map((cluster) => connection.llen(`test:queue:{${cluster}}:${cluster}:wait`));
  const plans = connection.llen('test:control:{plan}:plan:wait');
  const revision = connection.get('test:{catalog}:revision');
  return [keys.sort(), ...(await Promise.all([...lists, ...queues, plans, revision]))];
}

beforeAll(async () => {
  redis = await startTestRedis();
  const log = new MemoryLog();
  connection = await connectRedis({ url: redis.url }, 'request', log);
  gateway = gatewayOn(redis, log, { queueJobsMax: QUEUE_MAX });
  await gateway.start();
  url = listeningUrl(log);
  await call('/v1/catalog/apply', { catalog: CATALOG });
  // Whatever is made by the first run of a service, a label or a queue is there before anything is counted.
  const labels = { ticket: 'T-1' };
  for (const body of [
    { service: 'noop', devices: ['d1'], labels },
    { service: 'noop', pools: ['all'], labels },
  ]) {
    const { text } = await call('/v1/runs', body);
    endedRun = (JSON.parse(text) as { id: string }).id;
    await call(`/v1/runs/${endedRun}/cancel`, {});
  }
  await waitFor(() => connection.exists('test:queue:{full}:full:meta'));
  await waitFor(async () => (await connection.zcard('test:{index}:open')) === 0);
  await waitFor(async () => (await connection.llen('test:control:{plan}:plan:wait')) === 0);
});
afterAll(async () => {
  await gateway.stop();
  await closeRedis(connection);
  await redis.stop();
});

const run = (more: Record<string, unknown>) => ({ service: 'noop', devices: ['d1'], ...more });
const many = (length: number) => Array.from({ length }, () => 'd1');

/** What a caller may get wrong about a run: the body, the code of the answer, and what the answer must name. */
const WRONG_RUNS: readonly (readonly [what: string, body: Body, code: string, named: string])[] = [
  ['a service of a wrong type', run({ service: 7 }), 'BODY_INVALID', '/service'],
  ['devices of a wrong type', run({ devices: 'd1' }), 'BODY_INVALID', '/devices'],
  ['a device that is no text', run({ devices: ['d1', { name: 'd2' }] }), 'BODY_INVALID', '/devices/1'],
  ['an unknown field', run({ devcies: ['d1'] }), 'BODY_INVALID', 'devcies'],
  ['no service', { devices: ['d1'] }, 'BODY_INVALID', 'service'],
  ['an unknown service', run({ service: 'nope' }), 'SERVICE_NOT_FOUND', 'nope'],
  ['an unknown version', run({ version: 99 }), 'SERVICE_NOT_FOUND', '99'],
  ['a service that is off', run({ service: 'off' }), 'SERVICE_DISABLED', 'off'],
  ['an unknown device', run({ devices: ['d1', 'd2'] }), 'TARGETS_UNKNOWN', '/devices/1'],
  ['an unknown pool', run({ pools: ['nope'] }), 'TARGETS_UNKNOWN', '/pools/0'],
  ['an unknown cluster', run({ cluster: 'nope' }), 'CLUSTER_NOT_FOUND', 'nope'],
  ['no targets', { service: 'noop', devices: [] }, 'TARGETS_EMPTY', 'device'],
  ['too many targets', run({ devices: many(100_001) }), 'BODY_INVALID', '/devices'],
  ['too many pools', run({ pools: many(1_001) }), 'BODY_INVALID', '/pools'],
  ['a missing param', run({ service: 'strict' }), 'PARAMS_INVALID', 'vlan'],
  ['a param out of range', run({ service: 'strict', params: { vlan: 0 } }), 'PARAMS_INVALID', '/params/vlan'],
  ['an unknown param', run({ service: 'strict', params: { vlan: 1, x: 1 } }), 'PARAMS_INVALID', 'x'],
  ['a rollout of a wrong type', run({ rollout: 'slowly' }), 'BODY_INVALID', '/rollout'],
  ['a canary of nothing', run({ rollout: { canary: 0 } }), 'BODY_INVALID', '/rollout/canary'],
  ['a share over everything', run({ rollout: { batches: '200%' } }), 'BODY_INVALID', '/rollout/batches'],
  ['a breach that is none', run({ rollout: { onBreach: 'panic' } }), 'BODY_INVALID', '/rollout/onBreach'],
  ['a deadline that is no time', run({ deadline: 'tomorrow' }), 'BODY_INVALID', '/deadline'],
  ['a deadline that is over', run({ deadline: '2001-01-01T00:00:00Z' }), 'PARAMETER_INVALID|BODY_INVALID', 'deadline'],
  ['a queue TTL below zero', run({ queueTtl: -1 }), 'BODY_INVALID', '/queueTtl'],
  ['a priority that is none', run({ priority: 'urgent' }), 'BODY_INVALID', '/priority'],
  ['a time-out of no time', run({ timeout: '0s' }), 'BODY_INVALID', '/timeout'],
  ['a parallel of none', run({ parallel: 0 }), 'BODY_INVALID', '/parallel'],
  [
    'too many labels',
    run({ labels: Object.fromEntries(many(21).map((_, n) => [`l${n}`, 'x'])) }),
    'BODY_INVALID',
    '/labels',
  ],
  ['a label that is a path', run({ labels: { '../../x': 'y' } }), 'BODY_INVALID', '/labels'],
  ['a service that is a path', run({ service: '../../etc/passwd' }), 'BODY_INVALID|SERVICE_NOT_FOUND', 'service'],
];

/** What is no usable body for any door. */
const BROKEN_BODIES: readonly (readonly [what: string, body: Body, code: string])[] = [
  ['no body', '', 'BODY_NOT_JSON|BODY_INVALID'],
  ['broken JSON', '{"service":"noop","devices":["d1"],', 'BODY_NOT_JSON'],
  ['a list', '[]', 'BODY_INVALID'],
  ['10 MB', `{"service":"noop","devices":["d1"],"params":{"x":"${'x'.repeat(10_000_000)}"}}`, 'BODY_TOO_LARGE'],
  ['a wrong key twice', '{"service":"noop","name":"noop","devices":["d1"],"service":7,"name":7}', 'BODY_INVALID'],
  ['__proto__', '{"service":"noop","name":"noop","devices":["d1"],"__proto__":{"x":1}}', 'BODY_INVALID'],
  ['NUL', '{"service":"noop","name":"noop","devices":["d1\\u0000"]}', 'BODY_INVALID'],
  ['a lone surrogate', '{"service":"noop","name":"noop","devices":["\\ud800"]}', 'BODY_INVALID'],
  ['bytes that are no text', new Uint8Array([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]), 'BODY_NOT_JSON'],
  [
    'deep nesting',
    `{"service":"noop","name":"noop","params":${'['.repeat(1_000)}${']'.repeat(1_000)}}`,
    'BODY_INVALID',
  ],
];

/** Doors that write, with a method and an address. */
const DOORS: readonly (readonly [method: 'POST' | 'PUT', path: string])[] = [
  ['POST', '/v1/runs'],
  ['POST', '/rest/run_service'],
  ['POST', '/v1/runs/RUN/rerun'],
  ['POST', '/v1/catalog/apply'],
  ['POST', '/v1/devices/import'],
  ['PUT', '/v1/devices/d9'],
  ['PUT', '/v1/services/s9'],
  ['PUT', '/v1/pools/p9'],
  ['POST', '/v1/users'],
  ['POST', '/v1/api-keys'],
  ['POST', '/rest/instance/device'],
  ['POST', '/api/services/called/typed'],
];

needs(describe, 'redis-server')('a call that is refused leaves nothing in Redis', () => {
  it.each(WRONG_RUNS)('for %s', async (_, body, code, named) => {
    const before = await whatIsThere();
    for (const headers of [{}, { 'idempotency-key': 'k' }, { prefer: 'wait=1' }]) {
      const answer = await call('/v1/runs', body, headers);
      expect(answer.type).toContain('application/problem+json');
      expect(answer.status).toBeGreaterThanOrEqual(400);
      expect(answer.status).toBeLessThan(500);
      expect(code.split('|')).toContain(codeOf(answer));
      expect(answer.text).toContain(named);
    }
    expect(await whatIsThere()).toEqual(before);
  });

  it.each(BROKEN_BODIES)('for a body of %s, at any door', async (_, body, code) => {
    const before = await whatIsThere();
    for (const [method, path] of DOORS) {
      const answer = await call(path.replace('RUN', endedRun), body, mediaType(path), method);
      // Objects of eNMS are taken one by one, and the answer says which were not.
      const refused =
        answer.status === 200 ? answer.text.startsWith('{"failure":') : `${answer.status}`.startsWith('4');
      expect([path, answer.status, refused]).toEqual([path, answer.status, true]);
    }
    const answer = await call('/v1/runs', body);
    expect(code.split('|')).toContain(codeOf(answer));
    expect(await whatIsThere()).toEqual(before);
  });

  it.each([
    ['an unknown service', { name: 'nope', devices: ['d1'] }],
    ['an unknown device', { name: 'noop', devices: ['d2'] }],
    ['an unknown pool', { name: 'noop', pools: ['nope'] }],
    ['an unknown address', { name: 'noop', ip_addresses: ['10.9.9.9'] }],
    ['no targets', { name: 'noop', devices: [] }],
    ['a wrong param', { name: 'strict', devices: ['d1'], payload: { vlan: 0 } }],
    ['a service that is a path', { name: '../x', devices: ['d1'] }],
  ])('for %s at the eNMS door, in JSON and as a form', async (_, body) => {
    const before = await whatIsThere();
    const form = new URLSearchParams();
    for (const [key, value] of Object.entries(body)) {
      form.set(key, typeof value === 'string' ? value : JSON.stringify(value));
    }
    const answers = [
      await call('/rest/run_service', body),
      await call('/rest/run_service', { ...body, async: true }),
      await call('/rest/run_service', form.toString(), { 'content-type': 'application/x-www-form-urlencoded' }),
    ];
    for (const { status, text } of answers) {
      expect(status).toBeLessThan(500);
      expect(text).toContain('"errors"' in JSON.parse(text) ? '"errors"' : 'err');
      expect(text).not.toContain('job_id');
    }
    expect(await whatIsThere()).toEqual(before);
  });

  it.each([
    '/v1/runs/../runs/x/cancel',
    '/v1/runs/%2e%2e%2fusers/cancel',
    '/v1/runs/%00/cancel',
    `/v1/runs/${'f'.repeat(24)}/cancel`,
    `/v1/runs/${'f'.repeat(24)}/pause`,
    `/v1/runs/${'f'.repeat(24)}/resume`,
    `/v1/runs/${'f'.repeat(24)}/rerun`,
    '/v1/runs/__proto__/rerun',
    '/v1/clusters/nope/pause',
    '/v1/clusters/..%2f..%2fx/pause',
    '/rest/stop_run/x',
  ])('for the address %s', async (path) => {
    const before = await whatIsThere();
    const { status } = await call(path, {});
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(500);
    expect(await whatIsThere()).toEqual(before);
  });

  it.each([
    ['an unknown service', '/api/services/nope/plain'],
    ['a service that is a path', '/api/services/..%2f..%2fetc/plain'],
    ['a service that every object has', '/api/services/__proto__/constructor'],
    ['an unknown endpoint', '/api/services/called/nope'],
    ['an endpoint with NUL', '/api/services/called/pl%00ain'],
    ['a method that it does not take', '/api/services/resting/plain'],
    ['a missing parameter', '/api/services/called/typed'],
    ['a parameter that is no number', '/api/services/called/typed?vlan=x'],
    ['a parameter that is there twice', '/api/services/called/typed?vlan=1&vlan=2'],
    ['an unknown parameter', '/api/services/called/typed?vlan=1&devices=d1'],
    ['__proto__', '/api/services/called/plain?__proto__=1'],
    ['NUL', '/api/services/called/plain?a=%00'],
    ['broken escapes', '/api/services/called/typed?vlan=%ff%'],
  ])('for %s at an endpoint of a service', async (_, path) => {
    const before = await whatIsThere();
    for (const headers of [{}, { 'idempotency-key': 'k' }, { prefer: 'respond-async' }]) {
      const answer = await call(path, {}, headers);
      expect(answer.type).toContain('application/problem+json');
      expect(answer.status).toBeGreaterThanOrEqual(400);
      expect(answer.status).toBeLessThan(500);
    }
    expect(await whatIsThere()).toEqual(before);
  });

  it('for a queue that is full', async () => {
    const body = { service: 'noop', devices: ['f1'] };
    await waitFor(async () => (await call('/v1/runs', body)).status === 429);
    const before = await whatIsThere();
    for (const [path, each] of [
      ['/v1/runs', body],
      ['/v1/runs', { ...body, devices: ['f1', 'd1'], labels: { ticket: 'T-2' } }],
      ['/rest/run_service', { name: 'noop', devices: ['f1'] }],
    ] as const) {
      const answer = await call(path, each, { 'idempotency-key': 'k' });
      expect([answer.status, codeOf(answer)]).toEqual([429, 'QUEUE_FULL']);
      expect(answer.text).toContain('RUNYARD_QUEUE_MAX');
    }
    expect(await whatIsThere()).toEqual(before);
  });

  it('for a Redis that is full', async () => {
    const used = Number(/used_memory:(\d+)/.exec(await redis.ask('INFO', 'memory'))?.[1]);
    await redis.ask('CONFIG', 'SET', 'maxmemory', String(Math.ceil(used / 0.85)));
    await waitFor(async () => (await call('/v1/runs', run({ dryRun: false }))).status === 503);
    const before = await whatIsThere();
    for (const [path, each] of [
      ['/v1/runs', run({ labels: { ticket: 'T-3' }, deadline: new Date(Date.now() + 60_000).toISOString() })],
      ['/v1/runs', { service: 'noop', pools: ['all'] }],
      ['/rest/run_service', { name: 'noop', devices: ['d1'] }],
    ] as const) {
      const answer = await call(path, each, { 'idempotency-key': 'k' });
      expect([answer.status, codeOf(answer)]).toEqual([503, 'STORE_FULL']);
      expect(answer.text).toContain('maxmemory');
    }
    expect(await whatIsThere()).toEqual(before);
  });
});

function mediaType(path: string): Record<string, string> {
  return path === '/v1/devices/import' ? { 'content-type': 'text/csv' } : {};
}
