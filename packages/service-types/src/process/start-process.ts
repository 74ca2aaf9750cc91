import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { type AppError, deviceError } from '@runyard/domain';
import { startTurn } from './start-turn.ts';
import { systemErrorCode } from './system-error.ts';

/** What Linux allows for one argument or variable, in bytes with the zero at its end. */
const ARGUMENT_BYTES_MAX = 128 * 1024;
const SHOWN_CHARS_MAX = 60;

export interface StartOptions {
  /** An absolute path, or a bare name that is looked up on the PATH of `env`. */
  readonly file: string;
  readonly args: readonly string[];
  /** The whole environment. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** Without it the program reads an empty input. */
  readonly stdin?: string | Uint8Array;
}

/** A program that was started. Its output can be read; its input is taken care of. */
export type StartedProcess = ChildProcess & {
  readonly pid: number;
  readonly stdout: Readable;
  readonly stderr: Readable;
};

/**
 * Starts a program in a process group of its own, never through a shell. Rejects with PROCESS_NOT_STARTED.
 * Whoever leaves the group escapes the kill ladder, and is found by the mark in its environment.
 */
export async function startProcess({ file, args, env, cwd, stdin }: StartOptions): Promise<StartedProcess> {
  checkLengths(file, args, env);
  await startTurn();
  const child = spawnOrThrow({ file, args, env, cwd, ...(stdin === undefined ? {} : { stdin }) });
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.on('error', (cause) => reject(notStarted(file, cause)));
  });
  if (!isStarted(child)) throw notStarted(file, undefined);
  // A program may close its input early or never read it: that is its right, and EPIPE no failure.
  child.stdin?.on('error', () => undefined);
  child.stdin?.end(stdin);
  return child;
}

/** The system says only that something is too long; here it is said what. */
function checkLengths(file: string, args: readonly string[], env: Readonly<Record<string, string>>): void {
  for (const [index, argument] of args.entries()) {
    const before = args[index - 1];
    const shown = argument.startsWith('-') || before === undefined ? argument : `${before} ${argument}`;
    checkLength(file, argument, `argument ${index + 1} (${shown.slice(0, SHOWN_CHARS_MAX)}…)`, 0);
  }
  for (const [name, value] of Object.entries(env)) checkLength(file, value, `the variable ${name}`, name.length + 1);
}

function checkLength(file: string, value: string, what: string, moreBytes: number): void {
  // No character has more than three bytes for each of its units: most values need not be measured.
  if (value.length * 3 + moreBytes < ARGUMENT_BYTES_MAX) return;
  const sizeBytes = Buffer.byteLength(value) + moreBytes;
  if (sizeBytes < ARGUMENT_BYTES_MAX) return;
  throw deviceError(
    'PROCESS_NOT_STARTED',
    `'${file}' could not be started: ${what} has ${sizeBytes} bytes, and the system allows ${ARGUMENT_BYTES_MAX - 1} for one`,
  );
}

function spawnOrThrow({ file, args, env, cwd, stdin }: StartOptions): ChildProcess {
  try {
    return spawn(file, args, {
      cwd,
      env,
      detached: true,
      shell: false,
      stdio: [stdin === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    });
  } catch (cause) {
    throw notStarted(file, cause);
  }
}

function isStarted(child: ChildProcess): child is StartedProcess {
  return child.pid !== undefined && child.stdout !== null && child.stderr !== null;
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such program',
  EACCES: 'permission denied; is the file executable?',
  E2BIG: 'its arguments and environment are longer than the system allows',
  ERR_INVALID_ARG_VALUE: 'an argument or a variable holds a NUL character',
  EMFILE: 'the worker has too many open files',
  EAGAIN: 'the system has too many processes',
};

function notStarted(file: string, cause: unknown): AppError {
  const code = systemErrorCode(cause) ?? 'unknown reason';
  return deviceError('PROCESS_NOT_STARTED', `'${file}' could not be started: ${REASONS[code] ?? code}`, cause);
}
