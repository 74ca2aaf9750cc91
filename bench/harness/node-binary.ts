import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

export interface NodeBinary {
  readonly path: string;
  /** Such as `24.21.0`. */
  readonly version: string;
  /** What must stand before a TypeScript file. */
  readonly typescriptArgs: readonly string[];
}

/** The Node binary for every measured process, ours and theirs: the newest at hand unless one is named. */
export function findNode(named: string | null): NodeBinary {
  if (named !== null) return describe(named);
  const carried = fileURLToPath(
    new URL(`../../node_modules/node-${process.platform}-${process.arch}/bin/node`, import.meta.url),
  );
  const candidates = [process.execPath, ...(existsSync(carried) ? [carried] : [])].map(describe);
  return candidates.reduce((newest, each) => (major(each) > major(newest) ? each : newest));
}

function describe(path: string): NodeBinary {
  const version = execFileSync(path, ['--version'], { encoding: 'utf8' }).trim().replace(/^v/, '');
  const [first = 0, second = 0] = version.split('.').map(Number);
  const stripsTypes = first > 22 || (first === 22 && second >= 18);
  return {
    path,
    version,
    typescriptArgs: stripsTypes ? [] : ['--import', createRequire(import.meta.url).resolve('tsx')],
  };
}

function major({ version }: NodeBinary): number {
  return Number.parseInt(version, 10);
}
