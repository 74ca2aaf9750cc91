import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, fstatSync, mkdirSync, openSync, readSync } from 'node:fs';
import { dirname } from 'node:path';
import { printable, shorten } from '../output/printable.ts';

/** What to start and where its output goes. */
export interface ProcessSpec {
  /** As the reader sees it, such as `worker fra`. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Appended to. */
  readonly logFile: string;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: string | null;
  /** The last lines that the process wrote, without the ordinary ones of its log. */
  readonly lastWords: readonly string[];
  readonly livedMs: number;
}

export interface RunningProcess {
  readonly pid: number;
  readonly exited: Promise<Exit>;
  /** Asks it to end and waits; ends it by force after the time. True when no force was needed. */
  stop(graceMs: number): Promise<boolean>;
  kill(): void;
}

const WORDS_BYTES_MAX = 8_192;
const WORDS_MAX = 6;
const WORD_LENGTH_MAX = 300;
/** Log lines, in either format, that do not tell why a process has ended. */
const ORDINARY = /^[\d:.TZ-]+ (info|debug) |^\{.*"level":"(info|debug)"/;

/**
 * Starts a process in a group of its own, so that Ctrl-C in a terminal reaches only us and we decide the order.
 * Its standard input is a pipe that nobody writes to: it closes when we die, and the process ends by itself.
 */
export function launch(spec: ProcessSpec): RunningProcess {
  const log = openLog(spec.logFile);
  const before = log === undefined ? 0 : fstatSync(log).size;
  const startedMs = Date.now();
  const child = spawn(spec.command, spec.args, {
    cwd: spec.cwd,
    env: spec.env,
    stdio: ['pipe', log ?? 'ignore', log ?? 'ignore'],
    detached: true,
  });
  if (log !== undefined) closeSync(log);
  child.stdin?.on('error', () => {});
  const exited = exitOf(child).then(({ code, signal, problem }) => ({
    code,
    signal,
    lastWords: problem === undefined ? lastWords(spec.logFile, before) : [problem],
    livedMs: Date.now() - startedMs,
  }));
  return {
    pid: child.pid ?? 0,
    exited,
    kill: () => void child.kill('SIGKILL'),
    async stop(graceMs) {
      let isForced = false;
      const timer = setTimeout(() => {
        isForced = true;
        child.kill('SIGKILL');
      }, graceMs);
      child.kill('SIGTERM');
      await exited;
      clearTimeout(timer);
      return !isForced;
    },
  };
}

function exitOf(
  child: ChildProcess,
): Promise<{ code: number | null; signal: string | null; problem?: string | undefined }> {
  return new Promise((resolve) => {
    child.on('error', (error) => {
      if (child.pid === undefined) resolve({ code: null, signal: null, problem: error.message });
    });
    child.on('exit', (code, signal) => resolve({ code, signal }));
  });
}

/** Without a log, as on a full disk, the process runs all the same. */
function openLog(file: string): number | undefined {
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    return openSync(file, 'a', 0o600);
  } catch {
    return undefined;
  }
}

/** What was written since the process began, from its end. */
function lastWords(file: string, before: number): string[] {
  let text: string;
  try {
    text = readEnd(file, before);
  } catch {
    // Somebody has removed the log.
    return [];
  }
  const lines = printable(text)
    .split('\n')
    .filter((line) => line.trim() !== '' && !ORDINARY.test(line));
  return lines.slice(-WORDS_MAX).map((line) => shorten(line, WORD_LENGTH_MAX));
}

function readEnd(file: string, before: number): string {
  const log = openSync(file, 'r');
  try {
    const { size } = fstatSync(log);
    // A log that is shorter than before was emptied meanwhile.
    const from = Math.max(size < before ? 0 : before, size - WORDS_BYTES_MAX);
    const buffer = Buffer.alloc(Math.max(0, size - from));
    readSync(log, buffer, 0, buffer.length, from);
    return buffer.toString('utf8');
  } finally {
    closeSync(log);
  }
}
