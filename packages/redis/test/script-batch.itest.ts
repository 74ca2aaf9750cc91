import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import { afterEach, describe, expect, it } from '@jest/globals';
import {
  batchScripts,
  closeRedis,
  connectRedis,
  type ConnectionRole,
  defineScripts,
  loadScript,
  type RedisConnection,
  type RedisServerKind,
  runScript,
  type Script,
  startRedisServer,
} from '@runyard/redis';
import { MemoryLog, needs, startTestRedis, tempFolder, type TestRedis, waitFor } from '@runyard/testkit';

const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).toReversed()) await close();
});

const SCRIPTS = {
  'tell-all-any': 'return { #KEYS, KEYS, ARGV }',
  'give-back-0': "if ARGV[1] == 'nothing' then return nil end return ARGV[1]",
  'push-value-1': "return redis.call('RPUSH', KEYS[1], ARGV[1])",
  'push-other-1': "return redis.call('RPUSH', KEYS[1], 'other ' .. ARGV[1])",
  'fail-now-0': "if ARGV[1] == 'lua' then return nothing.at_all end return redis.error_reply('NO ' .. ARGV[1])",
};
type Name = keyof typeof SCRIPTS;

async function loadAll(options: { batch?: boolean } = { batch: true }): Promise<Record<Name, Script>> {
  const folder = await tempFolder();
  open.push(() => folder.remove());
  const entries = Object.entries(SCRIPTS).map(async ([name, lua]) => {
    const file = join(folder.path, `${name}.lua`);
    await writeFile(file, `-- A comment first.\n${lua} -- and one at the end`);
    return [name, loadScript(pathToFileURL(file), 'local prelude = 1', options)] as const;
  });
  return Object.fromEntries(await Promise.all(entries)) as Record<Name, Script>;
}

/** The part of a connection that writes. */
interface Redis {
  readonly stream: Writable;
}

async function connectTo(url: string, role: ConnectionRole): Promise<RedisConnection> {
  const connection = await connectRedis({ url }, role, new MemoryLog());
  open.push(() => closeRedis(connection));
  return connection;
}

async function setup({ role = 'request' as ConnectionRole, batch = true, appendOnly = false } = {}) {
  const redis = await startTestRedis({ appendOnly });
  open.push(() => redis.stop());
  const connection = await connectTo(redis.url, role);
  const scripts = await loadAll({ batch });
  defineScripts(connection, Object.values(scripts));
  const run = (name: Name, keys: string[], args: (string | number | Buffer)[]) =>
    runScript<unknown>(connection, scripts[name], keys, args);
  return { redis, connection, run };
}

/** How many commands with scripts the server has had. */
async function scriptCommands(redis: TestRedis): Promise<number> {
  const stats = await redis.ask('INFO', 'commandstats');
  return [...stats.matchAll(/cmdstat_eval(?:sha)?:calls=(\d+)/g)].reduce((sum, [, calls]) => sum + Number(calls), 0);
}

const TEXTS = [
  ...[0, 1, 31, 32, 47, 48, 49, 255, 256, 20_000].map((length) => 'a'.repeat(length)),
  'ä',
  'é'.repeat(24),
  '漢'.repeat(16),
  '😀'.repeat(8),
  'é'.repeat(500),
  'a"b\\c\r\n\0',
];

needs(describe, 'redis-server')('scripts that share a command', () => {
  it('give each caller the answer of its own call', async () => {
    const { redis, run } = await setup();
    const calls = Array.from({ length: 20 }, (_, index) => [`k${index}`, `l${index}`].slice(0, index % 3));
    const answers = await Promise.all(calls.map((keys, index) => run('tell-all-any', keys, [index, 'x'])));
    expect(answers).toEqual(calls.map((keys, index) => [keys.length, keys, [String(index), 'x']]));
    expect(await scriptCommands(redis)).toBe(1);
  });

  it('get texts of every length and bytes of every value as they were given', async () => {
    const { run, connection } = await setup();
    const bytes = Buffer.from(Array.from({ length: 70_000 }, (_, index) => index % 256));
    const many = Array.from({ length: 300 }, (_, index) => `argument ${index}`);
    const answers = Promise.all(TEXTS.map((text) => run('give-back-0', [], [text])));
    const all = run('tell-all-any', ['k'], many);
    const stored = Promise.all([
      run('push-value-1', ['list'], [bytes.subarray(0, 300)]),
      run('push-value-1', ['list'], [bytes]),
    ]);
    expect(await answers).toEqual(TEXTS);
    expect(await all).toEqual([1, ['k'], many]);
    expect(await stored).toEqual([1, 2]);
    expect(await connection.lrangeBuffer('list', 0, -1)).toEqual([bytes.subarray(0, 300), bytes]);
  });

  it('answer null where a script answers nothing', async () => {
    const { run } = await setup();
    const answers = ['a', 'nothing', 'b'].map((text) => run('give-back-0', [], [text]));
    expect(await Promise.all(answers)).toEqual(['a', null, 'b']);
  });

  it('fail each by itself', async () => {
    const { redis, connection, run } = await setup();
    await connection.set('text', 'no list');
    const before = await scriptCommands(redis);
    const answers = await Promise.allSettled([
      run('push-value-1', ['list'], ['one']),
      run('push-value-1', ['text'], ['two']),
      run('fail-now-0', [], ['lua']),
      run('fail-now-0', [], ['said']),
      run('push-value-1', ['list'], ['three']),
    ]);
    expect(answers).toEqual([
      { status: 'fulfilled', value: 1 },
      { status: 'rejected', reason: expect.objectContaining({ message: expect.stringContaining('WRONGTYPE') }) },
      { status: 'rejected', reason: expect.objectContaining({ message: expect.stringContaining('nothing') }) },
      { status: 'rejected', reason: expect.objectContaining({ message: 'NO said', name: 'ReplyError' }) },
      { status: 'fulfilled', value: 2 },
    ]);
    expect((await scriptCommands(redis)) - before).toBe(1);
  });

  it('are carried out in the order in which they were given, among other commands too', async () => {
    const { connection, run } = await setup();
    const given: string[] = [];
    const answers: Promise<unknown>[] = [];
    for (let index = 0; index < 200; index += 1) {
      const value = String(index);
      const other = index % 3 === 1;
      given.push(other ? `other ${value}` : value);
      if (other) answers.push(run('push-other-1', ['list'], [value]));
      else if (index % 50 === 5) answers.push(connection.rpush('list', value));
      else if (index % 50 === 30) answers.push(connection.multi().rpush('list', value).exec());
      else answers.push(run('push-value-1', ['list'], [value]));
    }
    await Promise.all(answers);
    expect(await connection.lrange('list', 0, -1)).toEqual(given);
  });

  it('keep their order when Redis has forgotten them', async () => {
    const { redis, connection, run } = await setup();
    const push = (from: number) =>
      Promise.all(
        Array.from({ length: 100 }, (_, index) =>
          run(index % 2 ? 'push-other-1' : 'push-value-1', ['list'], [from + index]),
        ),
      );
    await push(0);
    await redis.ask('SCRIPT', 'FLUSH');
    await push(100);
    const expected = Array.from({ length: 200 }, (_, index) => (index % 2 ? `other ${index}` : String(index)));
    expect(await connection.lrange('list', 0, -1)).toEqual(expected);
  });

  it('go on after a restart of Redis, and those that could not be sent are sent then', async () => {
    const { redis, connection, run } = await setup({ role: 'background', appendOnly: true });
    const push = (texts: string[]) => Promise.all(texts.map((text) => run('push-value-1', ['list'], [text])));
    await push(['a', 'b']);
    await redis.server.kill();
    await waitFor(() => connection.status !== 'ready');
    const waiting = push(['c', 'd', 'e']);
    await redis.server.restart();
    expect(await waiting).toEqual([3, 4, 5]);
    expect(await push(['f', 'g'])).toEqual([6, 7]);
  });

  it('are refused at once, each of them, where a caller waits and Redis is away', async () => {
    const { redis, connection, run } = await setup();
    await redis.server.kill();
    await waitFor(() => connection.status !== 'ready');
    const answers = await Promise.allSettled([run('give-back-0', [], ['a']), run('give-back-0', [], ['b'])]);
    expect(answers.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await redis.server.restart();
    await waitFor(() => connection.status === 'ready');
  });

  it('look for another server when this one takes no writes any more', async () => {
    const { redis, connection, run } = await setup();
    await redis.ask('REPLICAOF', '127.0.0.1', '1');
    const left = new Promise((resolve) => connection.once('close', resolve));
    const answers = await Promise.allSettled([
      run('push-value-1', ['list'], ['a']),
      run('push-value-1', ['list'], ['b']),
    ]);
    const refused = {
      status: 'rejected',
      reason: expect.objectContaining({ message: expect.stringMatching(/^READONLY/) }),
    };
    expect(answers).toEqual([refused, refused]);
    await left;
    await waitFor(() => connection.status === 'ready');
  });

  it('are bounded in number and in size, so that no other client waits', async () => {
    const { redis, run } = await setup();
    await Promise.all(Array.from({ length: 100 }, (_, index) => run('give-back-0', [], [index])));
    expect(await scriptCommands(redis)).toBe(4);
    await Promise.all(Array.from({ length: 6 }, () => run('give-back-0', [], ['a'.repeat(10_000)])));
    expect(await scriptCommands(redis)).toBe(6);
  });

  it('are written at the end of their turn, together with all other commands of it', async () => {
    const { connection, run } = await setup();
    const { stream } = connection as unknown as Redis;
    const answers = Array.from({ length: 60 }, (_, index) =>
      index % 3 === 0 ? run('give-back-0', [], [index]) : connection.get(`k${index}`),
    );
    // Nothing of it has gone to the system yet.
    expect(stream.writableLength).toBeGreaterThan(0);
    expect(stream.writableCorked).toBe(1);
    await Promise.all(answers);
    expect(stream.writableLength).toBe(0);
    expect(stream.writableCorked).toBe(0);
  });

  it('go alone when they were not meant to share', async () => {
    const { redis, run } = await setup({ batch: false });
    await Promise.all(Array.from({ length: 10 }, (_, index) => run('give-back-0', [], [index])));
    expect(await scriptCommands(redis)).toBe(10);
  });

  it('may be anything that somebody else defines under a chosen name', async () => {
    const { redis, connection } = await setup();
    batchScripts(connection, (name) => name.startsWith('their:'));
    connection.defineCommand('their:script', { lua: 'return { KEYS[1], ARGV[1], ARGV[2] }', numberOfKeys: 1 });
    const { ['their:script']: theirs } = connection as unknown as Record<string, (args: unknown[]) => Promise<unknown>>;
    const before = await scriptCommands(redis);
    const answers = ['a', 'b'].map((key) => theirs?.call(connection, [key, 7, undefined]));
    expect(await Promise.all(answers)).toEqual([
      ['a', '7', ''],
      ['b', '7', ''],
    ]);
    expect((await scriptCommands(redis)) - before).toBe(1);
  });
});

describe('the server that the first command brings', () => {
  it('takes scripts that share a command', async () => {
    const folder = await tempFolder();
    open.push(() => folder.remove());
    const kinds: RedisServerKind[] = ['js-redis-server'];
    const server = await startRedisServer({ folder: folder.path, kinds });
    open.push(() => server.stop());
    const connection = await connectTo(server.url, 'request');
    const scripts = await loadAll();
    defineScripts(connection, Object.values(scripts));
    const answers = await Promise.allSettled([
      runScript(connection, scripts['push-value-1'], ['list'], ['ä']),
      runScript(connection, scripts['fail-now-0'], [], ['said']),
      runScript(connection, scripts['push-other-1'], ['list'], ['b'.repeat(300)]),
    ]);
    expect(answers.map((answer) => (answer.status === 'fulfilled' ? answer.value : 'refused'))).toEqual([
      1,
      'refused',
      2,
    ]);
    expect(await connection.lrange('list', 0, -1)).toEqual(['ä', `other ${'b'.repeat(300)}`]);
  });
});
