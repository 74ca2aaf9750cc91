import { randomBytes } from 'node:crypto';
import { mkdir, open, readFile, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import path from 'node:path';
import { systemErrorCode } from '../process/system-error.ts';

const LOOK_AGAIN_MS = 100;
/** A lock file without a readable owner is one whose writer died between two system calls. */
const EMPTY_MS = 5_000;
/** Whether an owner on another machine, or in another container, still lives cannot be seen: no work takes so long. */
const FOREIGN_MS = 30 * 60_000;

/**
 * Does the work while no other process does work under the same file. The lock of a process that died is taken over.
 * Rejects with the reason of the signal when that fires while it waits.
 */
export async function withFileLock<Value>(
  file: string,
  signal: AbortSignal,
  work: () => Promise<Value>,
): Promise<Value> {
  await mkdir(path.dirname(file), { recursive: true });
  const owner = `${hostname()} ${process.pid} ${randomBytes(6).toString('hex')}`;
  while (!(await take(file, owner))) {
    const other = await readFile(file, 'utf8').catch(() => null);
    const isFree = other !== null && (await isAbandoned(file, other)) && (await removeAbandoned(file, other));
    if (!isFree) await pause(LOOK_AGAIN_MS, signal);
  }
  try {
    return await work();
  } finally {
    await remove(file, owner);
  }
}

async function take(file: string, owner: string): Promise<boolean> {
  try {
    const handle = await open(file, 'wx');
    await handle.writeFile(owner);
    await handle.close();
    return true;
  } catch (error) {
    if (systemErrorCode(error) === 'EEXIST') return false;
    throw error;
  }
}

/** Lets go of a lock in hand. Nobody takes it over meanwhile, because its owner lives. */
async function remove(file: string, owner: string): Promise<void> {
  if ((await readFile(file, 'utf8').catch(() => null)) === owner) await rm(file, { force: true });
}

/**
 * Takes the lock of a dead owner away, if it still is his. One process does that at a time: between the look and the
 * removal another could have removed it and taken the lock, which would be removed then. False when another is at it.
 */
async function removeAbandoned(file: string, owner: string): Promise<boolean> {
  const guard = `${file}.takeover`;
  if (!(await take(guard, ''))) {
    // Its owner died in there: the next look finds it gone.
    if (await isOlder(guard, EMPTY_MS)) await rm(guard, { force: true });
    return false;
  }
  try {
    await remove(file, owner);
    return true;
  } finally {
    await rm(guard, { force: true });
  }
}

async function isAbandoned(file: string, owner: string): Promise<boolean> {
  const [host, pid] = owner.split(' ');
  const isHere = host === hostname() && Number(pid) > 0;
  if (isHere) return !isAlive(Number(pid));
  return isOlder(file, owner === '' ? EMPTY_MS : FOREIGN_MS);
}

async function isOlder(file: string, ageMs: number): Promise<boolean> {
  const madeAtMs = await stat(file).then(
    (stats) => stats.mtimeMs,
    () => Date.now(),
  );
  return Date.now() - madeAtMs > ageMs;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemErrorCode(error) !== 'ESRCH';
  }
}

function pause(delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', abort);
      resolve();
    }, delayMs);
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
  });
}
