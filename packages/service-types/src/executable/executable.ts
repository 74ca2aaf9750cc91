import type { ExecutableSettings } from '@runyard/contracts';
import type { ServiceType, Task, TaskOutcome } from '@runyard/domain';
import type { Environment } from '../process/environment.ts';
import { type AttemptFolder, createAttemptFolders } from '../program/attempt-folder.ts';
import { programOutcome } from '../program/program-outcome.ts';
import { runTaskProgram } from '../program/start-task.ts';
import { inventoryInput, taskSecrets, taskVariables } from '../program/task-input.ts';
import { commandLine } from './command-line.ts';

const GRACE_MS = 1_500;

export interface ExecutableOptions {
  /** Where each attempt gets a folder of its own; created when it is not there. */
  readonly workRoot: string;
  /** The worker's environment, of which programs get PATH, LANG, LC_ALL and TZ. Without it there are defaults. */
  readonly inherited?: Environment;
}

/** The service type `executable`: the result is the standard output, success is exit code 0. */
export function createExecutable({ workRoot, inherited = {} }: ExecutableOptions): ServiceType {
  const folders = createAttemptFolders(workRoot);
  return {
    name: 'executable',
    run: (task) => folders.use(task, (folder) => runIn(folder, task, inherited)),
    async stop() {},
  };
}

async function runIn(folder: AttemptFolder, task: Task, inherited: Environment): Promise<TaskOutcome> {
  // The schema of the type was checked when the service was stored.
  const settings = task.service.settings as ExecutableSettings;
  const given = { env: settings.runtime?.env, passCredential: settings.passCredential };
  const result = await runTaskProgram(folder, task, {
    ...(await commandLine(settings, task, folder)),
    stdin: settings.stdin === undefined ? inventoryInput(task) : task.render(settings.stdin),
    variables: taskVariables({ ...given, moreEnv: settings.env }, task),
    inherited,
    graceMs: settings.graceMs ?? GRACE_MS,
    secrets: taskSecrets(given, task),
  });
  return programOutcome(result, task);
}
