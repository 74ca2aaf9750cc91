import type { Task, TaskOutcome } from '@runyard/domain';
import { clip, execCommand, type ExecResult } from '../ssh/exec.ts';
import { type Platform, refusalIn } from '../ssh/platforms.ts';
import type { Lease, SessionPool } from '../ssh/session-pool.ts';
import type { SshTarget } from '../ssh/target.ts';
import { CommandLog } from './outcome.ts';

export interface CommandJob {
  readonly task: Task;
  readonly target: SshTarget;
  readonly platform: Platform;
  readonly commands: readonly string[];
  readonly stopOnError: boolean;
}

/** Runs each command in a channel of its own. */
export async function runInExec(job: CommandJob, pool: SessionPool): Promise<TaskOutcome> {
  const { task, target, commands } = job;
  const log = new CommandLog(task, commands.length);
  let lease = await pool.lease(target, task.signal);
  let reusable = false;
  try {
    for (const [index, command] of commands.entries()) {
      let result = await execCommand(lease.connection, command, task.signal, log.bytesLeft);
      // Nothing was sent, so it may be sent elsewhere: a kept connection was dead, or the device allows one command each.
      if (!result.started && (lease.reused || index > 0)) {
        lease = await renew(lease, job, pool);
        result = await execCommand(lease.connection, command, task.signal, log.bytesLeft);
      }
      if (!result.started) throw result.error;
      const failure = failureOf(command, result, job.platform);
      log.add({ command, ...result, ...(failure === undefined ? {} : { failure }) }, result.outputBytes, result.isCut);
      if (failure !== undefined && job.stopOnError) break;
    }
    reusable = true;
    return log.outcome();
  } finally {
    lease.release(reusable);
  }
}

function renew(lease: Lease, { task, target }: CommandJob, pool: SessionPool): Promise<Lease> {
  lease.release(false);
  return pool.lease(target, task.signal, true);
}

function failureOf(command: string, result: ExecResult, platform: Platform): string | undefined {
  const { exitCode, exitSignal, output, errorOutput } = result;
  if (exitSignal !== null) return `'${clip(command)}' was ended by ${exitSignal}`;
  const refusal = refusalIn(output, platform) ?? refusalIn(errorOutput, platform);
  if (refusal !== undefined) return `'${clip(command)}': ${refusal}`;
  if (exitCode === null || exitCode === 0) return undefined;
  const said = (errorOutput.trim() || output.trim()).split('\n').at(-1)?.trim().slice(0, 200);
  return `'${clip(command)}' ended with exit code ${exitCode}${said ? `: ${said}` : ''}`;
}
