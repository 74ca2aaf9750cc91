// Checks who imports whom, that every source file was looked at, and that a planted forbidden import is seen.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { withPlanted } from './planted-copy.mjs';

const roots = ['apps', 'packages', 'tests', 'bench'].filter((root) => existsSync(root));
const planted = {
  'packages/engine/src/planted.ts': ["import 'bullmq';\n", 'only-queue-imports-bullmq'],
  'packages/store/src/planted.ts': ["import '@runyard/testkit';\n", 'only-tests-use-testkit'],
  'apps/gateway/src/planted.ts': ["import 'ioredis';\n", 'only-redis-imports-ioredis'],
  'packages/logging/src/planted.ts': ["import '@runyard/redis';\n", 'logging-imports-only-what-it-may'],
  'packages/domain/src/planted.ts': ["import 'node:fs';\n", 'domain-does-no-io'],
};

const problems = [...realViolations(), ...unseenPlants()];
for (const problem of problems) console.error(problem);
process.exitCode = problems.length === 0 ? 0 : 1;

function realViolations() {
  const { modules, summary } = cruise('.');
  const seen = modules.filter(({ source }) => isOurs(source)).length;
  const files = roots.flatMap((root) => readdirSync(root, { recursive: true }).map((file) => join(root, file)));
  const expected = files.filter(isOurs).length;
  const unseen = seen < expected ? [`Only ${seen} of ${expected} source files were looked at.`] : [];
  if (seen >= expected) console.log(`${seen} modules looked at, ${summary.violations.length} violations.`);
  return [...unseen, ...summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} → ${to}`)];
}

function unseenPlants() {
  const files = Object.fromEntries(Object.entries(planted).map(([path, [text]]) => [path, text]));
  const { violations } = withPlanted(files, cruise).summary;
  const isSeen = (path, name) => violations.some(({ from, rule }) => from === path && rule.name === name);
  return Object.entries(planted)
    .filter(([path, [, name]]) => !isSeen(path, name))
    .map(([path, [, name]]) => `The rule ${name} did not see the forbidden import planted in ${path}.`);
}

function isOurs(path) {
  return /\.tsx?$/.test(path) && !/(^|\/)(node_modules|dist)\//.test(path);
}

function cruise(folder) {
  const program = resolve('node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
  const args = [program, '--config', '.dependency-cruiser.mjs', '--output-type', 'json', ...roots];
  const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8', maxBuffer: 1 << 28 });
  if (!stdout) throw new Error(`dependency-cruiser did not run: ${stderr}`);
  return JSON.parse(stdout);
}
