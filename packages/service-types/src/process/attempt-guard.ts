import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';

/** The variable by which a program and all that it starts are recognised, also when they leave its process group. */
export const ATTEMPT_VARIABLE = 'RUNYARD_ATTEMPT';

/**
 * Runs beside the worker and reads which process groups it has in hand. When the worker dies, however that happens, its
 * end of the pipe closes: then every group in hand, and whoever carries the worker's mark, is killed.
 */
const GUARD_SCRIPT = `
trap '' HUP INT TERM
groups=' '
while read -r change group; do
  case $change in
    +) groups="$groups$group " ;;
    -) case $groups in *" $group "*) groups="\${groups%% $group *} \${groups#* $group }" ;; esac ;;
  esac
done
for group in $groups; do kill -9 "-$group" 2>/dev/null; done
round=0
while [ $round -lt 20 ]; do
  round=$((round + 1))
  found=
  for file in $(grep -lasF "$1" /proc/[0-9]*/environ 2>/dev/null); do
    pid=\${file#/proc/}
    kill -9 "\${pid%/environ}" 2>/dev/null && found=1
  done
  [ -n "$found" ] || exit 0
done
`;

/** How often finished attempts are looked after, at most. */
const LATE_SWEEP_MS = 2_000;
/** Reads of /proc at once. */
const READS_AT_ONCE = 32;
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

const processMark = `${process.pid.toString(36)}${randomBytes(9).toString('hex')}`;
const inHand = new Set<number>();
const active = new Set<string>();
let numbers = 0;
let guard: ChildProcess | null = null;
let lateSweep: NodeJS.Timeout | undefined;

/** What one start of a program is known by, from before its start until nobody of it is left. */
export interface AttemptMark {
  readonly value: string;
  /** To be called with the leader of the group as soon as there is one. */
  started(leaderPid: number): void;
  /** Kills whoever carries the mark, and resolves when nobody is left or the system does not tell. */
  sweep(): Promise<void>;
  /** To be called last. Whoever still carries the mark is killed within seconds. */
  ended(): void;
}

export function createAttemptMark(): AttemptMark {
  numbers += 1;
  const value = `${processMark}.${numbers}.`;
  let leader: number | null = null;
  active.add(value);
  tellGuard('');
  return {
    value,
    started(leaderPid) {
      leader = leaderPid;
      inHand.add(leaderPid);
      tellGuard(`+ ${leaderPid}\n`);
    },
    sweep: () => sweepFor(value),
    ended() {
      active.delete(value);
      if (leader !== null) {
        inHand.delete(leader);
        tellGuard(`- ${leader}\n`);
      }
      lateSweep ??= setTimeout(() => {
        lateSweep = undefined;
        void killMarked((mark) => !active.has(mark));
      }, LATE_SWEEP_MS).unref();
    },
  };
}

/** A guard that was killed is started again, and told everything anew. */
function tellGuard(change: string): void {
  if (guard?.stdin?.writable && guard.exitCode === null && guard.signalCode === null) {
    if (change !== '') guard.stdin.write(change);
    return;
  }
  const started = spawn('/bin/sh', ['-c', GUARD_SCRIPT, 'runyard-guard', `${ATTEMPT_VARIABLE}=${processMark}.`], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
    env: { PATH },
    cwd: '/',
  });
  guard = started;
  started.on('error', () => (guard = guard === started ? null : guard));
  started.once('exit', () => (guard = guard === started ? null : guard));
  started.stdin?.on('error', () => undefined);
  started.unref();
  (started.stdin as unknown as { unref?: () => void } | null)?.unref?.();
  for (const group of inHand) started.stdin?.write(`+ ${group}\n`);
}

/** Looks at /proc in vain or not, after which a mark is given up. */
const ROUNDS_MAX = 10;

/** Marks whose carriers are to be killed, and who waits for that. */
const toSweep = new Map<string, { rounds: number; readonly done: () => void }>();
let sweeping: Promise<void> | null = null;

/** A look at /proc costs the same for one mark as for a thousand, so whoever asks meanwhile shares the next one. */
function sweepFor(mark: string): Promise<void> {
  return new Promise((done) => {
    toSweep.set(mark, { rounds: 0, done });
    sweeping ??= sweepAll().finally(() => (sweeping = null));
  });
}

/** Somebody may start a child between the look and the kill: so a mark is looked for until nobody carries it. */
async function sweepAll(): Promise<void> {
  while (toSweep.size > 0) {
    const wanted = new Map(toSweep);
    const killed = await killOnce((mark) => wanted.has(mark));
    for (const [mark, sweep] of wanted) {
      sweep.rounds += 1;
      if (killed.has(mark) && sweep.rounds < ROUNDS_MAX) continue;
      toSweep.delete(mark);
      sweep.done();
    }
  }
}

async function killMarked(isWanted: (mark: string) => boolean): Promise<void> {
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    if ((await killOnce(isWanted)).size === 0) return;
  }
}

/** One look; gives the marks of those that were killed. */
async function killOnce(isWanted: (mark: string) => boolean): Promise<ReadonlySet<string>> {
  const names = await readdir('/proc').catch(() => []);
  const pids = names.filter((name) => /^\d+$/.test(name));
  const killed = new Set<string>();
  for (let at = 0; at < pids.length; at += READS_AT_ONCE) {
    const marks = await Promise.all(
      pids.slice(at, at + READS_AT_ONCE).map(async (pid) => [pid, await markOf(pid)] as const),
    );
    for (const [pid, mark] of marks) {
      if (mark === null || !isWanted(mark)) continue;
      try {
        process.kill(Number(pid), 'SIGKILL');
        killed.add(mark);
      } catch {
        // It is gone, or changed its user and nobody here may kill it.
      }
    }
  }
  return killed;
}

/** The mark that a process carries, if it comes from this worker. The environment of a dead one is empty. */
async function markOf(pid: string): Promise<string | null> {
  const text = await readFile(`/proc/${pid}/environ`, 'latin1').catch(() => '');
  const start = `${ATTEMPT_VARIABLE}=`;
  const at = text.startsWith(start) ? 0 : text.indexOf(`\0${start}`) + 1;
  if (at === 0 && !text.startsWith(start)) return null;
  const end = text.indexOf('\0', at);
  const value = text.slice(at + start.length, end < 0 ? undefined : end);
  return value.startsWith(`${processMark}.`) ? value : null;
}
