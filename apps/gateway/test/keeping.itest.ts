import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { closeRedis, connectRedis, type RedisConnection } from '@runyard/redis';
import { MemoryLog, needs, startTestRedis, type TestRedis, waitFor } from '@runyard/testkit';
import type { Gateway } from '../src/compose.ts';
import { gatewayOn, listeningUrl, PASSWORD } from './redis-gateway.ts';
import { basicLogin } from './start-gateway.ts';

const CATALOG = {
  clusters: [{ name: 'ams' }],
  devices: [{ name: 'd1', address: '127.0.0.1', cluster: 'ams' }],
  services: [
    { name: 'few', type: 'no-op', keep: { runs: 2 } },
    { name: 'short', type: 'no-op', keep: { days: 0 } },
    { name: 'long', type: 'no-op', keep: { days: 30 } },
  ],
};

let redis: TestRedis;
let connection: RedisConnection;
let gateway: Gateway;
let url = '';
/** Added to the time of the gateway. */
let laterMs = 0;

beforeAll(async () => {
  redis = await startTestRedis();
  const log = new MemoryLog();
  connection = await connectRedis({ url: redis.url }, 'request', log);
  gateway = gatewayOn(redis, log, { clock: { nowMs: () => Date.now() + laterMs } });
  await gateway.start();
  url = listeningUrl(log);
  await call('/v1/catalog/apply', { catalog: CATALOG });
});
afterAll(async () => {
  await gateway.stop();
  await closeRedis(connection);
  await redis.stop();
});

async function call(path: string, body?: unknown): Promise<Response> {
  return fetch(`${url}${path}`, {
    headers: { authorization: basicLogin(`admin:${PASSWORD}`), 'content-type': 'application/json' },
    ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
  });
}

async function accept(service: string): Promise<string> {
  const answer = await call('/v1/runs', { service, devices: ['d1'], labels: { for: service } });
  return ((await answer.json()) as { id: string }).id;
}

async function endedRun(service: string): Promise<string> {
  const id = await accept(service);
  await call(`/v1/runs/${id}/cancel`, {});
  return id;
}

async function metric(name: string): Promise<number> {
  const text = await (await call('/metrics')).text();
  return Number(
    text
      .split('\n')
      .find((line) => line.startsWith(`${name} `))
      ?.split(' ')[1],
  );
}

needs(describe, 'redis-server')('a gateway keeps order', () => {
  it('and removes runs beyond the number that a service keeps, and those whose days are over', async () => {
    const few = [];
    for (let count = 0; count < 5; count += 1) few.push(await endedRun('few'));
    const short = await endedRun('short');
    const long = await endedRun('long');
    await waitFor(async () => (await connection.zcard('test:{index}:runs')) === 3, { timeoutMs: 20_000 });
    const statuses = await Promise.all([...few, short, long].map(async (id) => (await call(`/v1/runs/${id}`)).status));
    expect(statuses).toEqual([404, 404, 404, 200, 200, 404, 200]);
    expect(await connection.zcard('test:{index}:label:for=few')).toBe(2);
    expect((await connection.keys('test:{*}:run')).length).toBe(3);
  });

  it('and counts what it mends', async () => {
    expect(await metric('runyard_open_runs')).toBe(0);
    const id = await accept('long');
    expect(await metric('runyard_open_runs')).toBe(1);
    const [job = ''] = await connection.keys(`test:queue:{ams}:ams:${id}-0`);
    await connection.lrem('test:queue:{ams}:ams:wait', 0, `${id}-0`);
    await connection.unlink(job);
    laterMs = 8_000;
    await waitFor(() => metric('runyard_mendings_total{kind="not-queued"}'));
    expect(await connection.exists(job)).toBe(1);
    expect(await metric('runyard_leader')).toBe(1);
    expect(await metric('runyard_oldest_open_run_seconds')).toBeGreaterThanOrEqual(8);
    expect(await metric('runyard_mendings_total{kind="index-wrong"}')).toBe(0);
  });
});
