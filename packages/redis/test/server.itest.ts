import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, symlink, utimes, writeFile } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { askRedis, findRedisServer, installHint, type RedisServer, startRedisServer } from '@runyard/redis';
import { freePort, needs, tempFolder, type TempFolder, waitFor } from '@runyard/testkit';

let folder: TempFolder;
const servers: RedisServer[] = [];

async function start(options: Partial<Parameters<typeof startRedisServer>[0]> = {}): Promise<RedisServer> {
  const { PATH: path = '' } = process.env;
  const server = await startRedisServer({ folder: folder.path, path, ...options });
  servers.push(server);
  return server;
}

async function listenOn(port: number): Promise<Server> {
  const server = createServer();
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

beforeEach(async () => {
  folder = await tempFolder();
});

afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop();
  await folder.remove();
});

needs(describe, 'redis-server')('a real server', () => {
  it('answers as soon as the promise resolves and keeps its data on disk by default', async () => {
    const server = await start();
    expect(server.kind).toMatch(/^(redis|valkey)-server$/);
    expect(server.url).toBe(`redis://127.0.0.1:${server.port}`);
    expect(await askRedis(server.port, ['PING'])).toBe('PONG');
    const info = await askRedis(server.port, ['INFO']);
    expect(info).toContain('aof_enabled:1');
    expect(info).toContain('maxmemory_policy:noeviction');
    expect(info).toContain(`process_id:${server.pid}`);
  });

  it('keeps a key over kill -9 and restart on the same port', async () => {
    const server = await start();
    const { port, pid } = server;
    await askRedis(port, ['CONFIG', 'SET', 'appendfsync', 'always']);
    await askRedis(port, ['SET', 'kept', 'yes']);
    await server.kill();
    await expect(askRedis(port, ['PING'])).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    await server.restart();
    expect(server.port).toBe(port);
    expect(server.pid).not.toBe(pid);
    expect(await askRedis(port, ['GET', 'kept'])).toBe('yes');
  });

  it('keeps a key over stop and start, and leaves no process', async () => {
    const first = await start();
    await askRedis(first.port, ['SET', 'kept', 'yes']);
    await first.stop();
    await first.stop();
    expect(isAlive(first.pid)).toBe(false);
    const second = await start();
    expect(await askRedis(second.port, ['GET', 'kept'])).toBe('yes');
    await second.stop();
    await second.restart();
    expect(await askRedis(second.port, ['GET', 'kept'])).toBe('yes');
  });

  it('takes the next port when the preferred one is busy', async () => {
    const port = await freePort();
    const busy = await listenOn(port);
    const server = await start({ preferPort: port });
    expect(server.port).toBeGreaterThan(port);
    busy.close();
  });

  it('takes the next port when one beside it is busy, with the arguments for that one', async () => {
    const busPort = await freePort();
    const busy = await listenOn(busPort);
    const port = busPort - 10_000;
    const extraArgs = (each: number) => ['--cluster-enabled', 'yes', '--cluster-config-file', `nodes-${each}.conf`];
    const server = await start({ preferPort: port, extraArgs });
    expect(server.port).toBeGreaterThan(port);
    expect(await readdir(folder.path)).toContain(`nodes-${server.port}.conf`);
    busy.close();
  });

  it('says which port is busy when it was asked for exactly that, and frees the folder', async () => {
    const port = await freePort();
    const busy = await listenOn(port);
    await expect(start({ port })).rejects.toMatchObject({
      code: 'PROCESS_NOT_STARTED',
      message: expect.stringContaining(`port ${port} is in use`),
    });
    busy.close();
    await once(busy, 'close');
    expect((await start({ port })).port).toBe(port);
  });

  it('shows the last words of a server that dies at start', async () => {
    await expect(start({ extraArgs: ['--no-such-setting', 'x'] })).rejects.toMatchObject({
      code: 'PROCESS_NOT_STARTED',
      message: expect.stringContaining('no-such-setting'),
    });
  });

  it('tells when the server dies unasked, and not when it is stopped', async () => {
    const server = await start();
    let deaths = 0;
    server.onDeath(() => (deaths += 1));
    process.kill(server.pid, 'SIGKILL');
    await waitFor(() => deaths === 1);
    await server.restart();
    await server.stop();
    expect(deaths).toBe(1);
  });
});

needs(describe, 'redis-server')('the folder', () => {
  it('holds one server at a time', async () => {
    const server = await start();
    await expect(start()).rejects.toMatchObject({
      code: 'PROCESS_NOT_STARTED',
      message: expect.stringContaining(`process ${server.pid} on port ${server.port}`),
    });
    expect(await askRedis(server.port, ['PING'])).toBe('PONG');
  });

  it('gives one of many starters the lock', async () => {
    const results = await Promise.allSettled([start(), start(), start(), start()]);
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('is taken over from a server that was killed', async () => {
    const first = await start();
    process.kill(first.pid, 'SIGKILL');
    await waitFor(() => !isAlive(first.pid));
    const second = await start();
    expect(await askRedis(second.port, ['PING'])).toBe('PONG');
  });

  it('is taken over when the recorded pid belongs to another program by now', async () => {
    const other = spawn('sleep', ['60']);
    const server = { pid: other.pid, port: await freePort(), kind: 'redis-server' };
    await writeFile(join(folder.path, 'redis.lock'), JSON.stringify({ ownerPid: 1, owner: 'x', server }));
    await start();
    expect(isAlive(other.pid ?? 0)).toBe(true);
    other.kill('SIGKILL');
  });

  it('is taken over from a start that never came to an end', async () => {
    const lock = join(folder.path, 'redis.lock');
    await writeFile(lock, JSON.stringify({ ownerPid: 1, owner: 'x' }));
    await expect(start()).rejects.toMatchObject({ message: expect.stringContaining('being started') });
    const longAgo = new Date(Date.now() - 120_000);
    await utimes(lock, longAgo, longAgo);
    await start();
  });

  it('never signals what a forged lock names', async () => {
    const server = { pid: -1, port: 1, kind: 'js-redis-server' };
    const lock = join(folder.path, 'redis.lock');
    await writeFile(lock, JSON.stringify({ ownerPid: 1, owner: 'x', server }));
    await utimes(lock, 1, 1);
    expect((await start({ reuse: true })).isReused).toBe(false);
  });

  it('gives its living server to the next one when whoever started it was killed', async () => {
    const first = await start();
    await askRedis(first.port, ['SET', 'kept', 'yes']);
    const lock = join(folder.path, 'redis.lock');
    const record = JSON.parse(await readFile(lock, 'utf8')) as object;
    const starter = spawn('true');
    await once(starter, 'exit');
    await writeFile(lock, JSON.stringify({ ...record, ownerPid: starter.pid }));

    await expect(start()).rejects.toMatchObject({ code: 'PROCESS_NOT_STARTED' });
    const second = await start({ reuse: true });
    expect(second).toMatchObject({ isReused: true, pid: first.pid, port: first.port });
    await second.stop();
    expect(isAlive(first.pid)).toBe(false);
    await second.restart();
    expect(await askRedis(second.port, ['GET', 'kept'])).toBe('yes');
  });

  it('keeps its server while whoever started it is there', async () => {
    await start();
    const lock = join(folder.path, 'redis.lock');
    const record = JSON.parse(await readFile(lock, 'utf8')) as object;
    await writeFile(lock, JSON.stringify({ ...record, ownerPid: process.ppid }));
    await expect(start({ reuse: true })).rejects.toMatchObject({
      message: expect.stringContaining(`process ${process.ppid} which still runs`),
    });
    await writeFile(lock, JSON.stringify(record));
  });
});

describe('without a real server', () => {
  it('starts the one in JavaScript, on loopback only', async () => {
    const server = await start({ path: folder.path });
    expect(server.kind).toBe('js-redis-server');
    expect(await askRedis(server.port, ['EVAL', 'return redis.call("incr", KEYS[1])', '1', 'n'])).toBe('1');
    // A server on every interface would accept this second address of the loopback device.
    await expect(once(connect(server.port, '127.0.0.2'), 'connect')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await server.stop();
    expect(isAlive(server.pid)).toBe(false);
  });

  it('tries another port when its own is busy', async () => {
    const port = await freePort();
    const busy = await listenOn(port);
    const server = await start({ path: folder.path, preferPort: port });
    expect(server.port).toBeGreaterThan(port);
    await server.kill();
    await server.restart();
    expect(await askRedis(server.port, ['PING'])).toBe('PONG');
    busy.close();
  });

  it('refuses when only a real one will do, with the line that installs it', async () => {
    await expect(start({ path: folder.path, kinds: ['redis-server', 'valkey-server'] })).rejects.toMatchObject({
      code: 'PROCESS_NOT_STARTED',
      message: expect.stringContaining(installHint(folder.path)),
    });
  });
});

describe('looking for programs', () => {
  it('prefers redis-server, takes valkey-server, and ignores what cannot be run', async () => {
    const [one, two] = [join(folder.path, 'one'), join(folder.path, 'two')];
    await mkdir(join(one, 'redis-server'), { recursive: true });
    await mkdir(two);
    await symlink('/bin/true', join(two, 'valkey-server'));
    expect(findRedisServer(`${one}:${two}`)).toEqual({ kind: 'valkey-server', program: join(two, 'valkey-server') });
    await symlink('/bin/true', join(two, 'redis-server'));
    expect(findRedisServer(`${one}:${two}`)?.kind).toBe('redis-server');
    expect(findRedisServer(folder.path)).toBeUndefined();
  });

  it('knows the line of the installer that is there', async () => {
    await symlink('/bin/true', join(folder.path, 'apk'));
    expect(installHint(folder.path)).toBe('sudo apk add redis');
    expect(installHint(join(folder.path, 'nothing'))).toContain('redis-server or valkey-server');
  });
});
