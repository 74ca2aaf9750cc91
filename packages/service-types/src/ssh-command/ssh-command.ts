import { deviceError, type Log, type ServiceType, type Task, type TaskOutcome } from '@runyard/domain';
import { KnownHosts } from '../ssh/known-hosts.ts';
import { platformOf } from '../ssh/platforms.ts';
import { PrivateKeys } from '../ssh/private-keys.ts';
import { SessionPool } from '../ssh/session-pool.ts';
import { resolveSshTarget } from '../ssh/target.ts';
import { runInExec } from './run-exec.ts';
import { KeptShells, runInShell } from './run-shell.ts';
import { commandMode, promptPattern, renderCommands, type SshCommandSettings } from './settings.ts';

export interface SshCommandOptions {
  /** A known-hosts file of OpenSSH; new keys are appended to it where the policy of a device says so. */
  readonly knownHostsFile: string;
  readonly log?: Log;
  /** How long an unused connection is kept for the next command, in milliseconds. 0 keeps none. Default: 30 seconds. */
  readonly idleMs?: number;
  /** Open connections of this worker at once. Default: 1,000. */
  readonly sessionsMax?: number;
}

const IDLE_MS = 30_000;
const SESSIONS_MAX = 1_000;

/** Service type `ssh-command`: commands over SSH, by exec or at the prompt of an interactive shell. */
export function createSshCommand(options: SshCommandOptions): ServiceType {
  const { knownHostsFile, idleMs = IDLE_MS, sessionsMax = SESSIONS_MAX, log } = options;
  const privateKeys = new PrivateKeys();
  const tools = { knownHosts: new KnownHosts(knownHostsFile, log), privateKeys };
  const pool = new SessionPool(tools, { idleMs, sessionsMax });
  const kept = new KeptShells();

  return {
    name: 'ssh-command',
    run: (task) => runCommands(task, pool, kept),
    async stop() {
      log?.debug('ssh sessions are closed', { open: pool.openCount });
      await pool.stop();
      privateKeys.clear();
    },
  };
}

async function runCommands(task: Task, pool: SessionPool, kept: KeptShells): Promise<TaskOutcome> {
  const { device, signal, credential } = task;
  if (!device) throw deviceError('COMMAND_FAILED', 'ssh-command needs a device: its run-method is per-device');
  const settings = task.service.settings as unknown as SshCommandSettings;
  const platform = platformOf(device.platform);
  const mode = commandMode(settings, platform);
  const prompt = promptPattern(settings);
  const commands = renderCommands(settings, mode, task.render);
  if (commands.length === 0) throw deviceError('TEMPLATE_INVALID', 'The commands render to nothing');
  if (task.check) return checkOutcome(commands);
  signal.throwIfAborted();
  const target = await resolveSshTarget(device, credential, settings, task.lookup);
  const { enable = false, config = false, stopOnError = true } = settings;
  const job = { task, target, platform, commands, stopOnError };
  return mode === 'exec' ? runInExec(job, pool) : runInShell({ ...job, enable, config, prompt }, pool, kept);
}

/** Nobody can know what a command would do, so a check only shows what would be sent. */
function checkOutcome(commands: readonly string[]): TaskOutcome {
  const command = commands.join('\n');
  return { success: true, result: command, fields: { command, check: true } };
}
