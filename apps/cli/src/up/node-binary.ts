import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** The Node that gateway and workers run on. */
export interface NodeBinary {
  readonly command: string;
  readonly version: string;
  /** True when it comes from node_modules and not from the machine. */
  readonly isBundled: boolean;
}

/** From this version on Express costs a third of what it costs before. */
const FAST_MAJOR = 22;
const TRY_MS_MAX = 10_000;

/**
 * This process's own Node, or the newer one in node_modules when ours is slow for Express and that one runs on this
 * system (its package is optional, and a binary may not fit the C library).
 */
export async function chooseNode(
  projectRoot: string,
  own: { readonly command: string; readonly version: string } = ownNode(),
): Promise<NodeBinary> {
  const packages = join(projectRoot, 'node_modules');
  // npm puts the binaries of packages before those of the machine: then we run on it ourselves.
  if (majorOf(own.version) >= FAST_MAJOR) return { ...own, isBundled: own.command.startsWith(packages) };
  const command = join(packages, `node-${process.platform}-${process.arch}`, 'bin', 'node');
  try {
    const { stdout } = await promisify(execFile)(command, ['--version'], { timeout: TRY_MS_MAX });
    const version = stdout.trim().replace(/^v/, '');
    if (majorOf(version) >= FAST_MAJOR) return { command, version, isBundled: true };
  } catch {
    // Not there, or not made for this system.
  }
  return { ...own, isBundled: false };
}

function ownNode(): { command: string; version: string } {
  return { command: process.execPath, version: process.versions.node };
}

function majorOf(version: string): number {
  return Number(version.split('.')[0]);
}
