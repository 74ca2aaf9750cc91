import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import ssh2, { type AnyAuthMethod, type Client, type ParsedKey } from 'ssh2';
import { type DeviceFleet, type DeviceFleetOptions, startDeviceFleet, waitFor } from '@runyard/testkit';
import { connect, exec, Shell } from './ssh-client.ts';

const fleets: DeviceFleet[] = [];
const clients: Client[] = [];

async function start(options: Partial<DeviceFleetOptions> = {}): Promise<DeviceFleet> {
  const fleet = await startDeviceFleet({ count: 1, ...options });
  fleets.push(fleet);
  return fleet;
}

async function login(fleet: DeviceFleet, index = 0): Promise<Client> {
  const client = await connect(fleet, index);
  clients.push(client);
  return client;
}

async function run(fleet: DeviceFleet, command: string, index = 0): ReturnType<typeof exec> {
  const client = await login(fleet, index);
  return exec(client, command).finally(() => client.end());
}

/** Claims one key and signs with another. */
function forged(publicKey: string, privateKey: string): ParsedKey {
  const [claimed, signing] = [ssh2.utils.parseKey(publicKey), ssh2.utils.parseKey(privateKey)];
  if (claimed instanceof Error || signing instanceof Error) throw new Error('keys must parse');
  return Object.assign(signing, { getPublicSSH: () => claimed.getPublicSSH() });
}

/** The promise must still be pending when a round trip on another device is over. */
async function expectSilence(pending: Promise<unknown>, fleet: DeviceFleet, healthy: number): Promise<void> {
  let isSettled = false;
  void pending.then(
    () => (isSettled = true),
    () => (isSettled = true),
  );
  await run(fleet, 'echo over', healthy);
  expect(isSettled).toBe(false);
}

afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy();
  for (const fleet of fleets.splice(0)) await fleet.stop();
});

describe('a fleet', () => {
  it('gives each device its name, port and platform, and one login for all', async () => {
    const fleet = await start({ count: 3, namePrefix: 'r', platforms: ['linux', 'frr'] });
    expect(fleet.devices.map(({ name, platform }) => [name, platform])).toEqual([
      ['r-1', 'linux'],
      ['r-2', 'frr'],
      ['r-3', 'linux'],
    ]);
    expect(new Set(fleet.devices.map(({ port }) => port)).size).toBe(3);
    expect((await run(fleet, 'hostname', 2)).output).toBe('r-3\n');
    expect(fleet.connections()).toMatchObject({ total: 1, logins: 1, refusedLogins: 0 });
  });

  it('takes the ports it was told, or rejects', async () => {
    const free = await start();
    const { port } = free.device(0);
    await expect(start({ firstPort: port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
    await free.stop();
    expect((await start({ count: 1, firstPort: port })).device(0).port).toBe(port);
  });

  it('starts a thousand devices and logs in to the last one', async () => {
    const startedMs = performance.now();
    const fleet = await start({ count: 1_000 });
    const tookMs = Math.round(performance.now() - startedMs);
    process.stdout.write(`1,000 simulated devices were up after ${tookMs} ms\n`);
    expect((await run(fleet, 'show version', 999)).output).toContain('sim-1000');
  });

  it('accepts the right password, keyboard-interactive and the authorized key only', async () => {
    const key = ssh2.utils.generateKeyPairSync('ecdsa', { bits: 256 });
    const other = ssh2.utils.generateKeyPairSync('ecdsa', { bits: 256 });
    const fleet = await start({ authorizedKey: key.public });
    const by = (method: AnyAuthMethod): Promise<Client> => connect(fleet, 0, { authHandler: [method] });
    const { username } = fleet;
    const byKey = (privateKey: string | ParsedKey): Promise<Client> =>
      by({ type: 'publickey', username, key: privateKey });
    (await byKey(key.private)).destroy();
    await expect(byKey(other.private)).rejects.toMatchObject({ level: 'client-authentication' });
    await expect(byKey(forged(key.public, other.private))).rejects.toMatchObject({ level: 'client-authentication' });
    await expect(connect(fleet, 0, { password: 'wrong' })).rejects.toMatchObject({ level: 'client-authentication' });
    await expect(connect(fleet, 0, { username: 'root' })).rejects.toMatchObject({ level: 'client-authentication' });
    const client = await by({
      type: 'keyboard-interactive',
      username,
      prompt: (_name, _text, _language, _prompts, finish) => finish([fleet.password]),
    });
    client.destroy();
    expect(fleet.connections()).toMatchObject({ total: 6, logins: 2, refusedLogins: 4 });
  });

  it('logs each command with its device, connection and times', async () => {
    const seen: string[] = [];
    const fleet = await start({ count: 2, onCommand: ({ device, command }) => seen.push(`${device}: ${command}`) });
    const client = await login(fleet);
    await exec(client, 'echo one');
    await exec(client, 'echo two');
    await run(fleet, 'echo three', 1);
    expect(seen).toEqual(['sim-1: echo one', 'sim-1: echo two', 'sim-2: echo three']);
    expect(fleet.commands('sim-1').map(({ connection }) => connection)).toEqual([1, 1]);
    const [first] = fleet.commands();
    expect(first?.endedAtMs).toBeGreaterThanOrEqual(first?.atMs ?? Infinity);
  });

  it('turns away more connections than a device takes, and counts what it had at once', async () => {
    const fleet = await start({ connectionsMax: 2 });
    await login(fleet);
    const second = await login(fleet);
    await expect(connect(fleet, 0)).rejects.toThrow(/lost|ECONNRESET/);
    expect(fleet.connections('sim-1')).toMatchObject({ open: 2, peak: 2, turnedAway: 1 });
    second.end();
    await waitFor(() => fleet.connections().open === 1);
    await login(fleet);
  });

  it('takes a round trip as long as it was told', async () => {
    const fleet = await start({ latencyMs: 60, platforms: ['linux'] });
    const startedMs = performance.now();
    const client = await login(fleet);
    expect(performance.now() - startedMs).toBeGreaterThan(200);
    const askedMs = performance.now();
    expect((await exec(client, 'echo far')).output).toBe('far\n');
    expect(performance.now() - askedMs).toBeGreaterThanOrEqual(120);
  });
});

describe('faults', () => {
  it('refuse: nobody listens, what is open is closed, and the same port answers afterwards', async () => {
    const fleet = await start({ faults: { 0: 'refuse' } });
    await expect(connect(fleet, 0)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await fleet.setFault('sim-1', null);
    const client = await login(fleet);
    const closed = once(client, 'close');
    await fleet.setFault('sim-1', 'refuse');
    await closed;
  });

  it('wrong-password: every login is rejected, until it ends', async () => {
    const fleet = await start({ faults: { 'sim-1': 'wrong-password' } });
    await expect(connect(fleet, 0)).rejects.toMatchObject({ level: 'client-authentication' });
    await fleet.setFault('sim-1', null);
    await login(fleet);
  });

  it('hang: the connection opens and nothing is said', async () => {
    const fleet = await start({ faults: { 0: 'hang' } });
    await expect(connect(fleet, 0, { readyTimeout: 100 })).rejects.toMatchObject({ level: 'client-timeout' });
    expect(fleet.connections()).toMatchObject({ total: 1, logins: 0 });
  });

  it('hang-after-login: lets in, and answers no command and no shell', async () => {
    const fleet = await start({ count: 2, faults: { 0: 'hang-after-login' } });
    const client = await login(fleet);
    await expectSilence(exec(client, 'show version'), fleet, 1);
    await expectSilence(Shell.open(client), fleet, 1);
  });

  it('hang-in-command: takes the command and never answers', async () => {
    const fleet = await start({ count: 2, platforms: ['frr'], faults: { 0: 'hang-in-command' } });
    const client = await login(fleet);
    await expectSilence(exec(client, 'show version'), fleet, 1);
    const shell = await Shell.open(client);
    await shell.until('sim-1#');
    shell.type('show version\r');
    await shell.until('show version\r\n');
    await expectSilence(shell.until('sim-1#'), fleet, 1);
    expect(fleet.commands('sim-1').map(({ endedAtMs }) => endedAtMs)).toEqual([undefined, undefined]);
  });

  it('silences sessions that are open already', async () => {
    const fleet = await start({ count: 2 });
    const client = await login(fleet);
    await fleet.setFault('sim-1', 'hang');
    await expectSilence(exec(client, 'show version'), fleet, 1);
  });

  it('drop: the connection breaks in the middle of the output', async () => {
    const fleet = await start({ platforms: ['linux'], faults: { 0: 'drop' } });
    const { output, exitStatus } = await run(fleet, 'seq 1 1000');
    expect(output.startsWith('1\n2\n3\n')).toBe(true);
    expect(output).not.toContain('\n1000\n');
    expect(exitStatus).toBeUndefined();
  });

  it('slow: the answer comes after its time', async () => {
    const fleet = await start({ faults: { 0: { kind: 'slow', latencyMs: 150 } } });
    const client = await login(fleet);
    const startedMs = performance.now();
    expect((await exec(client, 'echo late')).output).toBe('late\r\n');
    expect(performance.now() - startedMs).toBeGreaterThanOrEqual(149);
  });

  it('changed-host-key: another key while it lasts, and for good by changeHostKey', async () => {
    const fleet = await start({ count: 2 });
    const fingerprint = async (): Promise<string> => {
      let seen = '';
      const hostVerifier = (hash: string): boolean => {
        seen = `SHA256:${Buffer.from(hash, 'hex').toString('base64').replace(/=+$/, '')}`;
        return true;
      };
      (await connect(fleet, 0, { hostHash: 'sha256', hostVerifier })).destroy();
      return seen;
    };
    const first = await fingerprint();
    expect(first).toBe(fleet.device(0).hostKeyFingerprint);
    expect(first).toBe(fleet.device(1).hostKeyFingerprint);
    await fleet.setFault('sim-1', 'changed-host-key');
    const changed = await fingerprint();
    expect(changed).not.toBe(first);
    expect(changed).toBe(fleet.device(0).hostKeyFingerprint);
    await fleet.setFault('sim-1', null);
    expect(await fingerprint()).toBe(first);
    const last = fleet.changeHostKey('sim-1');
    expect([first, changed]).not.toContain(last);
    expect(await fingerprint()).toBe(last);
    expect(fleet.device(1).hostKeyFingerprint).toBe(first);
  });

  it('banner-garbage: rubbish instead of an identification', async () => {
    const fleet = await start({ faults: { 0: 'banner-garbage' } });
    await expect(connect(fleet, 0)).rejects.toThrow('Invalid header');
    const { address, port } = fleet.device(0);
    const socket = connectTcp(port, address);
    const [chunk] = (await once(socket, 'data')) as [Buffer];
    expect(chunk.toString('latin1')).not.toContain('SSH-2.0');
    socket.destroy();
  });

  it('can have a key for each device', async () => {
    const fleet = await start({ count: 3, hostKeys: 'each' });
    expect(new Set(fleet.devices.map(({ hostKeyFingerprint }) => hostKeyFingerprint)).size).toBe(3);
  });
});
