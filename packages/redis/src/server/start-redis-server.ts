import type { ChildProcess } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { AppError } from '@runyard/domain';
import { askRedis } from './ask-redis.ts';
import { findRedisServer, installHint, type RedisServerKind } from './find-redis-server.ts';
import { FolderLock, inUse, isAlive, type LiveServer } from './folder-lock.ts';
import {
  type ExtraArgs,
  jsServer,
  killChild,
  PortBusyError,
  realServer,
  type ServerProgram,
  startProcess,
} from './server-process.ts';

export interface RedisServerOptions {
  /** Where its files and its lock are; created when missing, for this user only. */
  readonly folder: string;
  /** Exactly this port, or an error. 0 or absent: a free one. */
  readonly port?: number;
  /** This port or one of the next ones that is free. */
  readonly preferPort?: number;
  /** Keeps the data on disk, at most one second behind. True when absent; js-redis-server keeps nothing. */
  readonly appendOnly?: boolean;
  readonly extraArgs?: ExtraArgs;
  /** Which kinds may be used; all when absent. A real server always goes before js-redis-server. */
  readonly kinds?: readonly RedisServerKind[];
  /** Where programs are looked for, as in PATH; the usual folders when absent. */
  readonly path?: string;
  /** Use the server that a killed process left running in this folder. */
  readonly reuse?: boolean;
  /** For loading its data at start. */
  readonly startTimeoutMs?: number;
}

/**
 * A Redis for this machine, on loopback. The one who started it calls `stop`: a real server outlives a parent that was
 * killed, and is found again by `reuse`; js-redis-server ends with its parent.
 */
export interface RedisServer {
  readonly url: string;
  readonly port: number;
  readonly kind: RedisServerKind;
  readonly pid: number;
  /** True when it was running already. */
  readonly isReused: boolean;
  /** Calls back when the process ends without having been asked to. */
  onDeath(listener: () => void): void;
  /** Ends it, with its data on disk, and gives the folder free. Idempotent. */
  stop(): Promise<void>;
  /** SIGKILL, for tests. */
  kill(): Promise<void>;
  /** Starts it again, after a stop if it still runs, on the same port and folder. */
  restart(): Promise<void>;
}

// Below the ports that systems give to outgoing connections (from 32,768 on), so that after a restart the port is still
// free, and so is the one 10,000 above it, by which the nodes of a Redis Cluster talk to each other.
const FIRST_PORT = 10_000;
const LAST_PORT = 22_000;
const PORT_TRIES_MAX = 30;
const STOP_MS_MAX = 10_000;

/** Starts a Redis and resolves when it answers. Rejects with PROCESS_NOT_STARTED, which says why and what to do. */
export async function startRedisServer(options: RedisServerOptions): Promise<RedisServer> {
  const program = chooseProgram(options);
  const timeoutMs = options.startTimeoutMs ?? 120_000;
  const taken = await FolderLock.take(options.folder);
  if (!(taken instanceof FolderLock)) return reuseServer(options, taken, program, timeoutMs);
  try {
    const { child, port } = await startOnPort(program, options, timeoutMs);
    const server = new OwnServer({ program, port, folder: options.folder, startTimeoutMs: timeoutMs }, taken);
    await server.attach(child);
    return server;
  } catch (error) {
    await taken.release();
    throw error;
  }
}

function chooseProgram({ folder, kinds, path, appendOnly, extraArgs }: RedisServerOptions): ServerProgram {
  const isAllowed = (kind: RedisServerKind): boolean => kinds?.includes(kind) ?? true;
  const real = findRedisServer(path);
  if (real && isAllowed(real.kind)) return realServer(real, folder, appendOnly ?? true, extraArgs ?? []);
  if (isAllowed('js-redis-server')) return jsServer();
  throw new AppError('PROCESS_NOT_STARTED', `There is no Redis on this machine: ${installHint(path)}`);
}

async function startOnPort(
  program: ServerProgram,
  { port, preferPort }: RedisServerOptions,
  timeoutMs: number,
): Promise<{ child: ChildProcess; port: number }> {
  for (let attempt = 0; ; attempt += 1) {
    const candidate = port || (preferPort ? preferPort + attempt : randomInt(FIRST_PORT, LAST_PORT));
    try {
      return { child: await startProcess(program, candidate, timeoutMs), port: candidate };
    } catch (error) {
      if (!(error instanceof PortBusyError)) throw error;
      if (port || attempt >= PORT_TRIES_MAX || candidate >= 65_535) {
        throw new AppError('PROCESS_NOT_STARTED', `Redis could not be started: port ${candidate} is in use.`);
      }
    }
  }
}

async function reuseServer(
  { folder, reuse }: RedisServerOptions,
  live: LiveServer,
  program: ServerProgram,
  timeoutMs: number,
): Promise<RedisServer> {
  const where = `process ${live.pid} on port ${live.port}`;
  if (!reuse) throw inUse(folder, where);
  if (!live.isOrphan) throw inUse(folder, `${where}, started by process ${live.ownerPid} which still runs`);
  await askRedis(live.port, ['PING'], timeoutMs);
  const lock = await FolderLock.adopt(folder, live);
  const again = { program: { ...program, kind: live.kind }, port: live.port, folder, startTimeoutMs: timeoutMs };
  return new OwnServer(again, lock, live.pid);
}

/** All that a restart needs to know. */
interface StartAgain {
  readonly program: ServerProgram;
  readonly port: number;
  readonly folder: string;
  readonly startTimeoutMs: number;
}

/** States: running (a child of ours, or a reused process), stopped, dead. Only `restart` leads back to running. */
class OwnServer implements RedisServer {
  readonly isReused: boolean;
  readonly #again: StartAgain;
  readonly #onDeath = new Set<() => void>();
  #lock: FolderLock | undefined;
  #child: ChildProcess | undefined;
  #reusedPid: number | undefined;
  #isWanted = true;

  constructor(again: StartAgain, lock: FolderLock, reusedPid?: number) {
    this.#again = again;
    this.#lock = lock;
    this.#reusedPid = reusedPid;
    this.isReused = reusedPid !== undefined;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  get port(): number {
    return this.#again.port;
  }

  get kind(): RedisServerKind {
    return this.#again.program.kind;
  }

  get pid(): number {
    return this.#child?.pid ?? this.#reusedPid ?? 0;
  }

  onDeath(listener: () => void): void {
    this.#onDeath.add(listener);
  }

  async attach(child: ChildProcess): Promise<void> {
    this.#child = child;
    this.#isWanted = true;
    child.on('exit', () => {
      if (this.#isWanted && this.#child === child) for (const listener of this.#onDeath) listener();
    });
    await this.#lock?.record(this);
  }

  async stop(): Promise<void> {
    await this.#end('SIGTERM');
    await this.#lock?.release();
    this.#lock = undefined;
  }

  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  async restart(): Promise<void> {
    await this.#end('SIGTERM');
    const { program, port, folder, startTimeoutMs } = this.#again;
    const lock = this.#lock ?? (await FolderLock.take(folder));
    if (!(lock instanceof FolderLock)) throw inUse(folder, `process ${lock.pid} on port ${lock.port}`);
    this.#lock = lock;
    await this.attach(await startProcess(program, port, startTimeoutMs));
  }

  async #end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    this.#isWanted = false;
    if (this.#child) await endChild(this.#child, signal);
    if (this.#reusedPid !== undefined) await endForeign(this.#reusedPid, signal);
    // Its pid may belong to somebody else from now on.
    this.#reusedPid = undefined;
  }
}

async function endChild(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill(signal);
  const timer = setTimeout(() => void killChild(child), STOP_MS_MAX);
  await exited;
  clearTimeout(timer);
}

/** A reused server is not our child, so its end can only be seen by looking. */
async function endForeign(pid: number, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  const endMs = Date.now() + STOP_MS_MAX;
  trySignal(pid, signal);
  while (isAlive(pid)) {
    if (Date.now() > endMs) trySignal(pid, 'SIGKILL');
    await pause(20);
  }
}

function trySignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended already.
  }
}
