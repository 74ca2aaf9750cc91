import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { closeRedis, connectRedis, type ConnectionRole, isReachable } from '@runyard/redis';
import {
  MemoryLog,
  needs,
  startTestRedis,
  startTestRedisCluster,
  type TcpProxy,
  tcpProxy,
  type TestRedis,
  waitFor,
} from '@runyard/testkit';
import type { Redis } from 'ioredis';
import { watchConnection } from '../src/connection-watch.ts';

const QUICK = { silentLooksMax: 10, lookMs: 100 };
const SILENT = 'Redis connection gave no answer, opened anew';

let redis: TestRedis;
let proxy: TcpProxy;
let log: MemoryLog;
const open: (() => Promise<void>)[] = [];
beforeEach(async () => {
  log = new MemoryLog();
  redis = await startTestRedis();
  proxy = await tcpProxy({ target: { port: redis.port } });
});
afterEach(async () => {
  proxy.thaw();
  for (const close of open.splice(0).toReversed()) await close();
  await proxy.stop();
  await redis.stop();
});

const settings = (name: string) => ({ url: `redis://127.0.0.1:${proxy.port}/0`, name });

async function connect(role: ConnectionRole, name = 'test'): Promise<Redis> {
  const connection = await connectRedis(settings(name), role, log);
  open.push(() => closeRedis(connection));
  return connection as Redis;
}

/** The connections that exist now under this name stay open and carry nothing any more; later ones do. */
async function freezeNamed(name: string): Promise<void> {
  const clients = (await redis.ask('CLIENT', 'LIST')).split('\n').filter((line) => line.includes(` name=${name} `));
  proxy.freezeOnly(clients.map((line) => Number(/ addr=127\.0\.0\.1:(\d+) /.exec(line)?.[1])));
  expect(clients.length).toBeGreaterThan(0);
}

const silences = () => log.entries.filter(({ message }) => message === SILENT);

needs(describe, 'redis-server')('a connection over which nothing comes any more', () => {
  it('is opened anew within ten seconds, and what waited is answered, while another goes on', async () => {
    const dead = await connect('background', 'dead');
    const other = await connect('background', 'other');
    await freezeNamed('dead:background');
    const answers = Promise.all([dead.incr('counted'), dead.get('counted')]);
    expect(await answers).toEqual([1, '1']);
    expect(silences().map(({ fields }) => fields)).toEqual([{ role: 'background', silentMs: 8_000 }]);
    expect(await other.incr('counted')).toBe(2);
  }, 30_000);

  it('is noticed without any command, and a subscriber hears again', async () => {
    const subscriber = await connect('subscriber');
    const heard: string[] = [];
    subscriber.on('message', (_, text: string) => heard.push(text));
    await subscriber.subscribe('news');
    await freezeNamed('test:subscriber');
    await waitFor(
      async () => {
        await redis.ask('PUBLISH', 'news', 'back');
        return heard.length > 0;
      },
      { timeoutMs: 20_000, intervalMs: 100 },
    );
    expect(silences()).toHaveLength(1);
  }, 50_000);

  it('fails its callers after five seconds where one waits for the answer', async () => {
    const connection = await connect('request');
    await freezeNamed('test:request');
    await expect(connection.get('any')).rejects.toThrow('max retries');
    await waitFor(async () => (await connection.ping().catch(() => '')) === 'PONG', { timeoutMs: 20_000 });
    expect(silences()[0]?.fields).toEqual({ role: 'request', silentMs: 5_000 });
  }, 30_000);

  it('is opened anew also when it falls silent in its first words', async () => {
    const connection = await connect('background');
    watchConnection(connection, { ...QUICK, onSilent: () => undefined });
    proxy.freezeSaying('test:background');
    const answer = connection.get('any');
    await waitFor(() => connection.status === 'connect', { timeoutMs: 10_000 });
    // Those that are frozen stay so.
    proxy.freezeOnly(proxy.ports);
    proxy.freezeSaying('');
    expect(await answer).toBeNull();
  }, 30_000);

  it('is not one that waits in a blocking command', async () => {
    const connection = await connect('background');
    let silent = 0;
    watchConnection(connection, { ...QUICK, onSilent: () => (silent += 1) });
    const copy = connection.duplicate();
    open.push(() => closeRedis(copy));
    expect(await copy.bzpopmin('nothing', 1.5)).toBeNull();
    expect(silent).toBe(0);
    // The connection itself has less patience.
    const blocked = connection.bzpopmin('something', 10);
    await waitFor(() => silent > 0, { timeoutMs: 9_000 });
    await redis.ask('ZADD', 'something', '1', 'here');
    expect(await blocked).toEqual(['something', 'here', '1']);
  }, 30_000);

  it('is not one of a process that itself stood still', async () => {
    const connection = await connect('background');
    let silent = 0;
    watchConnection(connection, { ...QUICK, onSilent: () => (silent += 1) });
    const until = performance.now() + 3 * QUICK.silentLooksMax * QUICK.lookMs;
    while (performance.now() < until);
    expect(await connection.ping()).toBe('PONG');
    expect(silent).toBe(0);
  }, 30_000);
});

needs(describe, 'redis-server')('a Redis that stands still for ten seconds', () => {
  it('is connected to once more by each connection, not again and again, and then answers what waited', async () => {
    const connection = await connect('background');
    const counted = async () => Number(/total_connections_received:(\d+)/.exec(await redis.ask('INFO', 'stats'))?.[1]);
    const before = await counted();
    process.kill(redis.server.pid, 'SIGSTOP');
    const answer = connection.incr('counted');
    await waitFor(() => silences().length > 0, { timeoutMs: 20_000 });
    process.kill(redis.server.pid, 'SIGCONT');
    // The first one lay in the socket of Redis, which carries it out though nobody waits for it.
    expect(await answer).toBe(2);
    expect((await counted()) - before).toBeLessThanOrEqual(3);
  }, 40_000);
});

needs(describe, 'redis-server')('a connection to a Redis Cluster', () => {
  it('is opened anew when one server of it falls silent', async () => {
    const cluster = await startTestRedisCluster({ masters: 3 });
    open.push(() => cluster.stop());
    const connection = await connectRedis({ url: cluster.url, name: 'test' }, 'background', log);
    open.push(() => closeRedis(connection));
    await connection.set('key', 'value');
    const master = await cluster.masterOf('key');
    process.kill(master.server.pid, 'SIGSTOP');
    const answer = connection.get('key');
    await waitFor(() => silences().length > 0, { timeoutMs: 20_000 });
    process.kill(master.server.pid, 'SIGCONT');
    expect(await answer).toBe('value');
  }, 60_000);
});

needs(describe, 'redis-server')('whether Redis is reachable', () => {
  it('is asked over a connection of its own', async () => {
    expect(await isReachable(settings('one'))).toBe(true);
    await proxy.block();
    expect(await isReachable(settings('two'))).toBe(false);
    await proxy.unblock();
  }, 30_000);
});
