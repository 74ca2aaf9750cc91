import { spawn } from 'node:child_process';
import { join, resolve } from 'node:path';
import type { CommandContext, GlobalOptions } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { chooseNode } from '../up/node-binary.ts';
import { watchSignals } from '../up/stop-signals.ts';

interface WorkerCommandOptions extends GlobalOptions {
  readonly cluster?: string;
  /** File with the certificate that it proves. */
  readonly certificate?: string;
  /** File with the key of the certificate. */
  readonly key?: string;
}

// Started from source, as `npm run dev` does, the worker is started from source too.
const isSource = import.meta.url.endsWith('.ts');
const LOADER = isSource ? ['--conditions=@runyard/source', '--import', 'tsx'] : [];

/** `runyard worker`: one worker in the foreground, with the settings of the environment and these options. */
export async function startWorker(context: CommandContext, options: WorkerCommandOptions): Promise<number> {
  const { projectRoot, env, terminal } = context;
  const node = await chooseNode(projectRoot);
  const entry = join(projectRoot, 'apps/worker', isSource ? 'src/main.ts' : 'dist/main.js');
  const child = spawn(node.command, [...LOADER, entry, '--exit-with-parent'], {
    cwd: context.cwd,
    env: { ...env, ...settingsOf(context, options) },
    // Its standard input closes when we die, and it ends by itself.
    stdio: ['pipe', 'inherit', 'inherit'],
    detached: true,
  });
  const signals = watchSignals();
  signals.signal.addEventListener('abort', () => child.kill('SIGTERM'), { once: true });
  signals.onSecond(() => child.kill('SIGKILL'));
  try {
    return await new Promise<number>((ended) => {
      child.stdin.on('error', () => undefined);
      child.on('error', (error) => {
        terminal.err(`The worker could not be started: ${error.message}`);
        ended(EXIT.refused);
      });
      child.on('exit', (code) => ended(code === null ? EXIT.interrupted : code));
    });
  } finally {
    signals.dispose();
  }
}

function settingsOf({ cwd }: CommandContext, { cluster, certificate, key }: WorkerCommandOptions) {
  return {
    ...(cluster === undefined ? {} : { RUNYARD_CLUSTER: cluster }),
    ...(certificate === undefined ? {} : { RUNYARD_WORKER_CERTIFICATE: resolve(cwd, certificate) }),
    ...(key === undefined ? {} : { RUNYARD_WORKER_KEY: resolve(cwd, key) }),
  };
}
