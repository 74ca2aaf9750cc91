import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Credential, Device } from '@runyard/domain';
import { needs, type SshdOptions, startSshd, waitFor } from '@runyard/testkit';
import { deviceAt, type SshBench, sshTask, startSshBench, timeoutReason } from './ssh-tasks.ts';

const ZEBRA = '/usr/lib/frr/zebra';
const VTYSH = '/usr/bin/vtysh';

let bench: SshBench;
beforeEach(async () => {
  bench = await startSshBench();
});
afterEach(async () => bench.close());

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  await once(child, 'exit');
}

interface SshdDevice {
  readonly port: number;
  readonly credential: Credential;
  readonly device: Device;
  /** As in known_hosts, without the host. */
  readonly hostKey: string;
}

/** A real sshd on a private port; the current user logs in with a key. */
async function startDevice(options?: SshdOptions): Promise<SshdDevice> {
  const sshd = await startSshd(options);
  bench.afterwards(() => sshd.stop());
  const { port, username, privateKey, hostKey } = sshd;
  return { port, hostKey, credential: { name: 'key', username, privateKey }, device: deviceAt(port, { ssh: {} }) };
}

function makeKey(name: string, type: 'ed25519' | 'ecdsa' | 'rsa'): string {
  const file = join(bench.folder, name);
  execFileSync('ssh-keygen', ['-q', '-t', type, '-N', '', '-f', file]);
  return file;
}

const describeOnSshd = needs(describe, 'sshd', 'ssh-keygen');

describeOnSshd('ssh-command with OpenSSH', () => {
  async function know(sshd: SshdDevice, key: string): Promise<void> {
    await writeFile(bench.knownHostsFile, `[127.0.0.1]:${sshd.port} ${key}`);
  }

  it('runs commands with a key, and tells output, errors and exit code apart', async () => {
    const sshd = await startDevice();
    await know(sshd, sshd.hostKey);
    const { device, credential } = sshd;
    const outcome = await bench.type.run(
      sshTask(device, { commands: ['echo out; echo err >&2; exit 3'] }, { credential }),
    );
    expect(outcome).toEqual({
      success: false,
      result: 'out\n',
      error: { code: 'COMMAND_FAILED', message: "'echo out; echo err >&2; exit 3' ended with exit code 3: err" },
      fields: { command: 'echo out; echo err >&2; exit 3', return_code: 3, stderr: 'err\n' },
    });
    const killed = await bench.type.run(sshTask(device, { commands: ['kill -9 $$'] }, { credential }));
    expect(killed).toMatchObject({ success: false, error: { message: "'kill -9 $$' was ended by SIGKILL" } });
  });

  it('asks for the type of host key that is known', async () => {
    const rsaKey = makeKey('host-rsa', 'rsa');
    const sshd = await startDevice({ settings: [`HostKey ${rsaKey}`] });
    await know(sshd, await readFile(`${rsaKey}.pub`, 'utf8'));
    const outcome = await bench.type.run(sshTask(sshd.device, { commands: ['true'] }, { credential: sshd.credential }));
    expect(outcome).toMatchObject({ success: true });
  });

  it('reads a known-hosts file with hashed names', async () => {
    const sshd = await startDevice();
    await know(sshd, sshd.hostKey);
    execFileSync('ssh-keygen', ['-q', '-H', '-f', bench.knownHostsFile], { stdio: 'ignore' });
    expect(await readFile(bench.knownHostsFile, 'utf8')).toMatch(/^\|1\|/);
    const outcome = await bench.type.run(sshTask(sshd.device, { commands: ['true'] }, { credential: sshd.credential }));
    expect(outcome).toMatchObject({ success: true });
  });

  it('is known to OpenSSH by what it wrote into the known-hosts file', async () => {
    const { port, credential } = await startDevice();
    const device = deviceAt(port, { ssh: { hostKey: 'accept-new' } });
    await bench.type.run(sshTask(device, { commands: ['true'] }, { credential }));
    const found = execFileSync('ssh-keygen', ['-F', `[127.0.0.1]:${port}`, '-f', bench.knownHostsFile], {
      encoding: 'utf8',
    });
    expect(found).toContain('ssh-ed25519');
  });

  it('says that the host key changed', async () => {
    const sshd = await startDevice();
    await know(sshd, await readFile(`${makeKey('other', 'ed25519')}.pub`, 'utf8'));
    const task = sshTask(sshd.device, { commands: ['true'] }, { credential: sshd.credential });
    const hostKeyFile = join(bench.folder, 'host-key.pub');
    await writeFile(hostKeyFile, sshd.hostKey);
    const shown = execFileSync('ssh-keygen', ['-l', '-f', hostKeyFile], { encoding: 'utf8' });
    await expect(bench.type.run(task)).rejects.toMatchObject({
      code: 'HOST_KEY_CHANGED',
      message: expect.stringContaining(`shows ssh-ed25519 ${shown.split(' ')[1]}, but`),
    });
  });

  it('says that a key is not accepted', async () => {
    const sshd = await startDevice();
    await know(sshd, sshd.hostKey);
    const credential = { ...sshd.credential, privateKey: await readFile(makeKey('stranger', 'ecdsa'), 'utf8') };
    await expect(bench.type.run(sshTask(sshd.device, { commands: ['true'] }, { credential }))).rejects.toMatchObject({
      code: 'AUTHENTICATION_FAILED',
      message: expect.stringContaining('tried publickey; the device accepts publickey'),
    });
  });

  it('works at the prompt of a real shell, and leaves nothing behind for the next task', async () => {
    const { port, credential } = await startDevice();
    const device = deviceAt(port);
    const shell = (commands: string[]) => bench.type.run(sshTask(device, { commands, mode: 'shell' }, { credential }));
    const first = await shell(['cd /', 'LEFT=behind', 'printf "one\\ntwo\\n"', 'pwd', 'seq 1 2000 | tail -1']);
    expect(first).toMatchObject({ success: true });
    expect(first.result).toMatch(/^\n*one\ntwo\n\/\n2000$/);
    expect(await shell(['echo "[$LEFT]"'])).toMatchObject({ success: true, result: '[]' });
  });

  it('ends what hangs when the time is up', async () => {
    const { port, credential } = await startDevice();
    const controller = new AbortController();
    const device = deviceAt(port);
    const file = join(bench.folder, 'began');
    const task = sshTask(
      device,
      { commands: [`touch ${file}; exec sleep 100`] },
      { credential, signal: controller.signal },
    );
    const run = bench.type.run(task);
    await waitFor(() => existsSync(file));
    controller.abort(timeoutReason());
    await expect(run).rejects.toMatchObject({ code: 'DEVICE_TIMEOUT' });
  });

  it('reaches a device through another sshd', async () => {
    const { port, credential } = await startDevice();
    const inner = deviceAt(port, { name: 'inner', ssh: { hostKey: 'accept-new', jump: 'outer' } });
    const lookup = async () => ({
      device: deviceAt(port, { name: 'outer', ssh: { hostKey: 'accept-new' } }),
      credential,
    });
    const outcome = await bench.type.run(sshTask(inner, { commands: ['echo through'] }, { credential, lookup }));
    expect(outcome).toMatchObject({ success: true, result: 'through\n' });
  });
});

const describeOnRouter = needs(describe, 'sshd', 'ssh-keygen', 'zebra', 'vtysh', 'root');

describeOnRouter('ssh-command with FRRouting behind OpenSSH', () => {
  /** A router of its own: sockets, configuration and all in the folder of the test. */
  async function startFrr(): Promise<{ device: Device; credential: Credential }> {
    const sockets = join(bench.folder, 'frr');
    await mkdir(sockets);
    execFileSync('chown', ['frr:frr', sockets]);
    execFileSync('chmod', ['0755', bench.folder]);
    const staticConfig = join(sockets, 'zebra.conf');
    await writeFile(staticConfig, 'hostname edge1\n');
    const zebra = spawn(
      ZEBRA,
      [
        '--vty_socket',
        sockets,
        '-z',
        join(sockets, 'zserv.api'),
        '-i',
        join(sockets, 'zebra.pid'),
        '-f',
        staticConfig,
        '-A',
        '127.0.0.1',
        '-P',
        '0',
      ],
      { stdio: 'ignore' },
    );
    bench.afterwards(() => stop(zebra));
    await waitFor(() => existsSync(join(sockets, 'zebra.vty')));
    const vtysh = `${VTYSH} --vty_socket ${sockets} --config_dir ${sockets}`;
    const script = join(bench.folder, 'router-shell');
    const text = `#!/bin/sh\nif [ -n "$SSH_ORIGINAL_COMMAND" ]; then exec ${vtysh} -c "$SSH_ORIGINAL_COMMAND"; fi\nexec ${vtysh}\n`;
    await writeFile(script, text, { mode: 0o755 });
    const { port, credential } = await startDevice({ forceCommand: script });
    return { device: deviceAt(port, { platform: 'frr' }), credential };
  }

  it('runs commands by exec, configures at the prompt, and sees refusals', async () => {
    const { device, credential } = await startFrr();
    const run = (settings: Parameters<typeof sshTask>[1]) => bench.type.run(sshTask(device, settings, { credential }));
    expect(await run({ commands: ['show version'] })).toMatchObject({
      success: true,
      result: expect.stringContaining('FRRouting'),
    });
    expect(await run({ commands: ['show nonsense'] })).toMatchObject({
      success: false,
      error: { code: 'COMMAND_FAILED', message: expect.stringContaining('% Unknown command') },
    });
    expect(await run({ commands: ['ip prefix-list demo seq 5 permit 192.0.2.0/24'], config: true })).toMatchObject({
      success: true,
    });
    const shown = await run({ commands: ['show running-config'], mode: 'shell' });
    expect(shown).toMatchObject({
      success: true,
      result: expect.stringContaining('ip prefix-list demo seq 5 permit 192.0.2.0/24'),
    });
    expect(await run({ commands: ['ip nonsense'], config: true })).toMatchObject({ success: false });
  });
});
