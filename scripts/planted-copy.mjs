// Gives a throw-away copy of the repository to plant mistakes in, so that a gate can prove that it sees them.
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { workspaces } from './workspaces.mjs';

const left = new Set(['.git', '.runyard', 'node_modules', 'dist', 'coverage', 'docs']);

/** Calls `use(folder)` with a copy that holds the planted files (path → text), and always removes the copy. */
export function withPlanted(files, use) {
  const folder = mkdtempSync(join(tmpdir(), 'runyard-planted-'));
  try {
    cpSync('.', folder, { recursive: true, filter: (source) => !left.has(basename(source)) });
    linkModules(folder);
    for (const [path, text] of Object.entries(files)) writeFileSync(join(folder, path), text);
    return use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

// Libraries are linked to the real ones; our own packages to the copy, or its sources would not be looked at.
function linkModules(folder) {
  const modules = join(folder, 'node_modules');
  mkdirSync(join(modules, '@runyard'), { recursive: true });
  for (const name of readdirSync('node_modules').filter((name) => name !== '@runyard')) {
    symlinkSync(resolve('node_modules', name), join(modules, name));
  }
  for (const { folder: workspace } of workspaces()) {
    symlinkSync(join(folder, workspace), join(modules, '@runyard', basename(workspace)));
    const nested = resolve(workspace, 'node_modules');
    if (existsSync(nested)) symlinkSync(nested, join(folder, workspace, 'node_modules'));
  }
}
