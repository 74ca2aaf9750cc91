import { networkInterfaces } from 'node:os';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { closeRedis, connectRedis, type RedisConnection } from '@runyard/redis';
import { createKeys, createRunStore } from '@runyard/store';
import {
  isSignedWith,
  MemoryLog,
  needs,
  type Receiver,
  startReceiver,
  startTestRedis,
  type TestRedis,
  waitFor,
} from '@runyard/testkit';
import type { Gateway } from '../src/compose.ts';
import { gatewayOn, listeningUrl, PASSWORD } from './redis-gateway.ts';
import { basicLogin } from './start-gateway.ts';

const keys = createKeys('test');
const CALLBACK_SECRET = 'key of this installation';
const HOOK_SECRET = 'only-between-the-two';

let redis: TestRedis;
let connection: RedisConnection;
let receiver: Receiver;
let gateway: Gateway;
let log: MemoryLog;
let url = '';

/** A gateway that may call the addresses of these networks besides those that anybody may call. */
async function startGateway(allowCidrs: readonly string[]): Promise<void> {
  log = new MemoryLog();
  gateway = gatewayOn(redis, log, { callbacks: { allowCidrs, secret: CALLBACK_SECRET } });
  await gateway.start();
  url = listeningUrl(log);
}

/** Stops the gateway, and lets the time be over for which it is the one that tells receivers. */
async function stopGateway(): Promise<void> {
  await gateway.stop();
  await connection.del(keys.lease('reconciler'));
}

/** A gateway that may call this machine, with services of which one has webhooks there. */
async function start(): Promise<void> {
  await startGateway(['127.0.0.1']);
  const answer = await call('/v1/catalog/apply', {
    catalog: {
      devices: [{ name: 'd1', address: '127.0.0.1' }],
      pools: [{ name: 'none', devices: [] }],
      secrets: [{ name: 'hook', value: HOOK_SECRET }],
      services: [{ name: 'quiet', type: 'no-op' }, hooked()],
    },
  });
  expect(answer.status).toBe(200);
}

/** By the addresses that this machine has besides the loopback. */
function ownUrls(): readonly string[] {
  return Object.values(networkInterfaces()).flatMap((addresses = []) =>
    addresses
      .filter(({ internal }) => !internal)
      .map(({ address, family }) => `http://${family === 'IPv6' ? `[${address}]` : address}/`),
  );
}

function hooked() {
  return {
    name: 'hooked',
    type: 'no-op',
    webhooks: [
      { url: `${receiver.url}/failed?token=t0ken`, on: ['failed', 'expired'], secret: 'hook' },
      { url: `${receiver.url}/cancelled`, on: ['cancelled'], secret: 'hook' },
    ],
  };
}

beforeAll(async () => {
  redis = await startTestRedis();
  connection = await connectRedis({ url: redis.url }, 'request', new MemoryLog());
});
afterAll(async () => {
  await closeRedis(connection);
  await redis.stop();
});
beforeEach(async () => {
  await redis.flush();
  receiver = await startReceiver();
});
afterEach(async () => {
  await gateway.stop();
  await receiver.stop();
});

async function call(path: string, body?: unknown, method = 'POST'): Promise<Response> {
  return fetch(`${url}${path}`, {
    headers: { authorization: basicLogin(`admin:${PASSWORD}`), 'content-type': 'application/json' },
    ...(body === undefined ? {} : { method, body: JSON.stringify(body) }),
  });
}

/** A run that ends as `cancelled`. */
async function cancelledRun(service: string, request: object = {}): Promise<string> {
  const { id } = (await (await call('/v1/runs', { service, devices: ['d1'], ...request })).json()) as { id: string };
  await call(`/v1/runs/${id}/cancel`, {});
  // What no worker has begun ends at once.
  await waitFor(async () => ((await (await call(`/v1/runs/${id}`)).json()) as { state: string }).state === 'cancelled');
  return id;
}

// oxlint-disable-next-line typescript/no-explicit-any -- tests look into answers of any shape
async function deliveries(id: string): Promise<any[]> {
  return ((await (await call(`/v1/runs/${id}/deliveries`)).json()) as { items: [] }).items;
}

needs(describe, 'redis-server')('a gateway that tells receivers', () => {
  it('tries a receiver that fails twice again until it takes the message, which it can check', async () => {
    await start();
    receiver.answer = () => (receiver.messages.length <= 2 ? 503 : 200);
    const callbackUrl = `${receiver.url}/done?token=t0ken`;
    const id = await cancelledRun('quiet', { callbackUrl });
    await waitFor(async () => (await deliveries(id))[0]?.state === 'delivered', { timeoutMs: 25_000 });
    expect(await deliveries(id)).toEqual([
      {
        id: `${id}-0`,
        url: `${receiver.url}/done`,
        state: 'delivered',
        attempts: 3,
        status: 200,
        error: null,
        attemptedAt: expect.any(String),
        nextAt: null,
      },
    ]);
    expect(receiver.messages.map(({ path }) => path)).toEqual(Array(3).fill('/done?token=t0ken'));
    const [message] = receiver.messages;
    expect(message?.json).toEqual({
      event: 'cancelled',
      deliveryId: `${id}-0`,
      run: await (await call(`/v1/runs/${id}`)).json(),
    });
    expect(receiver.messages.every((each) => isSignedWith(CALLBACK_SECRET, each))).toBe(true);
    expect(receiver.messages.some((each) => isSignedWith('another', each))).toBe(false);
    expect(await (await call('/metrics')).text()).toMatch(/attempts_total\{outcome="delivered"\} 1\n.*"retried"\} 2\n/);
    expect(JSON.stringify(log.entries)).not.toMatch(/t0ken|key of this installation/);
  });

  it('tells the webhooks of a service of the ends that they want, signed with their secret', async () => {
    await start();
    await cancelledRun('hooked');
    const answer = await call('/v1/runs', { service: 'hooked', pools: ['none'] });
    const { id: failed } = (await answer.json()) as { id: string };
    await waitFor(() => receiver.messages.length === 2);
    expect(receiver.at('/cancelled').map(({ json }) => json.event)).toEqual(['cancelled']);
    expect(receiver.at('/failed?token=t0ken').map(({ json }) => json.event)).toEqual(['failed']);
    expect(receiver.messages.every((each) => isSignedWith(HOOK_SECRET, each))).toBe(true);
    expect(await deliveries(failed)).toMatchObject([{ on: ['failed', 'expired'], url: `${receiver.url}/failed` }]);
  });

  it('shows whom it will tell while the run has not ended, and nobody where nobody is to know', async () => {
    await start();
    const request = { service: 'quiet', devices: ['d1'], callbackUrl: receiver.url };
    const { id } = (await (await call('/v1/runs', request)).json()) as { id: string };
    expect(await deliveries(id)).toMatchObject([{ state: 'waiting', attempts: 0, nextAt: null }]);
    expect(await deliveries(await cancelledRun('quiet'))).toEqual([]);
    expect((await call('/v1/runs/000000000000000000000000/deliveries')).status).toBe(404);
    expect(receiver.messages).toEqual([]);
  });

  it('tells of a run that ended while no gateway was there to hear of it', async () => {
    await start();
    const request = { service: 'quiet', devices: ['d1'], callbackUrl: receiver.url };
    const { id } = (await (await call('/v1/runs', request)).json()) as { id: string };
    await stopGateway();
    // As a worker would that dies right after: nobody says that the run ended.
    const runs = createRunStore({ connection, keys, nowMs: () => Date.now() });
    await runs.fail(id, { code: 'INTERNAL', message: 'for the test' });
    expect((await runs.get(id))?.state).toBe('failed');
    await start();
    await waitFor(() => receiver.messages.length > 0, { timeoutMs: 25_000 });
    expect(receiver.messages.map(({ json }) => json.event)).toEqual(['failed']);
  });

  it('keeps no receiver waiting for others that do not answer', async () => {
    await start();
    const quick = await startReceiver();
    try {
      receiver.answer = () => null;
      for (let count = 0; count < 12; count += 1) await cancelledRun('quiet', { callbackUrl: `${receiver.url}/slow` });
      await waitFor(() => receiver.messages.length > 0);
      const id = await cancelledRun('quiet', { callbackUrl: `${quick.url}/quick` });
      await waitFor(() => quick.messages.length === 1);
      expect(quick.messages[0]?.json.run.id).toBe(id);
      // None of them was answered or given up by then: their time is ten seconds.
      expect(receiver.messages.length).toBeLessThanOrEqual(4);
    } finally {
      await quick.stop();
    }
  });

  it('refuses a callback address that may not be called, or is none, and accepts nothing', async () => {
    await start();
    await stopGateway();
    await startGateway([]);
    for (const [callbackUrl, text] of [
      ['http://127.0.0.1:80/', 'must not lead to 127.0.0.1'],
      ['http://[::1]/', 'must not lead to ::1'],
      ['http://169.254.169.254/latest', 'must not lead to 169.254.169.254'],
      ['http://localhost/', 'must not lead to localhost'],
      ['ftp://receiver.example/', 'must be an address such as'],
      ['https://user:pass@receiver.example/', 'without a user or a password'],
      ['https://', 'must be an address such as'],
      [7, 'not a number'],
      ...ownUrls().map((own) => [own, 'must not lead to']),
    ]) {
      const answer = await call('/v1/runs', { service: 'quiet', devices: ['d1'], callbackUrl });
      expect([callbackUrl, answer.status]).toEqual([callbackUrl, 400]);
      expect(await answer.json()).toMatchObject({
        code: 'BODY_INVALID',
        errors: [{ path: '/callbackUrl', message: expect.stringContaining(String(text)) }],
      });
    }
    expect(await connection.zcard(keys.runs)).toBe(0);
  });

  it('saves no service with a webhook at a forbidden address, or with a secret that is not there', async () => {
    await startGateway([]);
    const wrong = (path: string, message: string) => ({
      code: 'CATALOG_INVALID',
      errors: expect.arrayContaining([{ path, message: expect.stringContaining(message) }]),
    });
    const applied = await call('/v1/catalog/apply', { catalog: { services: [hooked()] } });
    expect(applied.status).toBe(400);
    const problem = await applied.json();
    expect(problem).toMatchObject(wrong('/catalog/services/0/webhooks/1/url', 'must not lead to 127.0.0.1'));
    expect(problem).toMatchObject(wrong('/catalog/services/0/webhooks/0/secret', 'no secret `hook`'));
    const put = await call('/v1/services/hooked', hooked(), 'PUT');
    expect([put.status, await put.json()]).toMatchObject([400, wrong('/webhooks/0/url', 'must not lead to 127.0.0.1')]);
  });

  it('calls no forbidden address for a webhook, and the run does not mind', async () => {
    await start();
    await stopGateway();
    await startGateway([]);
    const id = await cancelledRun('hooked');
    await waitFor(async () => (await deliveries(id))[0]?.state === 'failed');
    expect(await deliveries(id)).toMatchObject([{ attempts: 1, error: { code: 'ADDRESS_FORBIDDEN' } }]);
    expect(receiver.messages).toEqual([]);
  });
});
