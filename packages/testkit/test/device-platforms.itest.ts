import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Client } from 'ssh2';
import { type DeviceFleet, PLATFORMS, startDeviceFleet } from '@runyard/testkit';
import { connect, exec, type ExecResult, Shell } from './ssh-client.ts';

let fleet: DeviceFleet;
const clients: Client[] = [];

beforeAll(async () => {
  fleet = await startDeviceFleet({ count: PLATFORMS.length, namePrefix: 'r', platforms: PLATFORMS });
});

afterEach(() => {
  for (const client of clients.splice(0)) client.destroy();
});

afterAll(async () => {
  await fleet.stop();
});

const nameOf = (platform: (typeof PLATFORMS)[number]): string => `r-${PLATFORMS.indexOf(platform) + 1}`;

async function login(platform: (typeof PLATFORMS)[number]): Promise<Client> {
  const client = await connect(fleet, PLATFORMS.indexOf(platform));
  clients.push(client);
  return client;
}

async function run(platform: (typeof PLATFORMS)[number], command: string, input?: string): Promise<ExecResult> {
  return exec(await login(platform), command, input);
}

async function openShell(platform: (typeof PLATFORMS)[number], prompt: string): Promise<Shell> {
  const shell = await Shell.open(await login(platform));
  await shell.until(prompt);
  return shell;
}

describe('linux', () => {
  it('gives output, error output and exit status apart', async () => {
    expect(await run('linux', 'echo "a  b"; echo bad >&2; exit 3; echo never')).toEqual({
      output: 'a  b\n',
      errorOutput: 'bad\n',
      exitStatus: 3,
    });
    expect(await run('linux', 'nonsense')).toMatchObject({
      errorOutput: 'bash: nonsense: command not found\n',
      exitStatus: 127,
    });
  });

  it('knows && and ||, the last status, and nothing of expansion', async () => {
    const { output } = await run('linux', "false && echo no || echo $?; true && echo 'yes; $(id)'");
    expect(output).toBe('1\nyes; $(id)\n');
  });

  it('reads standard input and files', async () => {
    expect((await run('linux', 'cat', 'from stdin')).output).toBe('from stdin');
    expect((await run('linux', 'cat /etc/hostname')).output).toBe('r-1\n');
    expect(await run('linux', 'cat /none')).toMatchObject({ exitStatus: 1 });
  });

  it('gives large output whole', async () => {
    const { output } = await run('linux', 'seq 1 200000');
    expect(output).toHaveLength(1_288_895);
    expect(output.endsWith('\n200000\n')).toBe(true);
  });

  it('waits on the device for sleep', async () => {
    const startedMs = performance.now();
    expect(await run('linux', 'sleep 0.2')).toEqual({ output: '', errorOutput: '', exitStatus: 0 });
    expect(performance.now() - startedMs).toBeGreaterThanOrEqual(199);
  });

  it('echoes in a terminal, interrupts with Ctrl-C and ends with Ctrl-D', async () => {
    const shell = await openShell('linux', 'admin@r-1:~$ ');
    shell.type('echo hellp\x7fo\r');
    expect(await shell.until('$ ')).toBe('echo hellp\b \bo\r\nhello\r\nadmin@r-1:~$ ');
    shell.type('sleep 60\r');
    await shell.until('sleep 60\r\n');
    shell.type('\x03');
    await shell.until('^C\r\nadmin@r-1:~$ ');
    shell.type('\x04');
    await expect(shell.until('never')).rejects.toThrow('closed');
  });

  it('runs what was typed ahead, in order', async () => {
    const shell = await openShell('linux', '$ ');
    shell.type('sleep 0.05\necho one\necho two\n');
    const read = await shell.until('\r\ntwo\r\n');
    expect(read).toContain('\r\none\r\n');
  });
});

describe('cisco-ios', () => {
  const name = nameOf('cisco-ios');

  it('lands in user mode, and lets nobody see the configuration without enable', async () => {
    const shell = await openShell('cisco-ios', `${name}>`);
    expect(await shell.ask('show running-config', `${name}>`)).toContain("% Invalid input detected at '^' marker.");
    shell.type('enable\r');
    await shell.until('Password: ');
    shell.type('wrong\r');
    await shell.until('\r\nPassword: ');
    shell.type(`${fleet.enablePassword}\r`);
    const read = await shell.until(`${name}#`);
    expect(read).not.toContain(fleet.enablePassword);
    expect(fleet.commands(name).map(({ command }) => command)).not.toContain(fleet.enablePassword);
    shell.type('exit\r');
    await expect(shell.until('never')).rejects.toThrow('closed');
  });

  it('gives up after three wrong secrets', async () => {
    const shell = await openShell('cisco-ios', `${name}>`);
    for (const line of ['enable', 'a', 'b']) {
      shell.type(`${line}\r`);
      await shell.until('Password: ');
    }
    expect(await shell.ask('c', `${name}>`)).toContain('% Bad secrets');
  });

  it('stops after a page until it is told otherwise', async () => {
    const shell = await enabled();
    for (let index = 1; index <= 20; index += 1) await configure(shell, `interface Loopback${100 + index}`);
    shell.type('show running-config\r');
    const page = await shell.until(' --More-- ');
    expect(page.split('\r\n')).toHaveLength(25);
    shell.type('\r');
    const line = await shell.until(' --More-- ');
    expect(line.split('\r\n')).toHaveLength(2);
    shell.type('q');
    await shell.until(`${name}#`);
    await shell.ask('terminal length 0', `${name}#`);
    const whole = await shell.ask('show running-config', `${name}#`);
    expect(whole).not.toContain('--More--');
    expect(whole).toContain('interface Loopback120\r\n');
  });

  it('keeps what was configured for the next session', async () => {
    const shell = await enabled();
    await configure(
      shell,
      'interface GigabitEthernet0/0/1',
      'description uplink | core',
      'ip address 10.0.0.1 255.255.255.0',
    );
    await configure(
      shell,
      'interface GigabitEthernet0/0/1',
      'description other',
      'no ip address',
      'ntp server 10.9.9.9',
    );
    const { output } = await run('cisco-ios', 'show running-config interface GigabitEthernet0/0/1');
    expect(output).toBe('interface GigabitEthernet0/0/1\r\n description other\r\nend\r\n\r\n');
    expect((await run('cisco-ios', 'sh run | inc ntp')).output).toBe('ntp server 10.9.9.9\r\n');
    expect((await run('cisco-ios', 'show interfaces GigabitEthernet0/0/1')).output).toContain('Description: other');
  });

  it('shows the mode in its prompt and the new name after hostname', async () => {
    const shell = await enabled();
    await shell.ask('conf t', `${name}(config)#`);
    await shell.ask('interface Loopback0', `${name}(config-if)#`);
    expect(await shell.ask('invalid thing', `${name}(config-if)#`)).toContain('% Invalid input');
    expect(await shell.ask('do show version', `${name}(config-if)#`)).toContain(`${name} uptime is`);
    await shell.ask('hostname other', 'other(config)#');
    await shell.ask(`hostname ${name}`, `${name}(config)#`);
    shell.type('\x1a');
    await shell.until(`${name}#`);
  });

  it('points at what it does not understand', async () => {
    const shell = await enabled();
    const answer = await shell.ask('show nonsense', `${name}#`);
    const [pointer = ''] = answer.split('\r\n');
    expect(pointer.indexOf('^')).toBe(`${name}#show `.length);
    expect((await run('cisco-ios', 'show nonsense')).exitStatus).toBe(0);
  });

  it('runs several lines of one exec', async () => {
    const { output } = await run(
      'cisco-ios',
      'configure terminal\nsnmp-server location here\nend\nshow running-config | include snmp',
    );
    expect(output).toContain('snmp-server location here\r\n');
  });

  it('gives megabytes when asked for tech-support', async () => {
    expect((await run('cisco-ios', 'show tech-support')).output.length).toBeGreaterThan(2_000_000);
  });

  async function enabled(): Promise<Shell> {
    const shell = await openShell('cisco-ios', `${name}>`);
    shell.type(`enable\r${fleet.enablePassword}\r`);
    await shell.until(`${name}#`);
    return shell;
  }

  async function configure(shell: Shell, ...lines: string[]): Promise<void> {
    shell.type(['configure terminal', ...lines, 'end', 'echo configured', ''].join('\r'));
    await shell.until(`\r\nconfigured\r\n${name}#`);
  }
});

describe('the others of its kind', () => {
  it.each([
    ['cisco-nxos', '#', '% Invalid command', 0],
    ['arista-eos', '>', '% Invalid input', 0],
    ['frr', '#', '% Unknown command: show nonsense', 1],
  ] as const)('%s has its own prompt and errors', async (platform, mark, error, status) => {
    const prompt = `${nameOf(platform)}${mark}`;
    const shell = await openShell(platform, prompt);
    expect(await shell.ask('show nonsense', prompt)).toContain(error);
    const failed = await run(platform, 'show nonsense');
    expect(failed.output).toContain(error);
    expect(failed.exitStatus).toBe(status);
  });

  it.each(PLATFORMS.filter((platform) => platform !== 'linux'))(
    '%s tells its version and serial number',
    async (platform) => {
      const index = PLATFORMS.indexOf(platform);
      const { output } = await run(platform, 'show version');
      expect(output).toContain(`SIM0000000${index + 1}`);
      expect(output.split('\r\n').length).toBeGreaterThan(2);
    },
  );
});

describe('juniper-junos', () => {
  const prompt = `admin@${nameOf('juniper-junos')}> `;
  const editing = `[edit]\r\nadmin@${nameOf('juniper-junos')}# `;

  it('makes a candidate effective by commit only', async () => {
    const shell = await openShell('juniper-junos', prompt);
    await shell.ask('configure', editing);
    await shell.ask('set interfaces ge-0/0/0 unit 0 family inet address 10.1.1.1/24', editing);
    await shell.ask('set interfaces ge-0/0/0 description "to the core"', editing);
    expect(await shell.ask('show | compare', editing)).toContain('+  interfaces ge-0/0/0 description "to the core";');
    expect((await run('juniper-junos', 'show configuration | display set')).output).not.toContain('10.1.1.1/24');
    expect(await shell.ask('commit', editing)).toContain('commit complete');
    const { output } = await run('juniper-junos', 'show configuration | display set');
    expect(output).toContain('set interfaces ge-0/0/0 unit 0 family inet address 10.1.1.1/24\r\n');
    const braces = (await run('juniper-junos', 'show configuration')).output;
    expect(braces).toContain(
      '        unit 0 {\r\n            family inet {\r\n                address 10.1.1.1/24;\r\n',
    );
    await shell.ask('delete interfaces ge-0/0/0 description', editing);
    await shell.ask('rollback 0', editing);
    expect(await shell.ask('show | compare', editing)).toBe('');
    expect(await shell.ask('commit and-quit', prompt)).toContain('Exiting configuration mode');
  });

  it('takes its name from the configuration, and refuses what it does not know', async () => {
    const shell = await openShell('juniper-junos', prompt);
    expect(await shell.ask('nonsense', prompt)).toContain('unknown command');
    shell.type('configure\rset system host-name core\rcommit and-quit\r');
    await shell.until('admin@core> ');
    shell.type('configure\rset system host-name r-5\rcommit and-quit\r');
    await shell.until(prompt);
  });
});

it('goes on with a session when another one of the same device ends', async () => {
  const [one, two] = [await login('frr'), await login('frr')];
  const closed = once(one, 'close');
  one.end();
  await closed;
  expect((await exec(two, 'echo still here')).output).toBe('still here\r\n');
});
