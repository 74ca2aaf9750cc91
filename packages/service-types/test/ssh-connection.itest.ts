import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Device, Task } from '@runyard/domain';
import { waitFor } from '@runyard/testkit';
import { finish, newHostKey, type SshServer, type SshServerOptions, startSshServer } from './ssh-server.ts';
import { admin, deviceAt, type SshBench, sshTask, startSshBench, timeoutReason } from './ssh-tasks.ts';

let bench: SshBench;
beforeEach(async () => {
  bench = await startSshBench();
});
afterEach(async () => bench.close());

async function serve(options?: SshServerOptions): Promise<SshServer> {
  const server = await startSshServer(options);
  bench.afterwards(() => server.close());
  return server;
}

/** A TCP server that speaks no SSH. */
async function serveTcp(onConnection: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    onConnection(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  bench.afterwards(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as { port: number }).port;
}

const echo = { commands: ['hello'] };

describe('ssh-command and what can go wrong with a connection', () => {
  it('says that a device refuses the connection', async () => {
    const server = await serve();
    await server.close();
    await expect(bench.type.run(sshTask(deviceAt(server.port), echo))).rejects.toMatchObject({
      code: 'CONNECTION_REFUSED',
      message: `127.0.0.1:${server.port} refused the connection`,
    });
  });

  it('says that a name cannot be resolved', async () => {
    const device = deviceAt(22, { address: 'no-such-host.invalid' });
    await expect(bench.type.run(sshTask(device, echo))).rejects.toMatchObject({
      code: 'DEVICE_UNREACHABLE',
      message: expect.stringContaining('the name cannot be resolved'),
    });
  });

  it('says that a device takes the connection but never speaks', async () => {
    const port = await serveTcp(() => undefined);
    await expect(bench.type.run(sshTask(deviceAt(port), { ...echo, connectTimeoutMs: 200 }))).rejects.toMatchObject({
      code: 'CONNECTION_TIMEOUT',
      message: `127.0.0.1:${port} accepted the connection but did not begin SSH within 200 ms`,
    });
  });

  it('says that something else than SSH answers', async () => {
    const port = await serveTcp((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'.repeat(100)));
    await expect(bench.type.run(sshTask(deviceAt(port), echo))).rejects.toMatchObject({
      code: expect.stringMatching(/^CONNECTION_(LOST|REFUSED)$/),
    });
  });

  it('says that a device hangs up before the login', async () => {
    const port = await serveTcp((socket) => socket.destroy());
    await expect(bench.type.run(sshTask(deviceAt(port), echo))).rejects.toMatchObject({
      code: 'CONNECTION_LOST',
      message: expect.stringContaining('dropped the connection during the handshake'),
    });
  });

  it('says who was refused and how, never the password, and sends a password only once', async () => {
    const server = await serve({ methods: ['password', 'keyboard-interactive'] });
    const task = sshTask(deviceAt(server.port), echo, { credential: { ...admin, password: 'wrong-one' } });
    const error = await bench.type.run(task).catch((reason: unknown) => reason as Error);
    expect(error).toMatchObject({
      code: 'AUTHENTICATION_FAILED',
      message: `127.0.0.1:${server.port} refused user 'admin' (credential 'lab'), tried password; the device accepts password, keyboard-interactive`,
    });
    expect(JSON.stringify(error)).not.toContain('wrong-one');
    expect(server.attempts).toEqual(['password wrong-one']);
    await waitFor(() => server.open() === 0);
  });

  it('answers a device that asks for the password by keyboard-interactive only', async () => {
    const server = await serve({ methods: ['keyboard-interactive'] });
    expect(await bench.type.run(sshTask(deviceAt(server.port), echo))).toMatchObject({ success: true });
    expect(server.attempts).toEqual(['password', 'keyboard-interactive secret']);
  });

  it('says that there is no credential, or one without a user', async () => {
    const device = deviceAt(22);
    const none = { code: 'CREDENTIAL_NOT_FOUND', message: "There is no credential for 'r1'" };
    await expect(bench.type.run(sshTask(device, echo, { credential: null }))).rejects.toMatchObject(none);
    const nameless = sshTask(device, echo, { credential: { name: 'lab', password: 'x' } });
    await expect(bench.type.run(nameless)).rejects.toMatchObject({
      message: "The credential 'lab' has no username for 'r1'",
    });
  });

  it('says that a private key cannot be read', async () => {
    const task = sshTask(deviceAt(22), echo, { credential: { name: 'lab', username: 'u', privateKey: 'not a key' } });
    await expect(bench.type.run(task)).rejects.toMatchObject({
      code: 'AUTHENTICATION_FAILED',
      message: expect.stringContaining('private key'),
    });
  });

  it('says that the connection was lost while a command ran, and after how much output', async () => {
    const server = await serve({
      onExec: (channel) => {
        channel.write('x'.repeat(100), () => server.drop());
      },
    });
    await expect(bench.type.run(sshTask(deviceAt(server.port), echo))).rejects.toMatchObject({
      code: 'CONNECTION_LOST',
      message: expect.stringMatching(/dropped the connection while 'hello' ran, after \d+ bytes of output/),
    });
  });

  it('throws the reason of the signal when a command hangs, and closes the connection', async () => {
    const server = await serve({ onExec: (channel) => channel.write('and now') });
    const controller = new AbortController();
    const run = bench.type.run(sshTask(deviceAt(server.port), echo, { signal: controller.signal }));
    const refused = expect(run).rejects.toMatchObject({ code: 'DEVICE_TIMEOUT' });
    await waitFor(() => server.commands.length === 1);
    controller.abort(timeoutReason());
    await refused;
    await waitFor(() => server.open() === 0);
  });

  it('lets go of the socket when it is aborted while connecting', async () => {
    let open = 0;
    const port = await serveTcp((socket) => {
      open += 1;
      socket.on('close', () => {
        open -= 1;
      });
      socket.resume();
    });
    const controller = new AbortController();
    const run = bench.type.run(sshTask(deviceAt(port), echo, { signal: controller.signal }));
    const refused = expect(run).rejects.toMatchObject({ code: 'DEVICE_TIMEOUT' });
    await waitFor(() => open === 1);
    controller.abort(timeoutReason());
    await refused;
    await waitFor(() => open === 0);
  });
});

describe('ssh-command and host keys', () => {
  const strict: Partial<Device> = { ssh: {} };
  const acceptNew: Partial<Device> = { ssh: { hostKey: 'accept-new' } };

  it('refuses a host whose key is not known, before any password is sent', async () => {
    const server = await serve();
    await expect(bench.type.run(sshTask(deviceAt(server.port, strict), echo))).rejects.toMatchObject({
      code: 'HOST_KEY_UNKNOWN',
      message: expect.stringMatching(
        /known_hosts has no host key for \[127\.0\.0\.1\]:\d+\. 'r1' shows ssh-ed25519 SHA256:/,
      ),
    });
    expect(server.attempts).toEqual([]);
    await waitFor(() => server.open() === 0);
  });

  it('accepts a new key once, writes it down and then insists on it', async () => {
    const first = await serve();
    expect(await bench.type.run(sshTask(deviceAt(first.port, acceptNew), echo))).toMatchObject({ success: true });
    expect(await readFile(bench.knownHostsFile, 'utf8')).toBe(`[127.0.0.1]:${first.port} ${first.publicKey}\n`);
    expect(await bench.type.run(sshTask(deviceAt(first.port, strict), echo))).toMatchObject({ success: true });

    const other = await serve({ hostKey: newHostKey() });
    await writeFile(bench.knownHostsFile, `# moved\n[127.0.0.1]:${other.port} ${first.publicKey}\n`);
    for (const policy of [strict, acceptNew]) {
      await expect(bench.type.run(sshTask(deviceAt(other.port, policy), echo))).rejects.toMatchObject({
        code: 'HOST_KEY_CHANGED',
        message: expect.stringMatching(
          /shows ssh-ed25519 SHA256:\S+, but \S+known_hosts line 2 has ssh-ed25519 SHA256:\S+$/,
        ),
      });
    }
    expect(other.attempts).toEqual([]);
  });

  it('does not let a task that checks host keys use a connection of one that does not', async () => {
    const server = await serve();
    expect(await bench.type.run(sshTask(deviceAt(server.port), echo))).toMatchObject({ success: true });
    await expect(bench.type.run(sshTask(deviceAt(server.port, strict), echo))).rejects.toMatchObject({
      code: 'HOST_KEY_UNKNOWN',
    });
  });
});

describe('ssh-command and commands by exec', () => {
  it('gives the output of one command as the result', async () => {
    const server = await serve();
    const outcome = await bench.type.run(sshTask(deviceAt(server.port), { commands: ['show {{ device.name }}'] }));
    expect(outcome).toEqual({ success: true, result: 'ran show r1\n', fields: { command: 'show r1', return_code: 0 } });
  });

  it('gives several outputs together and one by one, and logs each', async () => {
    const server = await serve();
    const task = sshTask(deviceAt(server.port), { commands: ['a', 'b'] });
    expect(await bench.type.run(task)).toEqual({
      success: true,
      result: 'ran a\n\nran b\n',
      fields: {
        command: 'a\nb',
        return_code: 0,
        commands: [
          { command: 'a', output: 'ran a\n', exit_code: 0 },
          { command: 'b', output: 'ran b\n', exit_code: 0 },
        ],
      },
    });
    expect(task.lines).toEqual(['1 of 2, a: 6 bytes of output', '2 of 2, b: 6 bytes of output']);
    expect(server.accepted()).toBe(1);
  });

  it('stops at a command that failed and keeps what it said', async () => {
    const server = await serve({
      onExec: (channel, command) => {
        channel.write(`out of ${command}\n`);
        channel.stderr.write('bad\nvery bad\n');
        finish(channel, command === 'b' ? 3 : 0);
      },
    });
    const outcome = await bench.type.run(sshTask(deviceAt(server.port), { commands: ['a', 'b', 'c'] }));
    expect(outcome).toMatchObject({
      success: false,
      error: { code: 'COMMAND_FAILED', message: "'b' ended with exit code 3: very bad" },
      result: 'out of a\n\nout of b\n',
      fields: { command: 'a\nb', return_code: 3 },
    });
    const all = await bench.type.run(sshTask(deviceAt(server.port), { commands: ['a', 'b', 'c'], stopOnError: false }));
    expect(all).toMatchObject({ success: false, fields: { command: 'a\nb\nc', return_code: 3 } });
  });

  it('takes a device that tells no exit code at its word', async () => {
    const server = await serve({ onExec: (channel) => channel.end('fine\n') });
    const outcome = await bench.type.run(sshTask(deviceAt(server.port), echo));
    expect(outcome).toEqual({ success: true, result: 'fine\n', fields: { command: 'hello' } });
  });

  it('sees in the output that a router refused, whatever the exit code', async () => {
    const server = await serve({
      onExec: (channel) => {
        channel.write('% Unknown command: hello\n');
        finish(channel, 0);
      },
    });
    const outcome = await bench.type.run(sshTask(deviceAt(server.port, { platform: 'frr' }), echo));
    expect(outcome).toMatchObject({ success: false, error: { message: "'hello': % Unknown command: hello" } });
  });

  it('names the mode when a device runs no commands without a shell', async () => {
    const server = await serve({ allowsExec: false });
    await expect(bench.type.run(sshTask(deviceAt(server.port), echo))).rejects.toMatchObject({
      code: 'COMMAND_FAILED',
      message: expect.stringContaining('use mode shell'),
    });
  });

  it('cuts output at one mebibyte with a mark, and refuses to make data of half an output', async () => {
    const server = await serve({
      onExec: (channel) => {
        channel.write('x'.repeat(3_000_000));
        finish(channel, 0);
      },
    });
    const outcome = await bench.type.run(sshTask(deviceAt(server.port), echo));
    expect(outcome).toMatchObject({ success: true, fields: { output_cut: true } });
    expect(String(outcome.result)).toMatch(/^x{1048576}\n\[output cut: larger than 1 MiB\]$/);
    await expect(bench.type.run(sshTask(deviceAt(server.port), echo, {}, { convert: 'json' }))).rejects.toMatchObject({
      code: 'OUTPUT_TOO_LARGE',
    });
  });

  it('ends a command whose output does not end', async () => {
    const server = await serve({
      onExec: (channel) => {
        const chunk = Buffer.alloc(1_048_576, 'x');
        const pour = (): void => {
          while (channel.writable && channel.write(chunk));
        };
        channel.on('drain', pour);
        channel.on('error', () => undefined);
        pour();
      },
    });
    await expect(bench.type.run(sshTask(deviceAt(server.port), echo))).rejects.toMatchObject({
      code: 'OUTPUT_TOO_LARGE',
    });
    await waitFor(() => server.open() === 0);
  });

  it('only shows the commands in a check', async () => {
    const server = await serve();
    const outcome = await bench.type.run(sshTask(deviceAt(server.port), { commands: ['a', 'b'] }, { check: true }));
    expect(outcome).toEqual({ success: true, result: 'a\nb', fields: { command: 'a\nb', check: true } });
    expect(server.accepted()).toBe(0);
  });
});

describe('ssh-command and reuse of connections', () => {
  it('uses one connection for many tasks, one after the other', async () => {
    const server = await serve();
    for (let round = 0; round < 5; round += 1) await bench.type.run(sshTask(deviceAt(server.port), echo));
    expect([server.accepted(), server.commands.length]).toEqual([1, 5]);
  });

  it('shares no connection between credentials', async () => {
    const server = await serve();
    await bench.type.run(sshTask(deviceAt(server.port), echo));
    const wrong = sshTask(deviceAt(server.port), echo, { credential: { ...admin, password: 'wrong' } });
    await expect(bench.type.run(wrong)).rejects.toMatchObject({ code: 'AUTHENTICATION_FAILED' });
  });

  it('opens no more connections to a device than it allows', async () => {
    let running = 0;
    let runningMax = 0;
    const held: (() => void)[] = [];
    const server = await serve({
      onExec: (channel) => {
        running += 1;
        runningMax = Math.max(runningMax, running);
        held.push(() => {
          running -= 1;
          finish(channel, 0);
        });
      },
    });
    const device = deviceAt(server.port, { ssh: { hostKey: 'off', sessions: 2 } });
    const runs = Promise.all([1, 2, 3, 4, 5].map(() => bench.type.run(sshTask(device, echo))));
    for (let ended = 0; ended < 5; ended += 1) (await waitFor(() => held.shift()))();
    await runs;
    expect([runningMax, server.accepted()]).toEqual([2, 2]);
  });

  it('lets a task that waits for a session go when it is aborted', async () => {
    const held: (() => void)[] = [];
    const server = await serve({ onExec: (channel) => held.push(() => finish(channel, 0)) });
    const device = deviceAt(server.port, { ssh: { hostKey: 'off', sessions: 1 } });
    const first = bench.type.run(sshTask(device, echo));
    const end = await waitFor(() => held.shift());
    const controller = new AbortController();
    const second = bench.type.run(sshTask(device, echo, { signal: controller.signal }));
    const third = bench.type.run(sshTask(device, echo));
    controller.abort(timeoutReason());
    await expect(second).rejects.toMatchObject({ code: 'DEVICE_TIMEOUT' });
    end();
    (await waitFor(() => held.shift()))();
    expect(await Promise.all([first, third])).toHaveLength(2);
  });

  it('connects again when a kept connection has died, and runs the command once', async () => {
    const server = await serve();
    await bench.type.run(sshTask(deviceAt(server.port), echo));
    server.drop();
    expect(await bench.type.run(sshTask(deviceAt(server.port), echo))).toMatchObject({ success: true });
    expect([server.accepted(), server.commands.length]).toEqual([2, 2]);
  });

  it('connects again when a kept connection does not answer any more', async () => {
    let sessions = 0;
    const server = await serve({ ignoresSession: () => (sessions += 1) === 2 });
    const task = () => sshTask(deviceAt(server.port), { ...echo, connectTimeoutMs: 500 });
    await bench.type.run(task());
    expect(await bench.type.run(task())).toMatchObject({ success: true });
    expect([server.accepted(), server.commands.length]).toEqual([2, 2]);
  });

  it('never sends a command again that was lost with a kept connection', async () => {
    let drops = false;
    const server = await serve({
      onExec: (channel) => {
        if (drops) server.drop();
        else finish(channel, 0);
      },
    });
    await bench.type.run(sshTask(deviceAt(server.port), echo));
    drops = true;
    await expect(bench.type.run(sshTask(deviceAt(server.port), echo))).rejects.toMatchObject({
      code: 'CONNECTION_LOST',
    });
    expect(server.commands).toEqual(['hello', 'hello']);
  });

  it('takes a new connection for each command where the device ends it after one', async () => {
    const server = await serve({
      onExec: (channel, command, connection) => {
        channel.write(`ran ${command}\n`);
        channel.on('close', () => connection.end());
        finish(channel, 0);
      },
    });
    const outcome = await bench.type.run(sshTask(deviceAt(server.port), { commands: ['a', 'b', 'c'] }));
    expect(outcome).toMatchObject({ success: true, result: 'ran a\n\nran b\n\nran c\n' });
    expect(server.commands).toEqual(['a', 'b', 'c']);
  });

  it('closes the connection that was unused longest when there are too many, and idle ones after a while', async () => {
    const small = await startSshBench({ sessionsMax: 2, idleMs: 150 });
    bench.afterwards(() => small.close());
    const servers = [await serve(), await serve(), await serve()];
    for (const { port } of servers) await small.type.run(sshTask(deviceAt(port), echo));
    await waitFor(() => servers[0]?.open() === 0);
    expect(servers.map((server) => server.accepted())).toEqual([1, 1, 1]);
    await waitFor(() => servers.every((server) => server.open() === 0));
  });

  it('closes everything when it stops, and refuses further tasks', async () => {
    const server = await serve({ onExec: () => undefined });
    const run = bench.type.run(sshTask(deviceAt(server.port), echo));
    const lost = expect(run).rejects.toMatchObject({ code: 'CONNECTION_LOST' });
    await waitFor(() => server.commands.length === 1);
    await bench.type.stop();
    await lost;
    await waitFor(() => server.open() === 0);
    await bench.type.stop();
    await expect(bench.type.run(sshTask(deviceAt(server.port), echo))).rejects.toMatchObject({
      code: 'CONNECTION_LOST',
    });
  });
});

describe('ssh-command and jump hosts', () => {
  const through =
    (jump: SshServer): Task['lookup'] =>
    async (name) => ({
      device: deviceAt(jump.port, { name }),
      credential: { name: 'jump', username: 'hop', password: 'over' },
    });
  const jumping = { ssh: { hostKey: 'off', jump: 'bastion' } } as const;

  it('reaches many devices through one connection to the jump host', async () => {
    const jump = await serve({ username: 'hop', password: 'over', allowsForwarding: () => true });
    const servers = [await serve(), await serve(), await serve()];
    const runs = servers.map(({ port }) =>
      bench.type.run(sshTask(deviceAt(port, jumping), echo, { lookup: through(jump) })),
    );
    for (const outcome of await Promise.all(runs))
      expect(outcome).toMatchObject({ success: true, result: 'ran hello\n' });
    expect(jump.accepted()).toBe(1);
  });

  it('names the jump host when it is the one that fails', async () => {
    const closed = await serve();
    await closed.close();
    const target = await serve();
    const task = (jump: SshServer) => sshTask(deviceAt(target.port, jumping), echo, { lookup: through(jump) });
    await expect(bench.type.run(task(closed))).rejects.toMatchObject({
      code: 'CONNECTION_REFUSED',
      message: expect.stringMatching(/^Jump host 'bastion': .* refused the connection$/),
    });
    const wrong = await serve({ username: 'hop', password: 'other' });
    await expect(bench.type.run(task(wrong))).rejects.toMatchObject({
      code: 'AUTHENTICATION_FAILED',
      message: expect.stringContaining("Jump host 'bastion': "),
    });
    const forbids = await serve({ username: 'hop', password: 'over', allowsForwarding: () => false });
    await expect(bench.type.run(task(forbids))).rejects.toMatchObject({
      code: expect.stringMatching(/^(CONNECTION_REFUSED|DEVICE_UNREACHABLE)$/),
      message: expect.stringContaining("Jump host 'bastion': it "),
    });
  });

  it('connects to the jump host again after it went away', async () => {
    const jump = await serve({ username: 'hop', password: 'over', allowsForwarding: () => true });
    const target = await serve();
    const run = () => bench.type.run(sshTask(deviceAt(target.port, jumping), echo, { lookup: through(jump) }));
    await run();
    jump.drop();
    await waitFor(() => target.open() === 0);
    expect(await run()).toMatchObject({ success: true });
    expect(jump.accepted()).toBe(2);
  });

  it('ends a circle of jump hosts', async () => {
    const lookup: Task['lookup'] = async (name) => ({ device: deviceAt(1, { name, ...jumping }), credential: admin });
    await expect(bench.type.run(sshTask(deviceAt(1, jumping), echo, { lookup }))).rejects.toMatchObject({
      code: 'DEVICE_UNREACHABLE',
      message: expect.stringContaining('More than 4 jump hosts'),
    });
  });
});

describe('ssh-command and keys', () => {
  it('reads an encrypted key with its passphrase and refuses it without', async () => {
    const file = `${bench.folder}/key`;
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', 'open', '-f', file]);
    const privateKey = await readFile(file, 'utf8');
    const server = await serve({ methods: ['publickey'] });
    const run = (passphrase: Partial<{ passphrase: string }>) =>
      bench.type.run(
        sshTask(deviceAt(server.port), echo, {
          credential: { name: 'k', username: 'admin', privateKey, ...passphrase },
        }),
      );
    await expect(run({})).rejects.toMatchObject({ message: expect.stringMatching(/private key .* no passphrase/) });
    await expect(run({ passphrase: 'shut' })).rejects.toMatchObject({
      message: expect.stringContaining('private key'),
    });
    // The server knows no key, so a refusal by it shows that the key could be read and was offered.
    await expect(run({ passphrase: 'open' })).rejects.toMatchObject({
      message: expect.stringContaining('tried publickey'),
    });
  });
});
