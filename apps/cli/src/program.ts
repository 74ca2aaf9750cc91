import { PRIORITIES, RUN_STATES } from '@runyard/domain';
import { Command, Option } from 'commander';
import { addAccountCommands } from './account-commands.ts';
import type { Action, Does } from './command-action.ts';
import { applyFiles } from './commands/apply.ts';
import { cancelRun } from './commands/cancel.ts';
import { runDoctor } from './commands/doctor.ts';
import { exportCatalog } from './commands/export.ts';
import { importDevices } from './commands/import-devices.ts';
import { breakLock, listLocks } from './commands/locks.ts';
import { showLog } from './commands/log.ts';
import { pauseRun, resumeRun } from './commands/pause.ts';
import { rerunRun } from './commands/rerun.ts';
import { rotateSecrets } from './commands/rotate-secrets.ts';
import { runService } from './commands/run.ts';
import { listRuns } from './commands/runs.ts';
import { showRun } from './commands/show.ts';
import { explainRun } from './commands/why.ts';
import { startWorker } from './commands/worker.ts';
import { listWorkers } from './commands/workers.ts';
import type { CommandContext } from './context.ts';
import { EXIT, EXIT_CODES_HELP } from './exit-codes.ts';
import { several, toAmount, toLimit, toPort } from './option-values.ts';
import { up } from './up/up.ts';
import { addWorkflowCommands } from './workflow-commands.ts';

/** The command line. `parseAsync` runs one command and leaves its exit code with `onExit`. */
export function createProgram(context: CommandContext, onExit: (code: number) => void): Command {
  const program = new Command('runyard')
    .description('Runs services on fleets of devices.')
    .option('--url <url>', 'gateway to talk to (RUNYARD_URL; http://127.0.0.1:3000)')
    .option('--user <name>', 'user to log in as (RUNYARD_USERNAME; admin)')
    .option('--password <password>', 'its password (RUNYARD_PASSWORD is safer: others can see arguments)')
    .option('--api-key <key>', 'API key instead of a user (RUNYARD_API_KEY is safer)')
    .option('--data <folder>', 'data folder of one `runyard up` (the first free one below .runyard)')
    .option('--json', 'print machine output')
    .addHelpText('after', EXIT_CODES_HELP)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => context.terminal.out(text.trimEnd()),
      writeErr: (text) => context.terminal.err(text.trimEnd()),
    });

  const does =
    <Options>(action: Action<Options>) =>
    async (...args: unknown[]): Promise<void> => {
      const command = args.at(-1) as Command;
      onExit(await action(context, command.optsWithGlobals() as Options));
    };
  addServerCommands(program, does);
  addRunCommands(program, does);
  addWorkflowCommands(program, does);
  addCatalogCommands(program, does);
  addAccountCommands(program, does);
  return program;
}

function addServerCommands(program: Command, does: Does): void {
  program
    .command('up')
    .description('start everything on this machine: Redis, gateway, two workers, simulated devices')
    .option('--once', 'end after the first run; exit code 1 when a device failed')
    .option('--port <port>', 'port of the gateway, or the next free one (RUNYARD_PORT; 3000)', toPort)
    .option('--no-devices', 'neither simulated devices nor the examples')
    .action(does(up));
  program
    .command('doctor')
    .description('check this machine and the gateway, and say what to do')
    .action(does(runDoctor));
  program
    .command('worker')
    .description('start one worker in the foreground, with the settings of the environment')
    .option('--cluster <name>', 'cluster that it serves (RUNYARD_CLUSTER; default)')
    .option('--certificate <file>', 'certificate that it proves to gateways (RUNYARD_WORKER_CERTIFICATE)')
    .option('--key <file>', 'its private key (RUNYARD_WORKER_KEY)')
    .action(does(startWorker));
  program.command('workers').description('list the live workers').action(does(listWorkers));
  program
    .command('locks')
    .description('list the locks that devices hold')
    .action(does(listLocks))
    .command('break')
    .description('take a lock from the device that holds it, which fails')
    .argument('<key>')
    .action((key: string, _options: unknown, command: Command) =>
      does((context, options) => breakLock(context, key, options as object))(command),
    );
}

function addRunCommands(program: Command, does: Does): void {
  program
    .command('run')
    .description('run a service')
    .argument('<service>')
    .option('-d, --device <name>', 'device to run on; may be given several times', several)
    .option('-p, --pool <name>', 'pool to run on; may be given several times', several)
    .option('--param <name=value>', 'one param; a value that is JSON counts as JSON', several)
    .option('--params <json>', 'all params as one JSON object')
    .option('--label <name=value>', 'label to find the run by', several)
    .option('--check', 'only look what would change, if the service can do that')
    .option('--canary <devices>', 'devices of a first batch, such as 5 or 1%', toAmount)
    .option('--batches <devices>', 'devices of each later batch, such as 100 or 25%', toAmount)
    .option('--max-failures <devices>', 'stop when more devices failed, such as 3 or 0.5%', toAmount)
    .option('--soak <time>', 'wait so long after each batch, such as 5m')
    .addOption(new Option('--on-breach <what>', 'what to do then').choices(['stop', 'pause']))
    .addOption(new Option('--priority <priority>', 'before or after other runs').choices(PRIORITIES))
    .option('--lock <key>', '`device`, or the key that a device holds alone while it is in work')
    .option('--queue-ttl <time>', 'expire when it has not begun after this time')
    .option('--deadline <time>', 'expire when it has not ended by then, such as 2026-11-21T10:00:00Z')
    .option('--callback-url <url>', 'tell this address when it has ended')
    .option('--run-as <account>', 'service account as whom it runs, which takes the permission act-as:<account>')
    .option('--dry-run', 'only say what would run')
    .option('-w, --wait', 'wait for the end and print each device as it ends')
    .option('--output', 'wait and print everything that the devices say')
    .action((service: string, _options: unknown, command: Command) =>
      does((context, options: Parameters<typeof runService>[2]) => runService(context, service, options))(command),
    );
  program
    .command('runs')
    .description('list runs, newest first')
    .option('--service <name>', 'only those of this service')
    .addOption(new Option('--state <state>', 'only those in this state').choices(RUN_STATES))
    .option('--label <name=value>', 'only those with this label')
    .option('--limit <number>', 'how many', toLimit, 20)
    .action(does(listRuns));
  addOneRunCommands(program, does);
}

/** What is done with a run that exists. */
function addOneRunCommands(program: Command, does: Does): void {
  program
    .command('show')
    .description('show a run with its devices, or the output of one device')
    .argument('<run>')
    .argument('[device]')
    .action((run: string, device: string | undefined, _options: unknown, command: Command) =>
      does((context, options) => showRun(context, run, device, options as object))(command),
    );
  program
    .command('why')
    .description('say what a run waits for')
    .argument('<run>')
    .action((run: string, _options: unknown, command: Command) =>
      does((context, options) => explainRun(context, run, options as object))(command),
    );
  program
    .command('log')
    .description('print the log of a run')
    .argument('<run>')
    .option('-f, --follow', 'until the run has ended')
    .action((run: string, _options: unknown, command: Command) =>
      does((context, options) => showLog(context, run, options as object))(command),
    );
  program
    .command('cancel')
    .description('end a run')
    .argument('<run>')
    .action((run: string, _options: unknown, command: Command) =>
      does((context, options) => cancelRun(context, run, options as object))(command),
    );
  program
    .command('pause')
    .description('begin nothing new of a run; devices in work finish')
    .argument('<run>')
    .option('--reason <text>', 'shown to whoever asks why nothing happens')
    .action((run: string, _options: unknown, command: Command) =>
      does((context, options) => pauseRun(context, run, options as object))(command),
    );
  program
    .command('resume')
    .description('go on with a paused run')
    .argument('<run>')
    .action((run: string, _options: unknown, command: Command) =>
      does((context, options) => resumeRun(context, run, options as object))(command),
    );
  program
    .command('rerun')
    .description('run the same again on the devices that failed')
    .argument('<run>')
    .option('--all', 'on all devices of the run')
    .option('--resume', 'a workflow goes on at the step that ended it, on all devices that did not succeed')
    .option('-w, --wait', 'wait for the end and print each device as it ends')
    .option('--output', 'wait and print everything that the devices say')
    .action((run: string, _options: unknown, command: Command) =>
      does((context, options) => rerunRun(context, run, options as object))(command),
    );
}

function addCatalogCommands(program: Command, does: Does): void {
  program
    .command('apply')
    .description('write catalog files into the catalog, all or nothing')
    .argument('[paths...]', 'catalog files and folders, `-` for what is piped in')
    .option('-f, --file <path>', 'a further one; may be given several times', several)
    .option('--dry-run', 'only say what would change')
    .option('--check', 'only say for each item what would be done: Add, Replacement, Conflict, Delete')
    .option('--force', 'replace what is there and differs, also for a service file of a Gateway')
    .option('--prune', 'delete what this set of files had before and has no more')
    .option('--set <name>', 'name of the set of files that the items belong to (default)')
    .option('--gateway', 'read the files as service files of a Gateway, whatever they look like')
    .action((paths: string[], _options: unknown, command: Command) =>
      does((context, options) => applyFiles(context, paths, options as object))(command),
    );
  program
    .command('export')
    .description('print the catalog as a file that can be applied; values of secrets are not in it')
    .option('-o, --output <file>', 'write it into this file')
    .option('-k, --kind <kind>', 'only this kind, such as service; may be given several times', several)
    .option('--set <name>', 'only the items of this set of files')
    .action(does(exportCatalog));
  program
    .command('secrets')
    .description('secrets of the catalog')
    .command('rotate')
    .description('seal every secret value with the newest key, after RUNYARD_SECRET_KEY was changed')
    .action(does(rotateSecrets));
  program
    .command('devices')
    .description('devices of the catalog')
    .command('import')
    .description('write devices from a CSV or YAML file into the catalog')
    .argument('<file>')
    .action((file: string, _options: unknown, command: Command) =>
      does((context, options) => importDevices(context, file, options as object))(command),
    );
}

/** The exit code for an error of commander itself: help and version are no errors. */
export function exitCodeOfUsage(error: { readonly exitCode: number }): number {
  return error.exitCode === 0 ? EXIT.done : EXIT.refused;
}
