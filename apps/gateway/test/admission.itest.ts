import { afterEach, describe, expect, it } from '@jest/globals';
import { MemoryLog, needs, startTestRedis, type TestRedis, waitFor } from '@runyard/testkit';
import type { Gateway } from '../src/compose.ts';
import { gatewayOn, listeningUrl, PASSWORD } from './redis-gateway.ts';
import { basicLogin } from './start-gateway.ts';

const CATALOG = {
  clusters: [{ name: 'ams' }],
  devices: [{ name: 'd1', address: '127.0.0.1', cluster: 'ams' }],
  pools: [{ name: 'all', devices: ['d1'] }],
  services: [{ name: 'noop', type: 'no-op' }],
};

const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).toReversed()) await close();
});

async function redisWith(...extraArgs: readonly string[]): Promise<TestRedis> {
  const redis = await startTestRedis({ extraArgs });
  open.push(() => redis.stop());
  return redis;
}

function newGateway(redis: TestRedis, log: MemoryLog, queueJobsMax: number): Gateway {
  const gateway = gatewayOn(redis, log, { queueJobsMax });
  open.push(() => gateway.stop());
  return gateway;
}

async function startGateway(redis: TestRedis, queueJobsMax = 100_000) {
  const log = new MemoryLog();
  await newGateway(redis, log, queueJobsMax).start();
  const url = listeningUrl(log);
  const call = (path: string, json: unknown, headers: Record<string, string> = {}) =>
    fetch(`${url}${path}`, {
      method: 'POST',
      headers: { authorization: basicLogin(`admin:${PASSWORD}`), 'content-type': 'application/json', ...headers },
      body: JSON.stringify(json),
    });
  expect((await call('/v1/catalog/apply', { catalog: CATALOG })).status).toBe(200);
  return (headers: Record<string, string> = {}) => call('/v1/runs', { service: 'noop', devices: ['d1'] }, headers);
}

/** Runs until one is refused, and gives that answer. */
async function untilRefused(run: () => Promise<Response>, timeoutMs = 10_000): Promise<Response> {
  return waitFor(
    async () => {
      const answer = await run();
      return answer.status === 202 ? null : answer;
    },
    { timeoutMs },
  );
}

const describeOnRedis = needs(describe, 'redis-server');

describeOnRedis('admission on real Redis', () => {
  it('refuses new runs before Redis is full, and leaves nothing of them behind', async () => {
    const redis = await redisWith();
    const run = await startGateway(redis);
    expect((await run()).status).toBe(202);
    const used = Number(/used_memory:(\d+)/.exec(await redis.ask('INFO', 'memory'))?.[1]);
    await redis.ask('CONFIG', 'SET', 'maxmemory', String(Math.ceil(used / 0.85)));
    await waitFor(async () => (await run()).status === 503);
    const keys = await redis.ask('DBSIZE');
    for (const headers of [{}, { 'idempotency-key': 'k' }]) {
      const answer = await run(headers);
      expect([answer.status, Number(answer.headers.get('retry-after'))]).toEqual([503, 10]);
      expect(await answer.json()).toMatchObject({ code: 'STORE_FULL', limit: 'maxmemory' });
    }
    expect(await redis.ask('DBSIZE')).toBe(keys);
    await redis.ask('CONFIG', 'SET', 'maxmemory', String(used * 3));
    await waitFor(async () => (await run({ 'idempotency-key': 'k' })).status === 202);
  });

  it('refuses new runs for a cluster whose queue is at the limit', async () => {
    const redis = await redisWith();
    const run = await startGateway(redis, 5);
    const refused = await untilRefused(run);
    expect([refused.status, Number(refused.headers.get('retry-after'))]).toEqual([429, 5]);
    expect(await refused.json()).toMatchObject({
      code: 'QUEUE_FULL',
      limit: 'RUNYARD_QUEUE_MAX',
      detail: expect.stringMatching(/^Jobs that wait for the cluster 'ams': \d+; RUNYARD_QUEUE_MAX allows 5\.$/),
    });
    const keys = await redis.ask('DBSIZE');
    expect((await run({ 'idempotency-key': 'k' })).status).toBe(429);
    expect(await redis.ask('DBSIZE')).toBe(keys);
  });

  it('does not start on a Redis that drops keys when it is full', async () => {
    const redis = await redisWith('--maxmemory-policy', 'allkeys-lru');
    const gateway = newGateway(redis, new MemoryLog(), 5);
    await expect(gateway.start()).rejects.toMatchObject({
      code: 'STORE_POLICY_WRONG',
      message: expect.stringContaining('maxmemory-policy of Redis is allkeys-lru'),
    });
    expect(await redis.ask('DBSIZE')).toBe('0');
  });
});

describeOnRedis('idempotency keys on real Redis', () => {
  it('start one run for 200 calls at once', async () => {
    const redis = await redisWith();
    const run = await startGateway(redis);
    const answers = await Promise.all(Array.from({ length: 200 }, () => run({ 'idempotency-key': 'k' })));
    const statuses = new Set(answers.map(({ status }) => status));
    expect([...statuses].every((status) => status === 202 || status === 409)).toBe(true);
    expect(await redis.ask('ZCARD', 'test:{index}:runs')).toBe('1');
    const again = await run({ 'idempotency-key': 'k' });
    expect([again.status, again.headers.get('idempotency-replayed')]).toEqual([202, 'true']);
  });
});
