import { constants } from 'node:os';
import type { ExecutableSettings } from '@runyard/contracts';
import type { JsonObject, ServiceType, Task, TaskOutcome } from '@runyard/domain';
import { abortError } from '../process/abort-error.ts';
import { type Environment, processEnvironment } from '../process/environment.ts';
import { type ProcessResult, runProcess } from '../process/run-process.ts';
import { commandLine } from './command-line.ts';
import { createRunFolder, prepareWorkRoot, type RunFolder } from './run-folder.ts';
import { secretMask, taskInput, taskVariables } from './task-input.ts';

const STDERR_BYTES_MAX = 256 * 1024;
const GRACE_MS = 1_500;
const LAST_LINE_CHARS_MAX = 500;

export interface ExecutableOptions {
  /** Where each attempt gets a folder of its own; created when it is not there. */
  readonly workRoot: string;
  /** The worker's environment, of which programs get PATH, LANG, LC_ALL and TZ. Without it there are defaults. */
  readonly inherited?: Environment;
}

/** The service type `executable`: the result is the standard output, success is exit code 0. */
export function createExecutable({ workRoot, inherited = {} }: ExecutableOptions): ServiceType {
  let prepared: Promise<void> | undefined;

  async function prepare(): Promise<void> {
    prepared ??= prepareWorkRoot(workRoot);
    try {
      await prepared;
    } catch (error) {
      prepared = undefined;
      throw error;
    }
  }

  return {
    name: 'executable',
    async run(task) {
      await prepare();
      const source = task.service.bundle === undefined ? null : await task.sourceFolder();
      if (task.signal.aborted) throw abortError(task.signal);
      const folder = await createRunFolder(workRoot, source);
      try {
        return await runIn(folder, task, inherited);
      } finally {
        await folder.remove();
      }
    },
    async stop() {},
  };
}

async function runIn(folder: RunFolder, task: Task, inherited: Environment): Promise<TaskOutcome> {
  // The schema of the type was checked when the service was stored.
  const settings = task.service.settings as ExecutableSettings;
  const { file, args, cwd } = commandLine(settings, task, folder.source);
  const stdin = taskInput(settings, task);
  const given = taskVariables(settings, task);
  const mask = secretMask(settings, task);
  const result = await runProcess({
    file,
    args,
    cwd,
    env: processEnvironment({ inherited, home: folder.home, temporary: folder.temporary, given }),
    ...(stdin === undefined ? {} : { stdin }),
    signal: task.signal,
    graceMs: settings.graceMs ?? GRACE_MS,
    stdoutBytesMax: task.outputBytesMax,
    stderrBytesMax: STDERR_BYTES_MAX,
    onLine: (line) => task.log(mask(line)),
  });
  if (result.aborted) throw abortError(task.signal);
  return outcome({ ...result, stdout: mask(result.stdout), stderr: mask(result.stderr) });
}

function outcome(result: ProcessResult): TaskOutcome {
  const { exitCode, signal, stdout, stderr } = result;
  // As shells do: a signal is 128 and its number, so that the code is always a number.
  const code = exitCode ?? 128 + (signal === null ? 0 : constants.signals[signal]);
  const fields: JsonObject = { return_code: code, stderr, ...(signal === null ? {} : { signal }) };
  if (code === 0) return { success: true, result: stdout, fields };
  const ended = signal === null ? `The program ended with code ${code}` : `The program was ended by ${signal}`;
  const last = stderr.trimEnd().split('\n').at(-1)?.trim().slice(0, LAST_LINE_CHARS_MAX);
  const message = last ? `${ended}: ${last}` : ended;
  return { success: false, result: stdout, error: { code: 'PROCESS_FAILED', message }, fields };
}
