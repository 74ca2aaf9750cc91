import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readCatalog } from '@runyard/catalog';
import { type DeviceFleet, needs, startDeviceFleet, tempFolder, type TempFolder } from '@runyard/testkit';

const runFile = promisify(execFile);
let folder: TempFolder;
const children: ChildProcess[] = [];

beforeEach(async () => {
  folder = await tempFolder();
});

afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await folder.remove();
});

const sshOptions = ['-F', '/dev/null', '-o', 'UserKnownHostsFile=/dev/null', '-o', 'LogLevel=ERROR'];

const describeWithSsh = needs(describe, 'ssh', 'ssh-keygen');

describeWithSsh('the OpenSSH client', () => {
  let fleet: DeviceFleet | undefined;

  afterEach(async () => {
    await fleet?.stop();
  });

  it('logs in with a key, runs a command and gets its exit status', async () => {
    const key = join(folder.path, 'key');
    await runFile('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
    const authorizedKey = await readFile(`${key}.pub`, 'utf8');
    fleet = await startDeviceFleet({ count: 1, platforms: ['linux'], authorizedKey });
    const { port, address, hostKey } = fleet.device(0);
    const knownHosts = [
      '-o',
      `KnownHostsCommand=/bin/echo [${address}]:${port} ${hostKey}`,
      '-o',
      'StrictHostKeyChecking=yes',
    ];
    const args = [...sshOptions, ...knownHosts, '-i', key, '-p', String(port), `${fleet.username}@${address}`];
    const answer = await runFile('ssh', [...args, 'echo hello; exit 7']).catch((error: unknown) => error);
    expect(answer).toMatchObject({ stdout: 'hello\n', code: 7 });
    fleet.changeHostKey('sim-1');
    const refused = await runFile('ssh', [...args, 'echo hello']).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: 255, stderr: expect.stringContaining('Host key verification failed') });
  });

  needs(describe, 'sshpass')('with sshpass', () => {
    it('logs in with a password and works in a terminal', async () => {
      fleet = await startDeviceFleet({ count: 1, platforms: ['arista-eos'] });
      const { port, address } = fleet.device(0);
      const args = [
        ...sshOptions,
        '-o',
        'StrictHostKeyChecking=no',
        '-tt',
        '-p',
        String(port),
        `${fleet.username}@${address}`,
      ];
      const child = spawn('sshpass', ['-e', 'ssh', ...args], { env: { ...process.env, SSHPASS: fleet.password } });
      children.push(child);
      let output = '';
      child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
      child.stdin.end('terminal length 0\nshow version\nexit\n');
      const [code] = (await once(child, 'close')) as [number];
      expect(output).toContain('sim-1>show version\r\nArista SIM-7050-48\r\n');
      expect(code).toBe(0);
    });
  });
});

describe('the command line', () => {
  const main = fileURLToPath(new URL('../src/devices/main.ts', import.meta.url));
  const tsx = createRequire(import.meta.url).resolve('tsx');
  const node = (...args: string[]): string[] => ['--import', tsx, '--conditions=@runyard/source', main, ...args];

  it('writes a catalog, takes orders in order, and ends with its parent', async () => {
    const catalog = join(folder.path, 'catalog.yaml');
    const options = ['--count', '40', '--clusters', 'ams,fra', '--catalog', catalog, '--fault', 'refuse=5%', '--json'];
    const child = spawn(process.execPath, node(...options, '--control', '--exit-with-parent'));
    children.push(child);
    const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
    const next = async (): Promise<Record<string, unknown>> =>
      JSON.parse(String((await lines.next()).value)) as Record<string, unknown>;
    const ready = await next();
    expect(ready).toMatchObject({ event: 'ready', username: 'admin' });
    expect(ready.devices).toHaveLength(40);

    const read = await readCatalog([catalog], { env: {} });
    expect([...read.problems, ...read.warnings]).toEqual([]);
    const items = read.documents.map(({ document }) => document);
    expect(items.filter((item) => 'cluster' in item && item.cluster === 'fra')).toHaveLength(20);
    expect(items).toContainEqual(expect.objectContaining({ name: 'simulated', password: ready.password }));
    expect(await readFile(`${catalog}.password`, 'utf8')).toBe(ready.password);
    expect((await stat(`${catalog}.password`)).mode & 0o777).toBe(0o600);

    const orders = [
      { op: 'set-fault', name: 'sim-1', fault: 'drop' },
      { op: 'set-fault', name: 'none' },
      { op: 'connections' },
    ];
    child.stdin.write(orders.map((order) => `${JSON.stringify(order)}\n`).join(''));
    expect(await next()).toEqual({ ok: true });
    expect(await next()).toMatchObject({ ok: false });
    expect(await next()).toMatchObject({ ok: true, connections: { total: 0 } });
    child.stdin.end();
    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  it('ends cleanly on SIGTERM and explains a wrong argument', async () => {
    const child = spawn(process.execPath, node('--count', '2'));
    children.push(child);
    await once(child.stdout, 'data');
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
    const wrong = await runFile(process.execPath, node('--fault', 'nonsense=1')).catch((error: unknown) => error);
    expect(wrong).toMatchObject({ code: 1, stderr: expect.stringContaining('nonsense=1') });
  });
});
