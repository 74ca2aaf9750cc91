// Fails when the project references differ from the dependencies in package.json; --fix writes them.
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { readJson, workspaces } from './workspaces.mjs';

const fix = process.argv.includes('--fix');
const all = workspaces();
const wrong = [
  ...all.map(({ folder, siblings }) => differs(folder, siblings)),
  differs(
    '.',
    all.map(({ folder }) => folder),
  ),
].filter(Boolean);

if (wrong.length > 0 && !fix) {
  console.error(`Project references differ from package.json in: ${wrong.join(', ')}.`);
  console.error('Mend them with: node scripts/check-references.mjs --fix');
  process.exitCode = 1;
}

function differs(folder, targets) {
  const path = join(folder, 'tsconfig.json');
  const config = readJson(path);
  const wanted = targets.map((target) => ({ path: relative(folder, target) }));
  const paths = (references) => (references ?? []).map((reference) => reference.path).sort();
  if (JSON.stringify(paths(config.references)) === JSON.stringify(paths(wanted))) return undefined;
  if (fix) write(path, { ...config, references: wanted });
  return path;
}

function write(path, config) {
  writeFileSync(path, JSON.stringify(config, null, 2));
  spawnSync('node_modules/.bin/prettier', ['--write', path], { stdio: 'inherit' });
}
