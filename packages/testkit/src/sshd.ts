import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { atExit, killQuietly } from './at-exit.ts';
import { freePort } from './free-port.ts';
import { descendants } from './processes.ts';
import { tempFolder } from './temp-folder.ts';

export interface SshdOptions {
  /** Public keys that may log in, as in authorized_keys, without a key of its own the one that it makes. */
  readonly authorizedKeys?: readonly string[];
  /** Runs instead of what the client asks for; the client's command is in SSH_ORIGINAL_COMMAND. */
  readonly forceCommand?: string;
  /** Further lines of sshd_config. */
  readonly settings?: readonly string[];
}

/** A real OpenSSH server of this user on a private port. */
export interface Sshd {
  readonly address: string;
  readonly port: number;
  readonly username: string;
  /** A private key that may log in, and the file it stands in. */
  readonly privateKey: string;
  readonly privateKeyFile: string;
  /** One line as in known_hosts, without the host. */
  readonly hostKey: string;
  /** Ends the server and every session. */
  stop(): Promise<void>;
}

const SSHD = '/usr/sbin/sshd';
const PORT_TRIES_MAX = 10;
const run = promisify(execFile);

/** Starts sshd with keys made for it and resolves when it listens. */
export async function startSshd({ authorizedKeys = [], forceCommand, settings = [] }: SshdOptions = {}): Promise<Sshd> {
  // As root, sshd wants this folder, and packages make it only when they start their service.
  if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true, mode: 0o755 });
  const folder = await tempFolder('runyard-sshd-');
  const [hostKeyFile, privateKeyFile] = [join(folder.path, 'host-key'), join(folder.path, 'user-key')];
  for (const file of [hostKeyFile, privateKeyFile]) {
    await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'test', '-f', file]);
  }
  const ownKey = await readFile(`${privateKeyFile}.pub`, 'utf8');
  const keysFile = join(folder.path, 'authorized-keys');
  await writeFile(keysFile, [ownKey.trim(), ...authorizedKeys, ''].join('\n'), { mode: 0o600 });
  const config = join(folder.path, 'sshd-config');
  const lines = [
    'ListenAddress 127.0.0.1',
    `HostKey ${hostKeyFile}`,
    `AuthorizedKeysFile ${keysFile}`,
    'StrictModes no',
    'UsePAM no',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'PermitRootLogin prohibit-password',
    'MaxStartups 500',
    'MaxSessions 100',
    'PidFile none',
    'Subsystem sftp internal-sftp',
    ...(forceCommand === undefined ? [] : [`ForceCommand ${forceCommand}`]),
    ...settings,
  ];
  await writeFile(config, `${lines.join('\n')}\n`);
  const { child, port } = await startOnFreePort(config);
  const forget = atExit(() => killQuietly(child.pid ?? 0));
  return {
    address: '127.0.0.1',
    port,
    username: userInfo().username,
    privateKey: await readFile(privateKeyFile, 'utf8'),
    privateKeyFile,
    hostKey: (await readFile(`${hostKeyFile}.pub`, 'utf8')).split(' ').slice(0, 2).join(' '),
    stop: async () => {
      await end(child);
      forget();
      await folder.remove();
    },
  };
}

async function startOnFreePort(config: string): Promise<{ child: ChildProcess; port: number }> {
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort();
    const child = spawn(SSHD, ['-D', '-e', '-f', config, '-p', String(port)], { stdio: ['ignore', 'ignore', 'pipe'] });
    const said: string[] = [];
    const isListening = await new Promise<boolean>((resolve) => {
      if (child.stderr) {
        createInterface(child.stderr).on('line', (line) => {
          if (said.length < 20) said.push(line);
          if (line.includes('Server listening on')) resolve(true);
        });
      }
      child.on('error', (error) => said.push(error.message));
      child.on('close', () => resolve(false));
    });
    if (isListening) return { child, port };
    const isBusy = said.some((line) => line.includes('Address already in use'));
    if (!isBusy || attempt === PORT_TRIES_MAX) throw new Error(`sshd did not start:\n${said.join('\n')}`);
  }
}

/** Sessions are processes of their own, which outlive the listener. */
async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const exited = once(child, 'exit');
  const sessions = descendants(child.pid);
  child.kill('SIGKILL');
  for (const { pid } of sessions) killQuietly(pid);
  await exited;
}
