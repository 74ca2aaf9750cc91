import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { systemErrorCode } from '../system-error.ts';

/** A file that says which process uses something. It is given free when that process dies, however it dies. */
export interface ProcessLock {
  release(): void;
}

interface Owner {
  readonly pid: number;
  /** When that process began, as the system counts, because pids are used again. Empty where it cannot be known. */
  readonly began: string;
}

const WRITING_MS_MAX = 5_000;
const TRIES_MAX = 5;

/** Takes the lock, or returns the pid of the process that holds it. The lock of a dead process is taken over. */
export function takeProcessLock(file: string): ProcessLock | number {
  const mine = JSON.stringify({ pid: process.pid, began: beganAt(process.pid) } satisfies Owner);
  for (let tries = 0; ; tries += 1) {
    try {
      writeFileSync(file, mine, { flag: 'wx', mode: 0o600 });
      return { release: () => releaseOwn(file, mine) };
    } catch (error) {
      if (systemErrorCode(error) !== 'EEXIST') throw error;
    }
    const text = read(file);
    if (text === undefined) continue;
    const owner = parse(text);
    if (owner ? isRunning(owner) : isBeingWritten(file)) return owner?.pid ?? 0;
    if (tries >= TRIES_MAX) return owner?.pid ?? 0;
    moveAway(file, text);
  }
}

/** True when a live process holds the lock. */
export function isOwnerAlive(file: string): boolean {
  const owner = parse(read(file) ?? '');
  return owner !== undefined && isRunning(owner);
}

function releaseOwn(file: string, mine: string): void {
  if (read(file) === mine) rmSync(file, { force: true });
}

/** Only what was judged dead is removed: when another process was quicker, its lock is put back. */
function moveAway(file: string, judged: string): void {
  const aside = `${file}.${process.pid}.stale`;
  try {
    renameSync(file, aside);
    if (readFileSync(aside, 'utf8') === judged) rmSync(aside);
    else renameSync(aside, file);
  } catch (error) {
    if (systemErrorCode(error) !== 'ENOENT') throw error;
  }
}

function isRunning({ pid, began }: Owner): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it is there and belongs to somebody else.
    if (systemErrorCode(error) !== 'EPERM') return false;
  }
  return began === '' || began === beganAt(pid);
}

/** The start time in /proc, which stays the same as long as the process lives. Empty on systems without it. */
function beganAt(pid: number): string {
  const stat = read(`/proc/${pid}/stat`);
  // The name in the second field may hold spaces and brackets; the start time is the 20th field after it.
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}

function isBeingWritten(file: string): boolean {
  try {
    return Date.now() - statSync(file).mtimeMs < WRITING_MS_MAX;
  } catch {
    return false;
  }
}

function parse(text: string): Owner | undefined {
  try {
    const { pid, began } = JSON.parse(text) as Partial<Owner>;
    // Signal 0 to pid 0 or a negative one would ask about groups of processes.
    return Number.isInteger(pid) && Number(pid) > 0 ? { pid: Number(pid), began: String(began ?? '') } : undefined;
  } catch {
    return undefined;
  }
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
