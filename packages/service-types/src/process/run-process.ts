import { once } from 'node:events';
import { abortError } from './abort-error.ts';
import { ATTEMPT_VARIABLE, type AttemptMark, createAttemptMark } from './attempt-guard.ts';
import { createMask, type Mask } from './mask.ts';
import { createLines, createOutput, type Output } from './output.ts';
import { createKillLadder } from './process-group.ts';
import { type StartedProcess, type StartOptions, startProcess } from './start-process.ts';

type OutputStream = 'stdout' | 'stderr';

export interface ProcessOptions extends StartOptions {
  /** Kills the program. */
  readonly signal: AbortSignal;
  /** Kills the program too. */
  readonly timeoutMs?: number;
  /** Between the first signal and SIGKILL. */
  readonly graceMs: number;
  /** Output past the limit is read and thrown away, so that the program does not block. */
  readonly stdoutBytesMax: number;
  readonly stderrBytesMax: number;
  /** Gets each line as it is written, within the same limits. */
  readonly onLine?: (line: string, stream: OutputStream) => void;
  readonly killSignalFirst?: 'SIGTERM' | 'SIGINT';
  /** Texts that are hidden in outputs and lines. */
  readonly secrets?: readonly (string | undefined)[];
  /** It starts programs that leave its process group: they are looked for before its end counts as one. */
  readonly leavesGroup?: boolean;
}

export interface ProcessResult {
  /** Null when a signal ended the program. */
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly stdoutTruncated: boolean;
  readonly stderrTruncated: boolean;
  /** Milliseconds since the epoch. */
  readonly startedAtMs: number;
  readonly durationMs: number;
  /** It was killed because of `timeoutMs`. */
  readonly timedOut: boolean;
  /** It was killed because the signal fired. */
  readonly aborted: boolean;
}

/** How long children may go on writing to the pipes after the program has ended by itself. */
const LINGER_MS_MAX = 500;
const DRAIN_TICK_MS = 100;
const DRAIN_QUIET_TICKS = 5;
const DRAIN_TICKS_MAX = 50;

/**
 * Runs a program to its end and resolves when it and its process group are gone and its pipes are closed.
 * Rejects with PROCESS_NOT_STARTED, or with the reason of the signal when that fired before the start.
 */
export async function runProcess(options: ProcessOptions): Promise<ProcessResult> {
  const { signal } = options;
  if (signal.aborted) throw abortError(signal);
  const mark = createAttemptMark();
  try {
    return await runMarked(options, mark);
  } finally {
    mark.ended();
  }
}

async function runMarked(options: ProcessOptions, mark: AttemptMark): Promise<ProcessResult> {
  const startedAtMs = Date.now();
  const startedMs = performance.now();
  const { signal, timeoutMs, graceMs } = options;
  const child = await startProcess({ ...options, env: { ...options.env, [ATTEMPT_VARIABLE]: mark.value } });
  mark.started(child.pid);
  const ladder = createKillLadder(child.pid, options.killSignalFirst ?? 'SIGTERM', graceMs);
  const hide = createMask(options.secrets ?? []);
  const output = collect(child, options, hide);
  const exited = once(child, 'exit');
  const closed = once(child, 'close');

  let aborted = false;
  let timedOut = false;
  const abort = (): void => {
    aborted = !timedOut;
    ladder.begin();
  };
  signal.addEventListener('abort', abort, { once: true });
  if (signal.aborted) abort();
  const timer = timeoutMs === undefined ? undefined : setTimeout(timeOut, timeoutMs);
  function timeOut(): void {
    timedOut = !aborted;
    ladder.begin();
  }

  await exited;
  clearTimeout(timer);
  if (!ladder.hasBegun) await settles(closed, Math.min(graceMs, LINGER_MS_MAX));
  signal.removeEventListener('abort', abort);
  ladder.sweep();
  if (options.leavesGroup || aborted || timedOut) await mark.sweep();
  await drain(child, closed, output.receivedBytes);
  output.end();
  return {
    exitCode: child.exitCode,
    signal: child.signalCode,
    stdout: output.stdout.text(hide),
    stderr: output.stderr.text(hide),
    stdoutTruncated: output.stdout.isCut,
    stderrTruncated: output.stderr.isCut,
    startedAtMs,
    durationMs: Math.round(performance.now() - startedMs),
    timedOut,
    aborted,
  };
}

interface Collected {
  readonly stdout: Output;
  readonly stderr: Output;
  readonly receivedBytes: () => number;
  readonly end: () => void;
}

function collect(child: StartedProcess, options: ProcessOptions, hide: Mask): Collected {
  const { onLine } = options;
  let received = 0;
  const ends: (() => void)[] = [];
  const read = (stream: OutputStream, bytesMax: number): Output => {
    const output = createOutput(bytesMax);
    const lines = onLine ? createLines(bytesMax, (line) => onLine(line, stream), hide) : undefined;
    child[stream].on('error', () => undefined);
    child[stream].on('data', (chunk: Buffer) => {
      received += chunk.byteLength;
      output.add(chunk);
      lines?.add(chunk);
    });
    if (lines) ends.push(() => lines.end());
    return output;
  };
  const stdout = read('stdout', options.stdoutBytesMax);
  const stderr = read('stderr', options.stderrBytesMax);
  return { stdout, stderr, receivedBytes: () => received, end: () => ends.forEach((end) => end()) };
}

/**
 * Waits for the pipes to end. A process that left the group may hold them for ever: they are destroyed once nothing
 * has come for some ticks. Ticks instead of one long timer, because a paused worker must read before it gives up.
 */
async function drain(child: StartedProcess, closed: Promise<unknown>, receivedBytes: () => number): Promise<void> {
  let quietTicks = 0;
  for (let tick = 0; tick < DRAIN_TICKS_MAX && quietTicks < DRAIN_QUIET_TICKS; tick++) {
    const before = receivedBytes();
    if (await settles(closed, DRAIN_TICK_MS)) return;
    quietTicks = receivedBytes() === before ? quietTicks + 1 : 0;
  }
  for (const stream of [child.stdin, child.stdout, child.stderr]) stream?.destroy();
}

/** True when the promise settles within the time. */
async function settles(promise: Promise<unknown>, timeoutMs: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), timeoutMs);
  });
  const settled = promise.then(() => true as const);
  const isSettled = await Promise.race([settled, late]);
  clearTimeout(timer);
  return isSettled;
}
