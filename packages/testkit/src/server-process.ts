import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { atExit, killQuietly } from './at-exit.ts';

export interface ServerProcess {
  readonly pid: number;
  /** The fields of the log line that said it is ready. */
  readonly ready: Readonly<Record<string, unknown>>;
  /** Lines of its log so far, newest last; the oldest are dropped. */
  readonly lines: readonly string[];
  /** True until it has ended. */
  isAlive(): boolean;
  signal(signal: NodeJS.Signals): void;
  /** SIGTERM, or another; resolves with the exit code when it has ended, null when a signal ended it. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

export interface ServerProcessOptions {
  /** Folder below the root of the project, such as `apps/gateway`. */
  readonly workspace: string;
  readonly env: Readonly<Record<string, string>>;
  /** Message of the log line that says that it is ready. */
  readonly readyMessage: string;
  /** Told each line of its log, also those that are dropped later. */
  readonly onLine?: (line: string) => void;
}

const LINES_MAX = 5_000;
const READY_MS = 30_000;

/** Starts the built `main.js` of an app, as in production. Rejects with its last lines when it ends or hangs at start. */
export async function startServerProcess(options: ServerProcessOptions): Promise<ServerProcess> {
  const main = fileURLToPath(new URL(`../../../${options.workspace}/dist/main.js`, import.meta.url));
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(process.execPath, [main, '--exit-with-parent'], {
    env: { PATH, HOME, ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const forget = atExit(() => killQuietly(child.pid ?? 0));
  const lines: string[] = [];
  const exited = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  void exited.then(forget);
  const ready = await untilReady(child, lines, options);
  return {
    pid: child.pid ?? 0,
    ready,
    lines,
    isAlive: () => child.exitCode === null && child.signalCode === null,
    signal: (signal) => child.kill(signal),
    stop(signal = 'SIGTERM') {
      child.kill(signal);
      return exited;
    },
  };
}

function untilReady(
  child: ChildProcess,
  lines: string[],
  { workspace, readyMessage, onLine: tell }: ServerProcessOptions,
): Promise<Readonly<Record<string, unknown>>> {
  return new Promise((resolve, reject) => {
    const fail = (why: string) => reject(new Error(`${workspace} ${why}:\n${lines.slice(-20).join('\n')}`));
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      fail(`was not ready within ${READY_MS} ms`);
    }, READY_MS);
    child.once('exit', (code) => {
      clearTimeout(timer);
      fail(`ended at start with code ${code}`);
    });
    const onLine = (line: string) => {
      lines.push(line);
      tell?.(line);
      if (lines.length > LINES_MAX) lines.shift();
      if (!line.includes(readyMessage)) return;
      clearTimeout(timer);
      resolve(JSON.parse(line) as Record<string, unknown>);
    };
    readLines(child, onLine);
  });
}

function readLines(child: ChildProcess, onLine: (line: string) => void): void {
  for (const stream of [child.stdout, child.stderr]) {
    let rest = '';
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      const parts = (rest + chunk).split('\n');
      rest = parts.pop() ?? '';
      for (const line of parts) onLine(line);
    });
  }
}
