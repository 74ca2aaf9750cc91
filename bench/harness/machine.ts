import { execFileSync } from 'node:child_process';
import { cpus, totalmem } from 'node:os';
import type { Bench } from './bench.ts';
import { ROOT } from './bench.ts';

export interface Machine {
  readonly cpus: number;
  readonly model: string;
  /** Gibibytes. */
  readonly memory: number;
  readonly node: string;
  readonly redis: string;
  readonly aof: string;
  readonly date: string;
  readonly commit: string;
}

export function describeMachine({ node, redis }: Bench): Machine {
  const processors = cpus();
  return {
    cpus: processors.length,
    model: processors[0]?.model.trim() ?? 'unknown',
    memory: Math.round(totalmem() / 2 ** 30),
    node: node.version,
    redis: redis.version,
    aof: redis.aof,
    date: new Date().toISOString().slice(0, 10),
    commit: commit(),
  };
}

/** With a plus sign when the working copy is not what was committed. */
function commit(): string {
  const git = (...args: string[]): string =>
    execFileSync('git', args, { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  try {
    return git('rev-parse', '--short', 'HEAD') + (git('status', '--porcelain') === '' ? '' : '+');
  } catch {
    return 'uncommitted';
  }
}
