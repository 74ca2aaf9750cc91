import { randomUUID } from 'node:crypto';
import { mkdir, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '@runyard/domain';
import { askRedis } from './ask-redis.ts';
import type { RedisServerKind } from './find-redis-server.ts';

/** What the lock file of a folder says: who started a server there, and the server once it runs. */
interface LockRecord {
  readonly ownerPid: number;
  readonly owner: string;
  readonly server?: LockedServer;
}

export interface LockedServer {
  readonly pid: number;
  readonly port: number;
  readonly kind: RedisServerKind;
}

/** A server that still runs in the folder, and whether whoever started it is still there. */
export interface LiveServer extends LockedServer {
  readonly ownerPid: number;
  readonly isOrphan: boolean;
}

/** Tells two processes apart that had the same pid one after the other, as in a restarted container. */
const owner = randomUUID();
const STARTING_MS_MAX = 60_000;
const TRIES_MAX = 5;

/** The lock of one folder: at most one server writes its files there. */
export class FolderLock {
  readonly #file: string;

  private constructor(file: string) {
    this.#file = file;
  }

  /** Takes the lock, or returns the server that runs there. A lock left behind by a dead server is taken over. */
  static async take(folder: string): Promise<FolderLock | LiveServer> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const file = join(folder, 'redis.lock');
    for (let attempt = 0; attempt < TRIES_MAX; attempt += 1) {
      if (await createNew(file, { ownerPid: process.pid, owner })) return new FolderLock(file);
      const text = await readFile(file, 'utf8').catch(() => null);
      if (text === null) continue;
      const live = await inspect(file, text);
      if (live) return live;
      await moveAway(file, text);
    }
    throw inUse(folder, 'others are starting a server there');
  }

  /** The lock of a server that was started by a process which is gone. */
  static async adopt(folder: string, server: LockedServer): Promise<FolderLock> {
    const lock = new FolderLock(join(folder, 'redis.lock'));
    await lock.record(server);
    return lock;
  }

  async record({ pid, port, kind }: LockedServer): Promise<void> {
    const draft = `${this.#file}.${owner}`;
    const text = JSON.stringify({ ownerPid: process.pid, owner, server: { pid, port, kind } } satisfies LockRecord);
    await writeFile(draft, text, { mode: 0o600 });
    await rename(draft, this.#file);
  }

  /** Gives the folder free, unless it is somebody else's by now. */
  async release(): Promise<void> {
    const text = await readFile(this.#file, 'utf8').catch(() => '');
    if (parse(text)?.owner === owner) await rm(this.#file, { force: true });
  }
}

export function inUse(folder: string, why: string): AppError {
  return new AppError('PROCESS_NOT_STARTED', `The folder ${folder} already has a Redis: ${why}.`);
}

async function createNew(file: string, record: LockRecord): Promise<boolean> {
  try {
    const handle = await open(file, 'wx', 0o600);
    await handle.writeFile(JSON.stringify(record));
    await handle.close();
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  }
}

/** The live server of a lock, null when nobody is behind it. Throws when a server starts, or hangs, just there. */
async function inspect(file: string, text: string): Promise<LiveServer | null> {
  const record = parse(text);
  if (!record?.server) {
    const ageMs = Date.now() - (await stat(file).catch(() => ({ mtimeMs: 0 }))).mtimeMs;
    const isTheirs = record === null || (isAlive(record.ownerPid) && !isEarlierSelf(record));
    if (ageMs < STARTING_MS_MAX && isTheirs) throw inUse(file, 'it is being started at this moment');
    return null;
  }
  const { server, ownerPid } = record;
  const isOrphan = !isAlive(ownerPid) || ownerPid === process.pid;
  if (await answersAs(server)) return { ...server, ownerPid, isOrphan };
  if (isAlive(server.pid) && (await looksLikeServer(server.pid))) {
    throw inUse(file, `process ${server.pid} on port ${server.port}, which does not answer; end it first`);
  }
  return null;
}

/** Only what was judged dead is moved: when another starter was quicker, its lock is put back. */
async function moveAway(file: string, judged: string): Promise<void> {
  const away = `${file}.${owner}.stale`;
  try {
    await rename(file, away);
    if ((await readFile(away, 'utf8')) === judged) await rm(away, { force: true });
    else await rename(away, file);
  } catch {
    // Somebody else moved it; the next try sees what is there now.
  }
}

function parse(text: string): LockRecord | null {
  try {
    const value = JSON.parse(text) as Partial<LockRecord> | null;
    const pids = [value?.ownerPid, ...(value?.server ? [value.server.pid, value.server.port] : [])];
    // Signals go to these pids: 0 and negative numbers would mean whole groups of processes.
    const isValid = typeof value?.owner === 'string' && pids.every((pid) => Number.isInteger(pid) && Number(pid) > 0);
    return isValid ? (value as LockRecord) : null;
  } catch {
    return null;
  }
}

function isEarlierSelf(record: LockRecord): boolean {
  return record.ownerPid === process.pid && record.owner !== owner;
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return hasCode(error, 'EPERM');
  }
}

function hasCode(error: unknown, code: string): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === code;
}

/** A pid is used again sooner or later, so the server itself is asked who it is. */
async function answersAs({ pid, port, kind }: LockedServer): Promise<boolean> {
  try {
    if (kind === 'js-redis-server') return isAlive(pid) && (await askRedis(port, ['PING'])) === 'PONG';
    return (await askRedis(port, ['INFO', 'server'])).includes(`process_id:${pid}\r\n`);
  } catch {
    return false;
  }
}

async function looksLikeServer(pid: number): Promise<boolean> {
  // Without /proc there is no telling: better to refuse than to have two servers write into one folder.
  const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => 'redis');
  return /redis|valkey/.test(command);
}
