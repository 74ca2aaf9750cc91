import { type AppError, deviceError, type TaskOutcome } from '@runyard/domain';
import type { SshConnection } from '../ssh/connection.ts';
import { clip, type NotStarted } from '../ssh/exec.ts';
import { refusalIn } from '../ssh/platforms.ts';
import type { Lease, SessionPool } from '../ssh/session-pool.ts';
import { Shell, type ShellOptions } from '../ssh/shell.ts';
import { CommandLog } from './outcome.ts';
import type { CommandJob } from './run-exec.ts';

export interface ShellJob extends CommandJob {
  readonly enable: boolean;
  readonly config: boolean;
  readonly prompt: RegExp | undefined;
}

interface KeptShell {
  readonly shell: Shell;
  /** Tasks with another key must not get this shell. */
  readonly key: string;
  readonly prompt: string;
}

/** Shells that stay open with their connection, at the prompt at which the next task of the same kind begins. */
export class KeptShells {
  readonly #shells = new WeakMap<SshConnection, KeptShell>();

  take(connection: SshConnection): KeptShell | undefined {
    const kept = this.#shells.get(connection);
    this.#shells.delete(connection);
    return kept;
  }

  keep(connection: SshConnection, kept: KeptShell): void {
    this.#shells.set(connection, kept);
  }
}

const PROMPT_TIMEOUT_MS_MAX = 20_000;
const LEAVE_BYTES_MAX = 65_536;

/** Types the commands at the prompt, one after the other. */
export async function runInShell(job: ShellJob, pool: SessionPool, kept: KeptShells): Promise<TaskOutcome> {
  const { task, target } = job;
  let lease = await pool.lease(target, task.signal);
  let reusable = false;
  try {
    let shell = await enterShell(job, lease, kept);
    if (shell === 'unusable' || 'started' in shell) {
      if (shell !== 'unusable' && !lease.reused) throw shell.error;
      lease.release(false);
      lease = await pool.lease(target, task.signal, true);
      shell = await enterShell(job, lease, kept);
    }
    if (shell === 'unusable' || 'started' in shell) throw shell === 'unusable' ? unusable(job) : shell.error;
    const basePrompt = shell.prompt;
    const outcome = await work(job, shell);
    if (!job.platform.isShellReusable) shell.close();
    else if (shell.prompt === basePrompt)
      kept.keep(lease.connection, { shell, key: shellKey(job), prompt: basePrompt });
    reusable = outcome.success && shell.prompt === basePrompt;
    return outcome;
  } finally {
    lease.release(reusable);
  }
}

/** The shell of the connection, or a new one, in the mode of the job. */
async function enterShell(job: ShellJob, lease: Lease, kept: KeptShells): Promise<Shell | NotStarted | 'unusable'> {
  const { task, platform, prompt } = job;
  const { connection } = lease;
  const before = kept.take(connection);
  if (before) {
    // Devices often allow one shell a connection, so a shell for other work is in the way.
    if (before.key !== shellKey(job)) return 'unusable';
    const isAlive = await before.shell.isAlive(task.signal, connection.target.connectTimeoutMs);
    return isAlive && before.shell.prompt === before.prompt ? before.shell : 'unusable';
  }
  const promptTimeoutMs = Math.min(PROMPT_TIMEOUT_MS_MAX, Math.ceil(task.timeoutMs * 0.8));
  const options: ShellOptions = { promptTimeoutMs, ...(prompt ? { prompt } : {}) };
  const shell = await Shell.open(connection, platform, options, task.signal);
  if ('started' in shell) return shell;
  if (job.enable || job.config) await shell.enable(job.target.credential.enablePassword, task.signal);
  return shell;
}

async function work(job: ShellJob, shell: Shell): Promise<TaskOutcome> {
  const { task, platform, commands, target } = job;
  const log = new CommandLog(task, commands.length);
  if (job.config) {
    const refusal = await shell.enterConfig(task.signal);
    if (refusal !== undefined) return log.outcome(`'${target.device}' did not enter configuration mode: ${refusal}`);
  }
  let isFailed = false;
  for (const command of commands) {
    const { output, outputBytes, isCut } = await shell.run(command, task.signal, log.bytesLeft);
    const refusal = refusalIn(output, platform);
    const failure = refusal === undefined ? {} : { failure: `'${clip(command)}': ${refusal}` };
    log.add({ command, output, ...failure }, outputBytes, isCut);
    isFailed ||= refusal !== undefined;
    if (refusal !== undefined && job.stopOnError) break;
  }
  if (!job.config) return log.outcome();
  return log.outcome(await leaveConfig(job, shell, isFailed));
}

/** Commits where that is needed, and leaves. Resolves with why that failed. After a failed line nothing is committed. */
async function leaveConfig(job: ShellJob, shell: Shell, isFailed: boolean): Promise<string | undefined> {
  const { task, platform, target } = job;
  const { commit, leave, rollback = [] } = platform.config;
  let failure: string | undefined;
  if (commit !== undefined && !isFailed) {
    const { output } = await shell.run(commit, task.signal, LEAVE_BYTES_MAX);
    const refusal = refusalIn(output, platform);
    if (refusal !== undefined) failure = `'${target.device}' did not commit: ${output.trim().slice(0, 500)}`;
  }
  const isUndone = commit !== undefined && (isFailed || failure !== undefined);
  if (shell.isInConfig) {
    for (const command of isUndone ? rollback : leave) await shell.run(command, task.signal, LEAVE_BYTES_MAX);
  }
  if (shell.isInConfig) failure ??= `'${target.device}' stayed in configuration mode`;
  return failure;
}

/** A shell in privileged mode is only for tasks that ask for it and know the password. */
function shellKey({ platform, enable, config, prompt }: ShellJob): string {
  return JSON.stringify([platform.name, enable || config, prompt?.source]);
}

function unusable({ target }: ShellJob): AppError {
  return deviceError('CONNECTION_LOST', `The shell of '${target.device}' could not be used`);
}
