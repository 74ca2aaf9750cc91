import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { needs, waitFor } from '@runyard/testkit';
import { admin, deviceAt, echo, type SshBench, sshTask, startSshBench, timeoutReason } from './ssh-tasks.ts';

let bench: SshBench;
beforeEach(async () => {
  bench = await startSshBench();
});
afterEach(async () => bench.close());

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

describe('ssh-command and what can go wrong with a connection', () => {
  it('says that a device refuses the connection', async () => {
    const server = await bench.serve();
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

  it('names the setting that an old device needs, and connects with it', async () => {
    const server = await bench.serve({ algorithms: { kex: ['diffie-hellman-group14-sha1'], cipher: ['aes128-cbc'] } });
    await expect(bench.type.run(sshTask(deviceAt(server.port), echo))).rejects.toMatchObject({
      code: 'CONNECTION_REFUSED',
      message: expect.stringMatching(/no common key exchange algorithm; an old device may need legacy-algorithms$/),
    });
    const outcome = await bench.type.run(sshTask(deviceAt(server.port), { ...echo, legacyAlgorithms: true }));
    expect(outcome).toMatchObject({ success: true });
  });

  it('says who was refused and how, never the password, and sends a password only once', async () => {
    const server = await bench.serve({ methods: ['password', 'keyboard-interactive'] });
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
    const server = await bench.serve({ methods: ['keyboard-interactive'] });
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
    const server = await bench.serve({
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
    const server = await bench.serve({ onExec: (channel) => channel.write('and now') });
    const controller = new AbortController();
    const run = bench.type.run(sshTask(deviceAt(server.port), echo, { signal: controller.signal }));
    await waitFor(() => server.commands.length === 1);
    controller.abort(timeoutReason());
    await expect(run).rejects.toMatchObject({ code: 'DEVICE_TIMEOUT' });
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
    await waitFor(() => open === 1);
    controller.abort(timeoutReason());
    await expect(run).rejects.toMatchObject({ code: 'DEVICE_TIMEOUT' });
    await waitFor(() => open === 0);
  });
});

needs(describe, 'ssh-keygen')('ssh-command and keys', () => {
  it('reads an encrypted key with its passphrase and refuses it without', async () => {
    const file = `${bench.folder}/key`;
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', 'open', '-f', file]);
    const privateKey = await readFile(file, 'utf8');
    const server = await bench.serve({ methods: ['publickey'] });
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
