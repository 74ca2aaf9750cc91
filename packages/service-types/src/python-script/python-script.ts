import path from 'node:path';
import type { PythonScriptSettings } from '@runyard/contracts';
import type { ServiceType, Task, TaskOutcome } from '@runyard/domain';
import type { Environment } from '../process/environment.ts';
import { type AttemptFolder, createAttemptFolders } from '../program/attempt-folder.ts';
import { taskArguments } from '../program/param-arguments.ts';
import { programOutcome } from '../program/program-outcome.ts';
import { sourceFile, workingFolder } from '../program/source-paths.ts';
import { runTaskProgram } from '../program/start-task.ts';
import { inventoryInput, taskSecrets, taskVariables } from '../program/task-input.ts';
import type { PythonEnvironments } from './python-environments.ts';
import { environmentVariables, virtualEnvironment } from './virtual-environment.ts';

const GRACE_MS = 1_500;
const ARGUMENT_FORMAT = '--{{.Key}}={{.Value}}';

export interface PythonScriptOptions {
  /** Where each attempt gets a folder of its own; created when it is not there. */
  readonly workRoot: string;
  readonly environments: PythonEnvironments;
  /** The worker's environment, of which programs get PATH, LANG, LC_ALL and TZ. Without it there are defaults. */
  readonly inherited?: Environment;
}

/** The service type `python-script`: like an executable, run by python3, in a virtual environment when it asks for one. */
export function createPythonScript(options: PythonScriptOptions): ServiceType {
  const folders = createAttemptFolders(options.workRoot);
  return {
    name: 'python-script',
    run: (task) => folders.use(task, (folder) => runIn(folder, task, options)),
    async stop() {},
  };
}

async function runIn(
  folder: AttemptFolder,
  task: Task,
  { environments, inherited = {} }: PythonScriptOptions,
): Promise<TaskOutcome> {
  const settings = task.service.settings as PythonScriptSettings;
  const given = { env: settings.runtime?.env, passCredential: settings.passCredential };
  const cwd = workingFolder(folder, task.service);
  const file = await sourceFile(folder, cwd, settings.filename, 'filename');
  const secrets = taskSecrets(given, task);
  const variables: Environment = {
    // What a script prints is seen line by line, and in UTF-8 whatever the locale of the worker.
    PYTHONUNBUFFERED: '1',
    PYTHONIOENCODING: 'utf-8:backslashreplace',
    PYTHONDONTWRITEBYTECODE: '1',
    ...taskVariables(given, task),
  };
  const parts = { folder, cwd, environments, variables, secrets };
  // Without requirements the python3 of the worker: nothing has to be built.
  const place = await virtualEnvironment(settings.runtime?.reqFile, task, parts);
  const result = await runTaskProgram(folder, task, {
    file: place === null ? 'python3' : path.join(place, 'bin', 'python'),
    args: [file, ...(await taskArguments(task, { argFormat: ARGUMENT_FORMAT, compat: settings.compat }))],
    cwd,
    stdin: inventoryInput(task),
    variables: { ...variables, ...(place === null ? {} : environmentVariables(place, inherited['PATH'])) },
    inherited,
    graceMs: settings.graceMs ?? GRACE_MS,
    secrets,
  });
  return programOutcome(result, task);
}
