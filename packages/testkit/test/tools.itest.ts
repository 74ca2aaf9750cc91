import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { stat, writeFile } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from '@jest/globals';
import {
  descendants,
  freePort,
  markedProcesses,
  needs,
  startSshd,
  startTestRedis,
  type TcpProxy,
  tcpProxy,
  tempFolder,
  waitFor,
  watchLeaks,
} from '@runyard/testkit';

const runFile = promisify(execFile);
const cleanings: (() => unknown)[] = [];

afterEach(async () => {
  for (const clean of cleanings.splice(0).reverse()) await clean();
});

async function echoServer(): Promise<{ server: Server; port: number; received: string[] }> {
  const received: string[] = [];
  const server = createServer((socket) => {
    socket.on('error', () => undefined).pipe(socket);
    socket.on('data', (chunk) => received.push(chunk.toString()));
  });
  const port = await freePort();
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  cleanings.push(() => server.close());
  return { server, port, received };
}

async function proxyTo(port: number): Promise<TcpProxy> {
  const proxy = await tcpProxy({ target: { port } });
  cleanings.push(() => proxy.stop());
  return proxy;
}

async function client(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  cleanings.push(() => socket.destroy());
  return socket;
}

async function answer(socket: Socket, text: string): Promise<string> {
  socket.write(text);
  const [chunk] = (await once(socket, 'data')) as [Buffer];
  return chunk.toString();
}

needs(describe, 'redis-server')('startTestRedis', () => {
  it('keeps nothing by default, and forgets all on flush', async () => {
    const redis = await startTestRedis();
    cleanings.push(() => redis.stop());
    expect(await redis.ask('CONFIG', 'GET', 'appendonly')).toBeDefined();
    await redis.ask('SET', 'a', '1');
    await redis.flush();
    expect(await redis.ask('EXISTS', 'a')).toBe('0');
    await redis.ask('SET', 'a', '1');
    await redis.server.kill();
    await redis.server.restart();
    expect(await redis.ask('EXISTS', 'a')).toBe('0');
  });

  it('keeps its data over kill -9 when it was started so', async () => {
    const redis = await startTestRedis({ appendOnly: true, extraArgs: ['--appendfsync', 'always'] });
    cleanings.push(() => redis.stop());
    await redis.ask('SET', 'a', '1');
    await redis.server.kill();
    await redis.server.restart();
    expect(await redis.ask('GET', 'a')).toBe('1');
  });
});

describe('tcpProxy', () => {
  it('carries bytes and the end of the stream both ways', async () => {
    const proxy = await proxyTo((await echoServer()).port);
    const socket = await client(proxy.port);
    expect(await answer(socket, 'hello')).toBe('hello');
    socket.end('last');
    expect(String((await once(socket, 'data'))[0])).toBe('last');
    await once(socket, 'close');
    await waitFor(() => proxy.connections === 0);
  });

  it('cuts what is open and takes new connections', async () => {
    const proxy = await proxyTo((await echoServer()).port);
    const socket = await client(proxy.port);
    await answer(socket, 'hello');
    proxy.cut();
    await waitFor(() => socket.closed);
    expect(await answer(await client(proxy.port), 'again')).toBe('again');
  });

  it('freezes without closing, and lets everything through when it thaws', async () => {
    const proxy = await proxyTo((await echoServer()).port);
    const [frozen, other] = [await client(proxy.port), await client((await echoServer()).port)];
    proxy.freeze();
    let received = '';
    frozen.on('data', (chunk: Buffer) => (received += chunk.toString()));
    frozen.write('one ');
    frozen.write('two');
    await answer(other, 'a round trip elsewhere');
    expect(received).toBe('');
    proxy.thaw();
    await waitFor(() => received === 'one two');
  });

  it('freezes one connection and not the others', async () => {
    const proxy = await proxyTo((await echoServer()).port);
    const frozen = await client(proxy.port);
    await answer(frozen, 'hello');
    proxy.freezeOnly(proxy.ports);
    let received = '';
    frozen.on('data', (chunk: Buffer) => (received += chunk.toString()));
    frozen.write('late');
    const other = await client(proxy.port);
    expect(await answer(other, 'passes')).toBe('passes');
    expect(received).toBe('');
    proxy.thaw();
    await waitFor(() => received === 'late');
  });

  it('freezes what was under way too', async () => {
    const target = await echoServer();
    const [proxy, slow] = [await proxyTo(target.port), await proxyTo(target.port)];
    const [frozen, other] = [await client(proxy.port), await client(slow.port)];
    await answer(frozen, 'through');
    proxy.latencyMs = 50;
    slow.latencyMs = 60;
    frozen.write('late');
    await answer(await client(target.port), 'by now it is in the proxy');
    proxy.freeze();
    await answer(other, 'a long round trip elsewhere');
    expect(target.received).not.toContain('late');
    proxy.thaw();
    await waitFor(() => target.received.includes('late'));
  });

  it('adds its latency each way', async () => {
    const proxy = await proxyTo((await echoServer()).port);
    const socket = await client(proxy.port);
    proxy.latencyMs = 50;
    const startedMs = performance.now();
    await answer(socket, 'far');
    expect(performance.now() - startedMs).toBeGreaterThanOrEqual(100);
  });

  it('refuses while it is blocked, and comes back on the same port', async () => {
    const proxy = await proxyTo((await echoServer()).port);
    await proxy.block();
    await expect(client(proxy.port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await proxy.unblock();
    expect(await answer(await client(proxy.port), 'back')).toBe('back');
  });

  it('passes on that the target refuses', async () => {
    const proxy = await proxyTo(await freePort());
    const socket = connect(proxy.port, '127.0.0.1');
    await expect(once(socket, 'end')).rejects.toMatchObject({ code: 'ECONNRESET' });
  });
});

const KNOWN_HOSTS = ['-o', 'StrictHostKeyChecking=no', '-o', 'UserKnownHostsFile=/dev/null'];
const QUIET_SSH = ['-F', '/dev/null', '-o', 'BatchMode=yes', ...KNOWN_HOSTS];

const describeOnSshd = needs(describe, 'sshd', 'ssh', 'ssh-keygen', '/proc');

describeOnSshd('startSshd', () => {
  const ssh = (file: string, port: number, user: string, command: string): Promise<{ stdout: string }> =>
    runFile('ssh', [...QUIET_SSH, '-i', file, '-p', String(port), `${user}@127.0.0.1`, command]);

  it('lets its key in and ends every session when it stops', async () => {
    const leaks = watchLeaks();
    const sshd = await startSshd();
    const { stdout } = await ssh(sshd.privateKeyFile, sshd.port, sshd.username, 'echo $((1 + 1))');
    expect(stdout).toBe('2\n');
    const session = ssh(sshd.privateKeyFile, sshd.port, sshd.username, 'sleep 61').catch((error: unknown) => error);
    await waitFor(() => descendants().some(({ command }) => command === 'sleep 61'));
    await sshd.stop();
    expect(await session).toMatchObject({ code: 255 });
    await leaks.assertNoLeaks();
  });

  it('runs the forced command instead', async () => {
    const sshd = await startSshd({ forceCommand: '/bin/echo asked: "$SSH_ORIGINAL_COMMAND"' });
    cleanings.push(() => sshd.stop());
    const { stdout } = await ssh(sshd.privateKeyFile, sshd.port, sshd.username, 'show version');
    expect(stdout).toBe('asked: show version\n');
  });
});

needs(describe, '/proc')('leaks', () => {
  it('names a child process that is left behind, however deep', async () => {
    const leaks = watchLeaks();
    const child = spawn('sh', ['-c', 'sleep 62 & wait'], { detached: true });
    await waitFor(() => descendants().some(({ command }) => command === 'sleep 62'));
    await expect(leaks.assertNoLeaks(50)).rejects.toThrow('sleep 62');
    process.kill(-(child.pid ?? 0), 'SIGKILL');
    await leaks.assertNoLeaks();
  });

  it('names an open socket', async () => {
    const leaks = watchLeaks();
    const { server } = await echoServer();
    await expect(leaks.assertNoLeaks(50)).rejects.toThrow('1 more TCPServerWrap');
    server.close();
    await leaks.assertNoLeaks();
  });

  it('finds a process by its environment when its parent is gone', async () => {
    const mark = `mark-${process.pid}`;
    const child = spawn('sh', ['-c', 'sleep 63 & exit 0'], {
      env: { ...process.env, RUNYARD_TEST_MARK: mark },
      stdio: 'ignore',
    });
    await once(child, 'exit');
    const [found] = await waitFor(() => {
      const list = markedProcesses('RUNYARD_TEST_MARK', mark);
      return list.some(({ command }) => command === 'sleep 63') ? list : null;
    });
    expect(found?.command).toBe('sleep 63');
    process.kill(found?.pid ?? 0, 'SIGKILL');
    await waitFor(() => markedProcesses('RUNYARD_TEST_MARK', mark).length === 0);
  });
});

describe('tempFolder', () => {
  it('removes the folder with everything in it, once or twice', async () => {
    const folder = await tempFolder();
    await writeFile(join(folder.path, 'file'), 'text');
    await folder.remove();
    await folder.remove();
    await expect(stat(folder.path)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('is gone with a process that forgot to remove it', async () => {
    const url = new URL('../src/temp-folder.ts', import.meta.url).href;
    const script = `import('${url}').then(({ tempFolder }) => tempFolder()).then(({ path }) => console.log(path))`;
    const { stdout } = await runFile(process.execPath, ['--import', 'tsx', '--eval', script]);
    await expect(stat(stdout.trim())).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('is gone with a process that was ended by a signal', async () => {
    const url = new URL('../src/temp-folder.ts', import.meta.url).href;
    const script = `import('${url}').then(({ tempFolder }) => tempFolder()).then(({ path }) => console.log(path)); process.stdin.resume();`;
    const child = spawn(process.execPath, ['--import', 'tsx', '--eval', script], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const [path] = (await once(child.stdout, 'data')) as [Buffer];
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([null, 'SIGTERM']);
    await expect(stat(path.toString().trim())).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
