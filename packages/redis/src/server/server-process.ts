import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { extname } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { AppError } from '@runyard/domain';
import { askRedis } from './ask-redis.ts';
import type { RedisServerKind } from './find-redis-server.ts';

/** How one kind of server is started. */
export interface ServerProgram {
  readonly kind: RedisServerKind;
  readonly command: string;
  args(port: number): readonly string[];
}

/** More arguments for the program, given the port it is tried on: a second port must move with the first. */
export type ExtraArgs = readonly string[] | ((port: number) => readonly string[]);

const LOG_LINES_MAX = 20;
const PORT_BUSY = /Address already in use|EADDRINUSE|Failed listening on port/i;

/** Thrown while starting when somebody else has the port. */
export class PortBusyError extends Error {}

/** The program that stores its data in the folder. */
export function realServer(
  { kind, program }: { kind: 'redis-server' | 'valkey-server'; program: string },
  folder: string,
  appendOnly: boolean,
  extraArgs: ExtraArgs,
): ServerProgram {
  const settings: Readonly<Record<string, string>> = {
    bind: '127.0.0.1',
    'protected-mode': 'yes',
    daemonize: 'no',
    dir: folder,
    logfile: '',
    save: '',
    appendonly: appendOnly ? 'yes' : 'no',
    appendfsync: 'everysec',
    'maxmemory-policy': 'noeviction',
    // Records of small runs and queue jobs stay compact: a third less memory. The old name, which all versions know.
    'hash-max-ziplist-value': '1024',
  };
  const fixed = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
  const extraFor = typeof extraArgs === 'function' ? extraArgs : () => extraArgs;
  return { kind, command: program, args: (port) => [...fixed, '--port', String(port), ...extraFor(port)] };
}

/** The program in JavaScript. From source, as in tests, it needs tsx to be read. */
export function jsServer(): ServerProgram {
  const extension = extname(import.meta.url);
  const main = fileURLToPath(new URL(`./js-redis-main${extension}`, import.meta.url));
  const loader = extension === '.ts' ? ['--import', createRequire(import.meta.url).resolve('tsx')] : [];
  return { kind: 'js-redis-server', command: process.execPath, args: (port) => [...loader, main, String(port)] };
}

/**
 * Starts the program and resolves when it answers PING. Rejects with PortBusyError, or with PROCESS_NOT_STARTED and
 * the last lines of its log.
 */
export async function startProcess(program: ServerProgram, port: number, timeoutMs: number): Promise<ChildProcess> {
  const child = spawn(program.command, program.args(port), {
    stdio: program.kind === 'js-redis-server' ? ['ignore', 'pipe', 'pipe', 'ipc'] : ['ignore', 'pipe', 'pipe'],
    // A group of its own: Ctrl-C in a terminal reaches us, and we stop Redis last.
    detached: true,
  });
  const tail: string[] = [];
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), timeoutMs);
  try {
    await isReady(child, tail, abort.signal);
    await askRedis(port, ['PING'], timeoutMs);
    return child;
  } catch (error) {
    await killChild(child);
    if (tail.some((line) => PORT_BUSY.test(line))) throw new PortBusyError(`Port ${port} is in use`);
    const log = tail.length > 0 ? ` Its last words:\n${tail.join('\n')}` : '';
    throw new AppError('PROCESS_NOT_STARTED', `${program.command} did not start.${log}`, { cause: error });
  } finally {
    clearTimeout(timer);
  }
}

/** The log is read as long as the process lives, so that its pipe never fills. */
function isReady(child: ChildProcess, tail: string[], signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const read = (line: string): void => {
      tail.push(line);
      if (tail.length > LOG_LINES_MAX) tail.shift();
      if (/Ready to accept connections/i.test(line)) resolve();
    };
    for (const stream of [child.stdout, child.stderr]) if (stream) createInterface(stream).on('line', read);
    child.on('error', reject);
    // `close` and not `exit`: only then was the whole log read.
    child.on('close', (code, exitSignal) => reject(new Error(`It ended with ${exitSignal ?? code}`)));
    signal.addEventListener('abort', () => reject(new Error('It was not ready in time')));
  });
}

export async function killChild(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}
