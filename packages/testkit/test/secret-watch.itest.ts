import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { deflateRawSync, gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { closeRedis, connectRedis } from '@runyard/redis';
import { MemoryLog, needs, startTestRedis, type TestRedis } from '../src/index.ts';
import { type InstallationWatch, watchInstallation } from '../src/secrets/watch-installation.ts';

const SECRET = 'planted-Sekret-7f3a91';
const KEY = `ry_${'aB3d'.repeat(10)}`;

let redis: TestRedis;
let server: Server;
let url: string;
let answer: string;
let watch: InstallationWatch;

beforeEach(async () => {
  redis = await startTestRedis();
  answer = '{}';
  server = createServer((request, response) => {
    response.setHeader('set-cookie', `session=${SECRET}`);
    if (request.url === '/headers') response.setHeader('x-token', SECRET);
    if (request.url === '/slow') {
      response.write(answer.slice(0, 10));
      setImmediate(() => response.end(answer.slice(10)));
    } else response.end(answer);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  watch = watchInstallation({ RUNYARD_REDIS_URL: redis.url, RUNYARD_CALLBACK_SECRET: SECRET }, (one) => one === url);
});
afterEach(async () => {
  await watch.end().catch(() => undefined);
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await redis.stop();
});

needs(describe, 'redis-server')('a secret of an installation', () => {
  it('is found nowhere when it is nowhere', async () => {
    await redis.ask('HSET', 'a', 'b', 'c');
    watch.line('gateway')('started');
    expect(await (await fetch(`${url}/ok`)).text()).toBe('{}');
    await expect(watch.end()).resolves.toBeUndefined();
  });

  it.each([
    ['SET', 'k', SECRET],
    ['SET', `k:${SECRET}`, 'v'],
    ['HSET', 'k', 'field', SECRET],
    ['HSET', 'k', SECRET, 'value'],
    ['RPUSH', 'k', 'a', SECRET],
    ['SADD', 'k', SECRET],
    ['ZADD', 'k', '1', SECRET],
    ['XADD', 'k', '*', 'field', SECRET],
  ])('is found in Redis after %s %s %s', async (...command) => {
    await redis.ask(...command);
    await expect(watch.end()).rejects.toThrow('RUNYARD_CALLBACK_SECRET in the Redis key k');
  });

  it.each([
    ['deflate', deflateRawSync],
    ['gzip', gzipSync],
  ])('is found in Redis compressed by %s', async (_, pack) => {
    const connection = await connectRedis({ url: redis.url }, 'request', new MemoryLog());
    await connection.hset('k', 'deep', pack(Buffer.from(`${'x'.repeat(500)}${SECRET}`)));
    await closeRedis(connection);
    await expect(watch.end()).rejects.toThrow('in the Redis key k');
  });

  it('is found in the log, also in a line from before it was known', async () => {
    watch.line('worker')('the key is later-planted-9c1e');
    watch.plant('a late one', 'later-planted-9c1e');
    await expect(watch.end()).rejects.toThrow('a late one in the log of a worker');
  });

  it('is found in an answer, its headers, and where it came in pieces', async () => {
    answer = `{"a":"${SECRET}"}`;
    await (await fetch(`${url}/whole`)).json();
    await (await fetch(`${url}/slow`)).text();
    answer = '{}';
    await (await fetch(`${url}/headers`)).text();
    const places = ['the answer to GET /whole', 'the answer to GET /slow', 'the headers of the answer to GET /headers'];
    const lines = places.map((place) => `RUNYARD_CALLBACK_SECRET in ${place}`).join('\n');
    await expect(watch.end()).rejects.toThrow(`${lines}`);
  });

  it('may be a key that is shown in the one answer to who asked for it, and in no other', async () => {
    answer = `{"key":"${KEY}"}`;
    await (await fetch(`${url}/v1/api-keys`, { method: 'POST', body: '{}' })).text();
    await watch.end();
    watch = watchInstallation({ RUNYARD_REDIS_URL: redis.url }, (one) => one === url);
    await (await fetch(`${url}/v1/api-keys`)).text();
    await expect(watch.end()).rejects.toThrow('an API key in the answer to GET /v1/api-keys');
  });

  it('is looked for no longer in the answers of others, nor after the end', async () => {
    const before = globalThis.fetch;
    await watch.end();
    expect(globalThis.fetch).not.toBe(before);
    watch = watchInstallation({ RUNYARD_REDIS_URL: redis.url, A_TOKEN: SECRET }, () => false);
    answer = SECRET;
    await (await fetch(`${url}/x`)).text();
    await watch.end();
  });

  it('is not looked for in a Redis that is gone', async () => {
    await redis.server.kill();
    await expect(watch.end()).resolves.toBeUndefined();
  });
});
