import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Bench } from '../harness/bench.ts';
import { type Fleet, SSH_OPTIONS } from '../harness/fleet.ts';
import { findTool, runTool, type ToolCommand } from '../harness/tool.ts';

const COMMAND = 'show version';
const SYSTEM_PYTHON = '/usr/bin/python3';
const NETMIKO = fileURLToPath(new URL('../floors/netmiko-fleet.py', import.meta.url));

/** A tool of other people that does the same on the same fleet. */
export interface Peer {
  readonly name: string;
  /** The program that must be installed. */
  readonly program: string;
  /** How often what a device that answered leaves in the output is found there. */
  readonly answered: RegExp;
  /** Devices at once, without and with latency: what suits the tool best. */
  readonly parallel: readonly [near: number, far: number];
  readonly command: (fleet: Fleet, parallel: number, bench: Bench) => ToolCommand;
}

/** For tools that start a process for each device: more of them only make these slower. */
const PROCESSES = [64, 256] as const;
/** For a tool whose threads sleep most of the time. */
const SLEEPERS = [250, 250] as const;
const PER_OUTPUT = /^.*IOS.*Version.*$/gm;
const sshArgs = ({ privateKeyFile }: Fleet): string[] => [
  '-F', '/dev/null', '-i', privateKeyFile, ...SSH_OPTIONS.flatMap((option) => ['-o', option]),
]; // prettier-ignore

export const PEERS: readonly Peer[] = [
  {
    name: 'xargs ssh',
    program: 'xargs',
    answered: PER_OUTPUT,
    parallel: PROCESSES,
    command: (fleet, parallel) => ({
      command: 'xargs',
      args: [
        '-P',
        String(parallel),
        '-I{}',
        'ssh',
        ...sshArgs(fleet),
        '-p',
        '{}',
        `${fleet.username}@127.0.0.1`,
        COMMAND,
      ],
      input: fleet.devices.map(({ port }) => `${port}\n`).join(''),
    }),
  },
  {
    name: 'parallel-ssh',
    program: 'parallel-ssh',
    answered: PER_OUTPUT,
    parallel: PROCESSES,
    command(fleet, parallel, { folder }) {
      const hosts = join(folder, `pssh-hosts-${fleet.latencyMs}`);
      writeFileSync(hosts, fleet.devices.map(({ port }) => `${fleet.username}@127.0.0.1:${port}\n`).join(''));
      const options = `-F /dev/null -i ${fleet.privateKeyFile} ${SSH_OPTIONS.map((option) => `-o ${option}`).join(' ')}`;
      const args = ['-h', hosts, '-p', String(parallel), '-t', '120', '-x', options, '-i', COMMAND];
      return { command: 'parallel-ssh', args };
    },
  },
  {
    name: 'pdsh',
    program: 'pdsh',
    answered: PER_OUTPUT,
    parallel: PROCESSES,
    command: ({ devices, configFile }, parallel) => ({
      command: 'pdsh',
      args: ['-R', 'ssh', '-f', String(parallel), '-w', devices.map(({ name }) => name).join(','), COMMAND],
      environment: { PDSH_SSH_ARGS: `-F ${configFile} %h` },
    }),
  },
  {
    name: 'clush',
    program: 'clush',
    answered: PER_OUTPUT,
    parallel: PROCESSES,
    command: ({ devices, configFile }, parallel) => ({
      command: 'clush',
      args: [
        '-f',
        String(parallel),
        '-o',
        `-F ${configFile}`,
        '-w',
        devices.map(({ name }) => name).join(','),
        COMMAND,
      ],
    }),
  },
  {
    name: 'netmiko',
    program: SYSTEM_PYTHON,
    answered: /^answered$/gm,
    parallel: SLEEPERS,
    command: ({ devices, username, privateKeyFile, latencyMs }, parallel) => ({
      command: SYSTEM_PYTHON,
      args: [NETMIKO],
      // Its quick mode does not find the prompt of a device that is far away.
      input: JSON.stringify({ devices, username, privateKeyFile, parallel, command: COMMAND, fast: latencyMs < 50 }),
    }),
  },
  {
    name: 'ansible-playbook raw',
    program: 'ansible-playbook',
    answered: /^changed: \[/gm,
    parallel: [64, 100],
    command(fleet, parallel, bench) {
      const playbook = join(bench.folder, 'playbook.yml');
      writeFileSync(playbook, `- hosts: all\n  gather_facts: false\n  tasks:\n    - raw: ${COMMAND}\n`);
      const args = ['-i', inventory(fleet, bench), '-f', String(parallel), playbook];
      return { command: 'ansible-playbook', args, environment: ansible(bench) };
    },
  },
  {
    name: 'ansible ad-hoc raw',
    program: 'ansible',
    answered: PER_OUTPUT,
    parallel: [64, 100],
    command(fleet, parallel, bench) {
      const args = ['all', '-i', inventory(fleet, bench), '-f', String(parallel), '-m', 'raw', '-a', COMMAND];
      return { command: 'ansible', args, environment: ansible(bench) };
    },
  },
];

function inventory({ devices, username, privateKeyFile, latencyMs }: Fleet, { folder }: Bench): string {
  const file = join(folder, `inventory-${latencyMs}`);
  const hosts = devices.map(({ name, port }) => `${name} ansible_port=${port}`);
  const all = ['ansible_host=127.0.0.1', `ansible_user=${username}`, `ansible_ssh_private_key_file=${privateKeyFile}`];
  writeFileSync(file, [...hosts, '[all:vars]', ...all, ''].join('\n'));
  return file;
}

/** Without masters that stay: each round connects anew, and one command for each device gains nothing by them. */
function ansible({ folder }: Bench): Record<string, string> {
  return {
    ANSIBLE_HOME: join(folder, 'ansible'),
    ANSIBLE_LOCAL_TEMP: join(folder, 'ansible-tmp'),
    ANSIBLE_HOST_KEY_CHECKING: 'False',
    ANSIBLE_SSH_ARGS: `-F /dev/null -o ControlMaster=no ${SSH_OPTIONS.map((option) => `-o ${option}`).join(' ')}`,
    ANSIBLE_DEPRECATION_WARNINGS: 'False',
    ANSIBLE_NOCOLOR: '1',
  };
}

/** Why this peer cannot be measured here, null when it can. */
export async function whyMissing(peer: Peer, bench: Bench): Promise<string | null> {
  if (peer.program !== SYSTEM_PYTHON) return findTool(peer.program) ? null : 'not installed';
  const { output } = await runTool(bench, { command: SYSTEM_PYTHON, args: ['-c', 'import netmiko; print("here")'] });
  return output.includes('here') ? null : 'not installed for /usr/bin/python3';
}

/** Devices a second of one go of this peer. Rejects when not nearly all devices answered. */
export async function runPeer(peer: Peer, fleet: Fleet, bench: Bench): Promise<number> {
  const command = peer.command(fleet, peer.parallel[fleet.latencyMs === 0 ? 0 : 1], bench);
  const { seconds, output } = await runTool(bench, command);
  const answered = output.match(peer.answered)?.length ?? 0;
  const { length } = fleet.devices;
  if (answered !== length) bench.say(`  ${peer.name}: ${answered} of ${length} devices answered`);
  if (answered < length * 0.9) throw new Error(`${peer.name} does not work here: ${output.slice(-500)}`);
  return answered / seconds;
}
