import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Credential, Device, JsonObject } from '@runyard/domain';
import { waitFor } from '@runyard/testkit';
import type { ServerChannel } from 'ssh2';
import { createFakeRouter, type FakeRouter, type FakeRouterOptions } from './fake-router.ts';
import type { SshServer } from './ssh-server.ts';
import { admin, deviceAt, type SshBench, sshTask, startSshBench, timeoutReason } from './ssh-tasks.ts';

let bench: SshBench;
beforeEach(async () => {
  bench = await startSshBench();
});
afterEach(async () => bench.close());

const privileged: Credential = { ...admin, enablePassword: 'hidden' };
const VERSION = Array.from({ length: 45 }, (_, line) => `line ${line + 1} of the version`).join('\n');

interface Lab {
  readonly server: SshServer;
  readonly router: FakeRouter;
  readonly device: Device;
  readonly run: (settings: JsonObject, credential?: Credential) => ReturnType<SshBench['type']['run']>;
}

async function lab(options: FakeRouterOptions = {}, more: Partial<Device> = {}): Promise<Lab> {
  const router = createFakeRouter(options);
  const server = await bench.serve({ onShell: (channel) => router.shell(channel) });
  const device = deviceAt(server.port, { platform: 'cisco-ios', ...more });
  const run: Lab['run'] = (settings, credential = privileged) =>
    bench.type.run(sshTask(device, settings, { credential }));
  return { server, router, device, run };
}

/** A server whose shell is written by the test. */
function scripted(onShell: (channel: ServerChannel, onLine: (listener: (line: string) => void) => void) => void) {
  return bench.serve({
    onShell: (channel) => {
      let line = '';
      const listeners: ((line: string) => void)[] = [];
      channel.on('data', (data: Buffer) => {
        line += data.toString();
        for (let end = line.indexOf('\n'); end >= 0; end = line.indexOf('\n')) {
          const typed = line.slice(0, end);
          line = line.slice(end + 1);
          for (const listener of listeners) listener(typed);
        }
      });
      onShell(channel, (listener) => listeners.push(listener));
    },
  });
}

describe('ssh-command at the prompt of a router', () => {
  it('gives the output without echo, prompt and paging', async () => {
    const { run, router } = await lab({ answers: { 'show version': VERSION } });
    expect(await run({ commands: ['show version'] })).toEqual({
      success: true,
      result: VERSION,
      fields: { command: 'show version' },
    });
    expect(router.typed).toEqual(['terminal length 0', 'terminal width 511', 'show version']);
  });

  it('turns pages where paging stays on', async () => {
    const { run } = await lab({ answers: { 'show version': VERSION } });
    const outcome = await run({ commands: ['terminal length 10', 'show version'] });
    expect(outcome.result).toBe(`\n${VERSION}`);
  });

  it('is not misled by a banner with lines that look like prompts', async () => {
    const banner = '#############\n# keep out! #\n#############\nR9#\nWelcome\n';
    const { run } = await lab({ banner, answers: { 'show clock': '12:00' } });
    expect(await run({ commands: ['show clock'] })).toMatchObject({ success: true, result: '12:00' });
  });

  it('gives the right output to each of many commands', async () => {
    const names = Array.from({ length: 50 }, (_, index) => `show item ${index}`);
    const answers = Object.fromEntries(names.map((name) => [name, `answer to ${name}`]));
    const { run } = await lab({ answers });
    const outcome = await run({ commands: names });
    expect(outcome.fields?.['commands']).toEqual(names.map((command) => ({ command, output: answers[command] })));
  });

  it('keeps lines of output that end like prompts', async () => {
    const answers = { 'show run | include #': 'banner motd #\nR1#\nend #' };
    const { run } = await lab({ answers });
    const outcome = await run({ commands: ['show run | include #'] });
    expect(outcome.result).toBe('banner motd #\nR1#\nend #');
  });

  it('reads the output of a device that echoes nothing', async () => {
    const { run } = await lab({ isSilent: true, answers: { 'show clock': '12:00' } });
    expect(await run({ commands: ['show clock'] })).toMatchObject({ success: true, result: '12:00' });
  });

  it('stops at a command that the device refuses, and keeps the output so far', async () => {
    const { run, router } = await lab({ answers: { 'show clock': '12:00' } });
    const outcome = await run({ commands: ['show clock', 'show nonsense', 'show clock'] });
    expect(outcome).toMatchObject({
      success: false,
      error: { code: 'COMMAND_FAILED', message: "'show nonsense': % Invalid input detected at '^' marker." },
      fields: { command: 'show clock\nshow nonsense' },
    });
    expect(outcome.result).toMatch(/^12:00\n[^]*% Invalid input/);
    expect(router.typed.filter((line) => line === 'show clock')).toHaveLength(1);
  });

  it('throws the reason of the signal when the device hangs, and lets go of it', async () => {
    const { device, server, router } = await lab({ hangsAt: 'show tech' });
    const controller = new AbortController();
    const run = bench.type.run(sshTask(device, { commands: ['show tech'] }, { signal: controller.signal }));
    await waitFor(() => router.typed.includes('show tech'));
    controller.abort(timeoutReason());
    await expect(run).rejects.toMatchObject({ code: 'DEVICE_TIMEOUT' });
    await waitFor(() => server.open() === 0);
  });

  it('says at which command the connection was lost', async () => {
    const { run } = await lab({ dropsAt: 'reload' });
    await expect(run({ commands: ['reload'] })).rejects.toMatchObject({
      code: 'CONNECTION_LOST',
      message: expect.stringMatching(/dropped the connection while 'reload' ran, after \d+ bytes of output/),
    });
  });

  it('cuts long output and still finds the prompt', async () => {
    const long = Array.from({ length: 30_000 }, (_, index) => `${index} ${'x'.repeat(60)}`).join('\n');
    const { run } = await lab({ answers: { 'show log': long, 'show clock': '12:00' } });
    const outcome = await run({ commands: ['show log', 'show clock'] });
    expect(outcome).toMatchObject({ success: true, fields: { output_cut: true } });
    expect(outcome.result).toMatch(/^[^]{1000000,1050000}$/);
  });
});

describe('ssh-command and privileged mode', () => {
  it('enters it with the password of the credential', async () => {
    const { run, router } = await lab({ enablePassword: 'hidden', answers: { 'show run': 'hostname R1' } });
    expect(await run({ commands: ['show run'], enable: true })).toMatchObject({ success: true, result: 'hostname R1' });
    expect(router.typed).toContain('enable');
  });

  it('says that the password was refused, or that there is none', async () => {
    const { run } = await lab({ enablePassword: 'another' });
    await expect(run({ commands: ['show run'], enable: true })).rejects.toMatchObject({
      code: 'AUTHENTICATION_FAILED',
      message: "'r1' refused the password for enable",
    });
    await expect(run({ commands: ['show run'], enable: true }, admin)).rejects.toMatchObject({
      code: 'CREDENTIAL_NOT_FOUND',
    });
  });

  it('is not left on for a task that did not ask for it', async () => {
    const { run, router } = await lab({ enablePassword: 'hidden', answers: { 'show clock': '12:00' } });
    await run({ commands: ['show clock'], enable: true });
    const outcome = await run({ commands: ['configure terminal'] });
    expect(outcome).toMatchObject({ success: false, error: { message: expect.stringContaining('% Invalid input') } });
    expect(router.typed.filter((line) => line === 'enable')).toHaveLength(1);
  });
});

describe('ssh-command and configuration mode', () => {
  it('enters, sends each line, and leaves', async () => {
    const { run, router } = await lab({ enablePassword: 'hidden' });
    const outcome = await run({ commands: ['interface Gi1\n description x', 'no shutdown'], config: true });
    expect(outcome).toMatchObject({ success: true });
    expect(router.running).toEqual(['interface Gi1', ' description x', 'no shutdown']);
    expect(router.typed.at(-1)).toBe('end');
  });

  it('leaves also when a line was refused, and sends none after it', async () => {
    const { run, router } = await lab({ enablePassword: 'hidden' });
    const outcome = await run({ commands: ['interface Gi1', 'nonsense', 'shutdown'], config: true });
    expect(outcome).toMatchObject({
      success: false,
      error: { message: expect.stringContaining("'nonsense': % Invalid") },
    });
    expect(router.running).toEqual(['interface Gi1']);
    expect(router.typed.at(-1)).toBe('end');
  });

  it('follows the device when it gets another name', async () => {
    const { run, router } = await lab({ enablePassword: 'hidden' });
    const outcome = await run({ commands: ['hostname Edge7', 'interface Gi1'], config: true });
    expect(outcome).toMatchObject({ success: true });
    expect(router.running).toEqual(['hostname Edge7', 'interface Gi1']);
  });

  it('says why it could not be entered', async () => {
    const answers = { 'configure terminal': '% Permission denied for the role' };
    const { run } = await lab({ enablePassword: 'hidden', answers });
    expect(await run({ commands: ['x'], config: true })).toMatchObject({
      success: false,
      error: { message: "'r1' did not enter configuration mode: % Permission denied for the role" },
    });
  });
});

describe('ssh-command on Junos', () => {
  async function junos(refusesCommit: boolean) {
    const typed: string[] = [];
    let end = '> ';
    const server = await scripted((channel, onLine) => {
      const prompt = () => channel.write(`${end === '# ' ? '\r\n[edit]\r\n' : ''}ops@mx1${end}`);
      channel.write('--- JUNOS 21.2R3 built 2022\r\n');
      prompt();
      onLine((line) => {
        if (line !== '') typed.push(line);
        channel.write(`${line}\r\n`);
        if (line === 'configure exclusive') {
          end = '# ';
          channel.write('Entering configuration mode\r\n');
        } else if (line === 'exit configuration-mode') {
          end = '> ';
        } else if (line === 'commit') {
          channel.write(
            refusesCommit
              ? '[edit interfaces]\r\nerror: commit failed: (missing statement)\r\n'
              : 'commit complete\r\n',
          );
        }
        prompt();
      });
    });
    const device = deviceAt(server.port, { platform: 'junos' });
    const task = sshTask(device, { commands: ['set system location x'], config: true });
    return { outcome: await bench.type.run(task), typed };
  }

  it('commits what was set', async () => {
    const { outcome, typed } = await junos(false);
    expect(outcome).toMatchObject({ success: true, result: '' });
    expect(typed.slice(3)).toEqual([
      'configure exclusive',
      'set system location x',
      'commit',
      'exit configuration-mode',
    ]);
  });

  it('takes everything back when the commit is refused', async () => {
    const { outcome, typed } = await junos(true);
    expect(outcome).toMatchObject({
      success: false,
      error: { code: 'COMMAND_FAILED', message: expect.stringContaining('commit failed: (missing statement)') },
    });
    expect(typed.slice(5)).toEqual(['commit', 'rollback 0', 'exit configuration-mode']);
  });
});

describe('ssh-command and the first prompt', () => {
  const task = (server: SshServer, settings: JsonObject, timeoutMs = 1_000) =>
    sshTask(deviceAt(server.port, { platform: 'cisco-ios' }), settings, { timeoutMs });

  it('says that no prompt came and what was there instead', async () => {
    const server = await scripted((channel) => channel.write('Please choose a menu entry: '));
    await expect(bench.type.run(task(server, { commands: ['x'] }, 500))).rejects.toMatchObject({
      code: 'PROMPT_NOT_FOUND',
      message: "'r1' showed no prompt within 400 ms, its last line is 'Please choose a menu entry:'",
    });
    await waitFor(() => server.open() === 0);
  });

  it('uses the prompt that the service describes', async () => {
    const server = await scripted((channel, onLine) => {
      channel.write('[menu] choose: ');
      onLine((line) => channel.write(`${line}\r\nyou chose ${line}\r\n[menu] choose: `));
    });
    const outcome = await bench.type.run(task(server, { commands: ['seven'], prompt: 'choose:' }));
    expect(outcome).toMatchObject({ success: true, result: 'you chose seven' });
  });

  it('reads a prompt with a clock in it', async () => {
    let second = 10;
    const server = await scripted((channel, onLine) => {
      const prompt = () => channel.write(`host 12:00:${(second += 1)} $ `);
      prompt();
      onLine((line) => {
        channel.write(`${line}\r\n${line === '' ? '' : 'done\r\n'}`);
        prompt();
      });
    });
    const linux = sshTask(deviceAt(server.port), { commands: ['work'], mode: 'shell' });
    expect(await bench.type.run(linux)).toMatchObject({ success: true, result: 'done' });
  });

  it('is not confused by prompts that come late', async () => {
    const server = await scripted((channel, onLine) => {
      channel.write('R1>');
      onLine((line) => {
        if (line === '') return channel.write('\r\nR1>');
        // Draws its prompt once more before it takes notice of what was typed.
        channel.write('\r\nR1>');
        return setImmediate(() => setImmediate(() => channel.write(`${line}\r\nanswer to ${line}\r\nR1>`)));
      });
    });
    const outcome = await bench.type.run(task(server, { commands: ['a', 'b', 'c'] }));
    expect(outcome.result).toBe('answer to a\nanswer to b\nanswer to c');
  });
});

describe('ssh-command and reuse of shells', () => {
  it('goes on in the shell of the task before', async () => {
    const { run, server, router } = await lab({ answers: { 'show clock': '12:00' } });
    for (let round = 0; round < 4; round += 1) {
      expect(await run({ commands: ['show clock'] })).toMatchObject({ success: true, result: '12:00' });
    }
    expect(server.accepted()).toBe(1);
    expect(router.typed.filter((line) => line === 'terminal length 0')).toHaveLength(1);
  });

  it('begins anew after a refused command, and after a shell was left in another mode', async () => {
    const { run, server } = await lab({ answers: { 'show clock': '12:00' } });
    await run({ commands: ['nonsense'] });
    await run({ commands: ['enable'] });
    expect(await run({ commands: ['show clock'] })).toMatchObject({ success: true });
    expect(server.accepted()).toBe(3);
  });

  it('connects again when the kept shell has died', async () => {
    const { run, server, router } = await lab({ answers: { 'show clock': '12:00' } });
    await run({ commands: ['show clock'] });
    server.drop();
    expect(await run({ commands: ['show clock'] })).toMatchObject({ success: true, result: '12:00' });
    expect(router.typed.filter((line) => line === 'show clock')).toHaveLength(2);
  });
});
