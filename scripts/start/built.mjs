// Knows whether the build is as new as the sources.
import { existsSync, readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { workspaces } from '../workspaces.mjs';

const stamp = 'apps/cli/dist/.built';
const settings = ['package.json', 'tsconfig.json', 'tsconfig.base.json'];

export function isBuilt() {
  if (!existsSync(stamp)) return false;
  const builtMs = statSync(stamp).mtimeMs;
  return (
    !settings.some((file) => isNewer(file, builtMs)) && workspaces().every(({ folder }) => isFresh(folder, builtMs))
  );
}

/** The time at which the build began: a file changed during the build counts as newer. */
export function markBuilt(startedAt) {
  writeFileSync(stamp, '');
  utimesSync(stamp, startedAt, startedAt);
}

function isFresh(folder, builtMs) {
  if (!existsSync(join(folder, 'dist/index.js'))) return false;
  const own = ['package.json', 'tsconfig.json', 'src'].map((name) => join(folder, name));
  const sources = readdirSync(join(folder, 'src'), { recursive: true }).map((name) => join(folder, 'src', name));
  // Folders are among them: they change when a file is removed.
  return ![...own, ...sources].some((path) => isNewer(path, builtMs));
}

function isNewer(path, builtMs) {
  return statSync(path).mtimeMs > builtMs;
}
