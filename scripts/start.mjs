// `npm start`: from a fresh clone to a running system. Installs and builds when needed, then runs `runyard up`.
// Plain JavaScript without dependencies, because nothing is installed yet when it begins.
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { isBuilt, markBuilt } from './start/built.mjs';
import { isInstalled, markInstalled } from './start/installed.mjs';
import { withLock } from './start/lock.mjs';
import { nodeProblem } from './start/node-version.mjs';
import { step } from './start/step.mjs';

const entry = 'apps/cli/dist/main.js';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));
const [, , ...args] = process.argv;
const isDev = args.includes('--dev');
const upArgs = args.filter((arg) => arg !== '--dev');

const problem = nodeProblem(process.versions.node);
if (problem) fail(problem);
else if (await isReady()) await (isDev ? upFromSource() : up());

/** True when packages and build are as the sources want them. Only one start at a time works on them. */
async function isReady() {
  if (isInstalled() && (isDev || isBuilt())) return true;
  return withLock('.runyard/start.lock', async () => {
    if (!isInstalled() && !(await install())) return false;
    return isDev || isBuilt() || build();
  });
}

async function install() {
  const isDone = await step('Installing packages', npm(['ci', '--include=dev', '--no-audit', '--no-fund']));
  if (!isDone) return fail('npm ci failed; what it said is above. It needs a way to the npm registry.');
  markInstalled();
  return true;
}

async function build() {
  const startedAt = new Date();
  const isDone = await step('Building', npm(['run', '--silent', 'build']));
  if (!isDone) return fail('The build failed; what it said is above.');
  markBuilt(startedAt);
  return true;
}

/** The npm that runs us, else the one on PATH. */
function npm(npmArgs) {
  const script = process.env.npm_execpath;
  return script?.endsWith('.js') ? [process.execPath, [script, ...npmArgs]] : ['npm', npmArgs];
}

/** In this very process, so that signals and the exit code need nobody to pass them on. */
async function up() {
  process.argv = [process.argv[0], fileURLToPath(new URL(`../${entry}`, import.meta.url)), 'up', ...upArgs];
  await import(pathToFileURL(entry).href);
}

/** `npm run dev`: the same from the TypeScript sources, without a build. */
async function upFromSource() {
  const source = ['--conditions=@runyard/source', '--import', 'tsx', 'apps/cli/src/main.ts'];
  const child = spawn(process.execPath, [...source, 'up', ...upArgs], { stdio: 'inherit' });
  // A terminal sends Ctrl-C to both of us, so this one only has to outlive the child.
  process.on('SIGINT', () => {});
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  process.exitCode = await new Promise((resolve) => {
    child.on('error', () => resolve(1));
    child.on('exit', (code, signal) => resolve(code ?? 128 + (constants.signals[signal] ?? 0)));
  });
}

function fail(message) {
  console.error(message);
  process.exitCode = 1;
  return false;
}
