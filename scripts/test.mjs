// Runs every test from a bare checkout: installs and builds when needed, then Jest; the last line counts the tests.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));
const nodeOptions = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];
const installed = 'node_modules/.package-lock.json';

const ready = isInstalled() || install();
const built = ready && run('npm', ['run', '--silent', 'build']) === 0;
const tested = ready ? jest(process.argv.slice(2)) : { code: 1 };

if (!built) console.error('The set-up above failed (install or build).');
console.log(summary(tested));
process.exitCode = tested.code || (built ? 0 : 1);

function isInstalled() {
  // npm writes both files at the end of an install, in no fixed order: allow for that.
  const orderMs = 10_000;
  return existsSync(installed) && statSync(installed).mtimeMs + orderMs >= statSync('package-lock.json').mtimeMs;
}

function install() {
  const isDone = run('npm', ['ci']) === 0;
  if (isDone) utimesSync(installed, new Date(), new Date());
  return isDone;
}

function jest(extra) {
  const folder = mkdtempSync(join(tmpdir(), 'runyard-test-'));
  const outputFile = join(folder, 'results.json');
  try {
    const code = run(
      process.execPath,
      ['node_modules/jest/bin/jest.js', '--json', `--outputFile=${outputFile}`, ...extra],
      { NODE_OPTIONS: [process.env.NODE_OPTIONS, ...nodeOptions].filter(Boolean).join(' ') },
    );
    return { code, results: existsSync(outputFile) ? JSON.parse(readFileSync(outputFile, 'utf8')) : undefined };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function run(command, args, env = {}) {
  return spawnSync(command, args, { stdio: 'inherit', env: { ...process.env, ...env } }).status ?? 1;
}

/** A test file that could not be loaded has no tests to count: it counts as one failure. */
function summary({ code, results }) {
  if (!results) return `0 passed, ${code === 0 ? 0 : 1} failed`;
  const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
  const skipped = results.numPendingTests + results.numTodoTests;
  return `${results.numPassedTests} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}
