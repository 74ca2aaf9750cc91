// Lists the workspaces that `tsc -b` builds, with the siblings that each declares.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const readJson = (path) => JSON.parse(readFileSync(path, 'utf8'));

/** The dashboard is built by its own bundler and is left out. */
export function workspaces() {
  return ['apps', 'packages'].flatMap((group) =>
    readdirSync(group)
      .map((name) => `${group}/${name}`)
      .filter((folder) => folder !== 'apps/dashboard' && existsSync(join(folder, 'package.json')))
      .map((folder) => {
        const manifest = readJson(join(folder, 'package.json'));
        const siblings = Object.keys(manifest.dependencies ?? {}).filter((name) => name.startsWith('@runyard/'));
        return { folder, siblings: siblings.map((name) => `packages/${name.slice('@runyard/'.length)}`).sort() };
      }),
  );
}
