import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Bench, ROOT } from './bench.ts';
import type { Child } from './child-process.ts';

const MAIN = join(ROOT, 'packages', 'testkit', 'dist', 'devices', 'main.js');
const READY_MS_MAX = 60_000;

export interface FleetDevice {
  readonly name: string;
  readonly address: string;
  readonly port: number;
}

/** Simulated devices that answer on SSH, and the files that OpenSSH and its likes need to reach them. */
export interface Fleet {
  readonly child: Child;
  readonly latencyMs: number;
  readonly devices: readonly FleetDevice[];
  readonly username: string;
  readonly privateKey: string;
  readonly privateKeyFile: string;
  /** An ssh_config with a host for each device. */
  readonly configFile: string;
}

/** Options of `ssh` for a fleet whose keys nobody knows and for which nothing is remembered. */
export const SSH_OPTIONS = [
  'StrictHostKeyChecking=no',
  'UserKnownHostsFile=/dev/null',
  'IdentitiesOnly=yes',
  'BatchMode=yes',
  'LogLevel=ERROR',
] as const;

export async function startFleet(bench: Bench, count: number, latencyMs: number): Promise<Fleet> {
  const privateKeyFile = join(bench.folder, `fleet-key-${count}-${latencyMs}`);
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'bench', '-f', privateKeyFile]);
  const args = ['--count', String(count), '--latency', String(latencyMs), '--platforms', 'cisco-ios', '--json'];
  const child = bench.program('devices', [
    MAIN,
    ...args,
    '--authorized-key',
    `${privateKeyFile}.pub`,
    '--exit-with-parent',
  ]);
  const { username, devices } = await readyLine(child);
  const configFile = join(bench.folder, `ssh-config-${count}-${latencyMs}`);
  const fleet = { child, latencyMs, devices, username, privateKeyFile, configFile };
  writeFileSync(configFile, sshConfig(fleet));
  return { ...fleet, privateKey: readFileSync(privateKeyFile, 'utf8') };
}

interface Ready {
  readonly username: string;
  readonly devices: readonly FleetDevice[];
}

async function readyLine(child: Child): Promise<Ready> {
  const endMs = Date.now() + READY_MS_MAX;
  for (;;) {
    const line = child.output().find((text) => text.startsWith('{"event":"ready"'));
    if (line) return JSON.parse(line) as Ready;
    if (!child.isRunning || Date.now() > endMs) throw new Error(`the fleet did not start: ${child.tail()}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function sshConfig({ devices, username, privateKeyFile }: Omit<Fleet, 'privateKey'>): string {
  const hosts = devices.map(({ name, port }) => `Host ${name}\n  Port ${port}\n`);
  const all = ['HostName 127.0.0.1', `User ${username}`, `IdentityFile ${privateKeyFile}`, ...SSH_OPTIONS];
  return `${hosts.join('')}Host *\n${all.map((line) => `  ${line.replace('=', ' ')}\n`).join('')}`;
}
