import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type AppError, deviceError } from '@runyard/domain';
import { abortError } from '../process/abort-error.ts';
import { type Environment, processEnvironment } from '../process/environment.ts';
import { type ProcessResult, runProcess } from '../process/run-process.ts';
import { withFileLock } from '../program/file-lock.ts';
import { failureText, returnCode } from '../program/program-outcome.ts';
import { pruneFolder, touch } from '../program/prune-folder.ts';
import { isThere } from '../program/source-paths.ts';
import { SharedWork } from '../program/shared-work.ts';
import { readRequirements, type Requirements } from './requirements.ts';

const DAY_MS = 24 * 3_600_000;
const COUNT_MAX = 32;
const AGE_MAX_MS = 30 * DAY_MS;
const BUILD_MS_MAX = 15 * 60_000;
const OUTPUT_BYTES_MAX = 256 * 1024;
const GRACE_MS = 2_000;
/** Written last: a folder without it was not finished. */
const COMPLETE = 'runyard-complete';
/** What pip needs of the worker to reach an index. */
const PIP_VARIABLES = /^(PIP_[A-Z_]+|[a-z]+_proxy|[A-Z]+_PROXY|SSL_CERT_FILE|SSL_CERT_DIR|REQUESTS_CA_BUNDLE)$/;

export interface PythonEnvironmentsOptions {
  /** Where virtual environments are kept; workers on one machine may share it. */
  readonly folder: string;
  readonly inherited?: Environment;
}

interface EnvironmentOrder {
  readonly requirementsFile: string;
  /** Variables of the service and its secrets: pip may need them for an index. */
  readonly variables: Environment;
  readonly secrets: readonly (string | undefined)[];
  readonly signal: AbortSignal;
  readonly log: (line: string) => void;
}

/** Virtual environments by what is in them. */
export interface PythonEnvironments {
  /** The folder of an environment with everything that the file lists. Rejects with SOURCE_UNAVAILABLE. */
  provide(order: EnvironmentOrder): Promise<string>;
}

/**
 * Each environment is built once, by whoever needs it first; those who need it too wait for it. It is built where it
 * stays, because it holds its own path, and counts only when it is complete: a failed build leaves nothing.
 */
export function createPythonEnvironments({ folder, inherited = {} }: PythonEnvironmentsOptions): PythonEnvironments {
  const shared = new SharedWork<string>();
  let version: Promise<string> | undefined;

  async function build(place: string, requirements: Requirements, order: EnvironmentOrder): Promise<string> {
    return withFileLock(`${place}.lock`, order.signal, async () => {
      if (await isThere(path.join(place, COMPLETE))) return place;
      await rm(place, { recursive: true, force: true });
      await pruneFolder(folder, { countMax: COUNT_MAX, unusedMs: DAY_MS, ageMaxMs: AGE_MAX_MS });
      try {
        await fill(place, requirements, order, inherited);
        await writeFile(path.join(place, COMPLETE), '');
        return place;
      } catch (error) {
        await rm(place, { recursive: true, force: true });
        throw error;
      }
    });
  }

  return {
    async provide(order) {
      const requirements = await readRequirements(order.requirementsFile);
      version ??= pythonVersion(inherited);
      const python = await version.catch((error: unknown) => {
        version = undefined;
        throw error;
      });
      const settings = Object.entries(order.variables)
        .filter(([name]) => name.startsWith('PIP_'))
        .sort(([a], [b]) => (a < b ? -1 : 1));
      const identity = JSON.stringify([python, requirements.contentHash, settings]);
      const name = createHash('sha256').update(identity).digest('hex').slice(0, 32);
      const place = path.join(folder, name);
      if (await isThere(path.join(place, COMPLETE))) {
        await touch(place);
        return place;
      }
      await mkdir(folder, { recursive: true });
      return shared.get(name, order.signal, (signal) => build(place, requirements, { ...order, signal }));
    },
  };
}

/** Version, platform and place of the python3 of this worker. */
async function pythonVersion(inherited: Environment): Promise<string> {
  const script = 'import sys, sysconfig; print(sys.version, sysconfig.get_platform(), sys.executable)';
  const result = await runProcess({
    file: 'python3',
    args: ['-I', '-c', script],
    cwd: '/',
    env: processEnvironment({ inherited }),
    signal: AbortSignal.timeout(30_000),
    graceMs: 0,
    stdoutBytesMax: OUTPUT_BYTES_MAX,
    stderrBytesMax: OUTPUT_BYTES_MAX,
  });
  if (returnCode(result) !== 0) throw deviceError('PROCESS_NOT_STARTED', failureText(result, 'python3'));
  return result.stdout;
}

async function fill(
  place: string,
  requirements: Requirements,
  order: EnvironmentOrder,
  inherited: Environment,
): Promise<void> {
  const home = await mkdtemp(`${place}.build-`);
  const ofWorker = Object.fromEntries(Object.entries(inherited).filter(([name]) => PIP_VARIABLES.test(name)));
  const env = processEnvironment({
    inherited,
    home,
    temporary: home,
    given: {
      ...ofWorker,
      PIP_DISABLE_PIP_VERSION_CHECK: '1',
      PIP_NO_INPUT: '1',
      PIP_NO_CACHE_DIR: '1',
      ...order.variables,
    },
  });
  const step = async (file: string, args: readonly string[], cwd: string): Promise<void> => {
    const result = await runProcess({
      file,
      args,
      cwd,
      env,
      signal: order.signal,
      timeoutMs: BUILD_MS_MAX,
      graceMs: GRACE_MS,
      stdoutBytesMax: OUTPUT_BYTES_MAX,
      stderrBytesMax: OUTPUT_BYTES_MAX,
      secrets: order.secrets,
      onLine: order.log,
    });
    if (result.aborted) throw abortError(order.signal);
    if (returnCode(result) !== 0) throw notBuilt(result);
  };
  try {
    order.log(`building a virtual environment for ${path.basename(requirements.file)}`);
    await step('python3', ['-m', 'venv', ...(requirements.hasPackages ? [] : ['--without-pip']), place], '/');
    if (!requirements.hasPackages) return;
    const python = path.join(place, 'bin', 'python');
    await step(python, ['-m', 'pip', 'install', '-r', requirements.file], path.dirname(requirements.file));
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

function notBuilt(result: ProcessResult): AppError {
  const text = result.timedOut ? `it took longer than ${BUILD_MS_MAX / 60_000} minutes` : failureText(result);
  const missing = /No module named '?(venv|ensurepip|pip)|ensurepip is not/.test(result.stdout + result.stderr);
  const hint = missing ? '; the worker needs python3 with venv (Debian: apt-get install python3-venv)' : '';
  return deviceError('SOURCE_UNAVAILABLE', `The virtual environment could not be built: ${text}${hint}`);
}
