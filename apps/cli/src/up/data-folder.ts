import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { CliError } from '../cli-error.ts';
import { systemErrorCode } from '../system-error.ts';
import { type ProcessLock, takeProcessLock } from './process-lock.ts';

/** The folder in which one `up` keeps all it has, held until its lock is released. */
export interface DataFolder {
  readonly path: string;
  readonly lock: ProcessLock;
}

const FOLDERS_MAX = 100;

/** Takes the chosen folder, or the first of `.runyard/0`, `.runyard/1`, … that no other `up` uses. */
export function takeDataFolder(projectRoot: string, chosen: string | undefined): DataFolder {
  if (chosen !== undefined) {
    const path = resolve(chosen);
    const taken = tryFolder(path);
    if (typeof taken === 'object') return taken;
    throw new CliError(
      taken === 'forbidden'
        ? `The data folder ${path} cannot be written.`
        : `The data folder ${path} is used by another runyard up (process ${taken}).`,
    );
  }
  const parent = join(projectRoot, '.runyard');
  for (let number = 0; number < FOLDERS_MAX; number += 1) {
    const taken = tryFolder(join(parent, String(number)));
    if (typeof taken === 'object') return taken;
  }
  throw new CliError(`No data folder could be taken in ${parent}.`, undefined, ['Choose one with --data FOLDER.']);
}

function tryFolder(path: string): DataFolder | 'forbidden' | number {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    const lock = takeProcessLock(join(path, 'up.lock'));
    return typeof lock === 'number' ? lock : { path, lock };
  } catch (error) {
    // A folder of another user, such as one that root has made, is not ours.
    const code = systemErrorCode(error);
    if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') return 'forbidden';
    throw error;
  }
}
