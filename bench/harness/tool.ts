import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Bench } from './bench.ts';

const OUTPUT_BYTES_MAX = 64 * 1024 * 1024;
const TOOL_MS_MAX = 600_000;

export interface ToolCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** What it reads on standard input. */
  readonly input?: string;
}

export interface ToolAnswer {
  readonly seconds: number;
  readonly output: string;
}

/** Where a program is, null when it is not installed. */
export function findTool(name: string): string | null {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return join(folder, name);
    } catch {
      // It may be in the next one.
    }
  }
  return null;
}

/** Runs somebody else's tool to its end, in a process group that is gone afterwards. */
export function runTool(bench: Bench, { command, args, environment, input = '' }: ToolCommand): Promise<ToolAnswer> {
  return new Promise((resolve, reject) => {
    const env = { PATH: process.env.PATH, HOME: bench.folder, LC_ALL: 'C.UTF-8', ...environment };
    const startMs = performance.now();
    const child = spawn(command, args, { cwd: bench.folder, env, detached: true, stdio: ['pipe', 'pipe', 'pipe'] });
    const killGroup = (): void => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
      } catch {
        // The group has ended.
      }
    };
    process.once('exit', killGroup);
    const timer = setTimeout(killGroup, TOOL_MS_MAX);
    const chunks: Buffer[] = [];
    let sizeBytes = 0;
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        sizeBytes += chunk.length;
        if (sizeBytes <= OUTPUT_BYTES_MAX) chunks.push(chunk);
      });
    }
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
    child.on('error', reject);
    child.on('close', () => {
      const seconds = (performance.now() - startMs) / 1_000;
      clearTimeout(timer);
      killGroup();
      process.removeListener('exit', killGroup);
      resolve({ seconds, output: Buffer.concat(chunks).toString() });
    });
  });
}
