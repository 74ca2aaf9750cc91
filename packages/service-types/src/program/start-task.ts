import type { Task } from '@runyard/domain';
import { abortError } from '../process/abort-error.ts';
import { type Environment, processEnvironment } from '../process/environment.ts';
import { type ProcessOptions, type ProcessResult, runProcess } from '../process/run-process.ts';
import type { AttemptFolder } from './attempt-folder.ts';

const STDERR_BYTES_MAX = 256 * 1024;

/** A program for one attempt; what it does not say is the same for all. */
export interface TaskProgram extends Pick<
  ProcessOptions,
  'file' | 'args' | 'cwd' | 'graceMs' | 'secrets' | 'onLine' | 'killSignalFirst' | 'leavesGroup'
> {
  readonly stdin?: string | undefined;
  readonly variables: Environment;
  readonly inherited: Environment;
  /** Its output is short and read by the worker: no line goes to the log of the run. */
  readonly isQuiet?: boolean;
}

/** Runs a program of an attempt, its lines in the log of the run. Rejects with the reason when it was ended from outside. */
export async function runTaskProgram(folder: AttemptFolder, task: Task, program: TaskProgram): Promise<ProcessResult> {
  const { stdin, variables, inherited, isQuiet = false, ...rest } = program;
  const result = await runProcess({
    onLine: (line) => {
      if (!isQuiet) task.log(line);
    },
    ...rest,
    env: processEnvironment({ inherited, home: folder.home, temporary: folder.temporary, given: variables }),
    ...(stdin === undefined ? {} : { stdin }),
    signal: task.signal,
    stdoutBytesMax: task.outputBytesMax,
    stderrBytesMax: STDERR_BYTES_MAX,
  });
  if (result.aborted) throw abortError(task.signal);
  return result;
}
