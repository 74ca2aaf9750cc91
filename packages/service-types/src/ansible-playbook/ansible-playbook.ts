import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { AnsiblePlaybookSettings } from '@runyard/contracts';
import type { Credential, Device, JsonObject, ServiceType, Task, TaskOutcome } from '@runyard/domain';
import type { Environment } from '../process/environment.ts';
import { createMask, type Mask } from '../process/mask.ts';
import type { ProcessResult } from '../process/run-process.ts';
import { type AttemptFolder, createAttemptFolders } from '../program/attempt-folder.ts';
import { failed, failureText, programFields, returnCode } from '../program/program-outcome.ts';
import { isThere, sourceFile, workingFolder } from '../program/source-paths.ts';
import { runTaskProgram } from '../program/start-task.ts';
import { inventoryInput, taskDevices, taskSecrets, taskVariables } from '../program/task-input.ts';
import type { PythonEnvironments } from '../python-script/python-environments.ts';
import { environmentVariables, virtualEnvironment } from '../python-script/virtual-environment.ts';
import { ansibleVariables, playbookArguments } from './arguments.ts';
import { CALLBACK_PLUGIN, EVENTS_VARIABLE, PLUGIN_NAME } from './callback-plugin.ts';
import { Gather, type Member } from './gather.ts';
import { hostOutcome, hostState } from './host-outcome.ts';
import { type InventoryHost, inventoryOf } from './inventory.ts';
import { type HostEvents, readEvents } from './playbook-events.ts';
import { endTogether } from './together.ts';

const GRACE_MS = 2_000;

export interface AnsiblePlaybookOptions {
  /** Where each process gets a folder of its own; created when it is not there. */
  readonly workRoot: string;
  readonly knownHostsFile: string;
  readonly environments: PythonEnvironments;
  readonly inherited?: Environment;
}

/** A playbook that ran, with what it did on each host. */
interface PlaybookRun {
  readonly process: ProcessResult;
  readonly hosts: ReadonlyMap<string, HostEvents>;
}

/**
 * The service type `ansible-playbook`. Devices of a run that begin together share one process, whose callback tells
 * what it did on each; a service that runs once has one process for its whole inventory.
 */
export function createAnsiblePlaybook(options: AnsiblePlaybookOptions): ServiceType {
  const folders = createAttemptFolders(options.workRoot);
  const runFor = (task: Task, devices: readonly Device[], credentials: Credentials): Promise<PlaybookRun> =>
    folders.use(task, (folder) => runPlaybook(folder, task, devices, credentials, options));
  const gather = new Gather((members) => void runTogether(members, runFor));
  return {
    name: 'ansible-playbook',
    async run(task) {
      if (task.device !== null) return gather.add(groupKey(task), task);
      const devices = taskDevices(task);
      return onceOutcome(await runFor(task, devices, await lookUpAll(task, devices)), task, devices);
    },
    async stop() {},
  };
}

type Credentials = ReadonlyMap<string, Credential | null>;

/** Tasks whose processes would be the same but for the inventory. Templates may say something else for each device. */
function groupKey(task: Task): string {
  const { env = {} } = (task.service.settings as AnsiblePlaybookSettings).runtime ?? {};
  const rendered = Array.isArray(env)
    ? env
    : Object.entries(env).map(([name, text]) => [name, task.render(String(text))]);
  return JSON.stringify([task.runId, task.service.name, rendered]);
}

async function lookUpAll(task: Task, devices: readonly Device[]): Promise<Credentials> {
  const found = devices.map(async ({ name }) => [name, (await task.lookup(name)).credential] as const);
  return new Map(await Promise.all(found));
}

/** One process for all of them: it is ended when none of them needs it any more. */
async function runTogether(
  members: readonly Member[],
  runFor: (task: Task, devices: readonly Device[], credentials: Credentials) => Promise<PlaybookRun>,
): Promise<void> {
  const [first] = members;
  if (!first) return;
  const together = endTogether(members);
  try {
    const devices = members.flatMap(({ task }) => (task.device ? [task.device] : []));
    const credentials = new Map(members.map(({ task }) => [task.device?.name ?? '', task.credential]));
    const byDevice = new Map(members.map(({ task }) => [task.device?.name ?? '', task]));
    const log = (line: string): void => {
      // A line about one host goes to its log, any other to that of the first.
      const host = /^[a-z]+: \[([^\]]+?)(?: -> .*)?\]/.exec(line)?.[1] ?? /^([^\s:]+)\s+: ok=/.exec(line)?.[1];
      (byDevice.get(host ?? '') ?? first.task).log(line);
    };
    const { process, hosts } = await runFor(
      { ...first.task, device: null, inventory: devices, signal: together.signal, log },
      devices,
      credentials,
    );
    for (const { task, resolve } of members) {
      const name = task.device?.name ?? '';
      resolve(hostOutcome(name, hosts.get(name), process));
    }
  } catch (error) {
    for (const { reject } of members) reject(error);
  } finally {
    together.end();
  }
}

async function runPlaybook(
  folder: AttemptFolder,
  task: Task,
  devices: readonly Device[],
  credentials: Credentials,
  { environments, knownHostsFile, inherited = {} }: AnsiblePlaybookOptions,
): Promise<PlaybookRun> {
  const settings = task.service.settings as AnsiblePlaybookSettings;
  const { env, reqFile, configFile } = settings.runtime ?? {};
  const cwd = workingFolder(folder, task.service);
  const secrets = [...taskSecrets({}, task), ...[...credentials.values()].flatMap(secretsOf)];
  const hosts = await Promise.all(
    devices.map((device) => inventoryHost(folder, device, credentials.get(device.name) ?? null)),
  );
  const inventory = JSON.stringify(inventoryOf(hosts, knownHostsFile));
  const inventoryFile = await folder.writePrivate('inventory.json', inventory);
  const eventsFile = await folder.writePrivate('events.jsonl', '');
  // A folder of its own: Ansible loads every Python file in it and below.
  const plugins = path.join(folder.home, 'callbacks');
  await mkdir(plugins);
  await writeFile(path.join(plugins, `${PLUGIN_NAME}.py`), CALLBACK_PLUGIN);
  const sockets = await mkdtemp(path.join(tmpdir(), 'ry-'));
  try {
    const variables: Environment = {
      ...ansibleVariables(folder, sockets),
      ...taskVariables({ env }, task),
      [EVENTS_VARIABLE]: eventsFile,
      ANSIBLE_CALLBACK_PLUGINS: plugins,
      ANSIBLE_CALLBACKS_ENABLED: PLUGIN_NAME,
      ...(configFile === undefined ? {} : { ANSIBLE_CONFIG: await sourceFile(folder, cwd, configFile, 'configFile') }),
    };
    const place = await virtualEnvironment(reqFile, task, { folder, cwd, environments, variables, secrets });
    const process = await runTaskProgram(folder, task, {
      file: await ansibleIn(place),
      args: await playbookArguments(settings, task, folder, { cwd, inventoryFile }),
      cwd,
      stdin: inventoryInput(task),
      variables: { ...variables, ...(place === null ? {} : environmentVariables(place, inherited['PATH'])) },
      inherited,
      graceMs: settings.graceMs ?? GRACE_MS,
      secrets,
      // Its ssh masters and connection processes do.
      leavesGroup: true,
    });
    const mask: Mask = createMask(secrets);
    return { process, hosts: await readEvents(eventsFile, (value) => mask.value(value)) };
  } finally {
    await rm(sockets, { recursive: true, force: true }).catch(() => undefined);
  }
}

async function inventoryHost(
  folder: AttemptFolder,
  device: Device,
  credential: Credential | null,
): Promise<InventoryHost> {
  if (credential?.privateKey === undefined) return { device, credential, keyFile: undefined };
  const name = `key-${Buffer.from(device.name).toString('hex').slice(0, 200)}`;
  const keyFile = await folder.writePrivate(name, `${credential.privateKey.replaceAll('\r\n', '\n').trimEnd()}\n`);
  return { device, credential, keyFile };
}

function secretsOf(credential: Credential | null): (string | undefined)[] {
  return [credential?.password, credential?.enablePassword, credential?.privateKey, credential?.passphrase];
}

/** An environment with requirements may have an Ansible of its own. */
async function ansibleIn(place: string | null): Promise<string> {
  const own = place === null ? null : path.join(place, 'bin', 'ansible-playbook');
  return own !== null && (await isThere(own)) ? own : 'ansible-playbook';
}

/** The row of a service that runs once: how many hosts went how, and what each said. */
function onceOutcome({ process, hosts }: PlaybookRun, task: Task, devices: readonly Device[]): TaskOutcome {
  const names = new Set([...devices.map(({ name }) => name), ...hosts.keys()]);
  const counts = { ok: 0, failed: 0, unreachable: 0, 'not-run': 0 };
  const result: JsonObject = {};
  const states: JsonObject = {};
  let first = '';
  for (const name of names) {
    const outcome = hostOutcome(name, hosts.get(name), process);
    const state = hostState(hosts.get(name));
    counts[state] += 1;
    result[name] = outcome.result;
    first ||= outcome.error?.message ?? '';
    states[name] = { state, ...hosts.get(name)?.stats, ...(outcome.error ? { error: outcome.error.message } : {}) };
  }
  const fields = { ...programFields(process, task, { stdout: true }), counts, devices: states };
  if (returnCode(process) === 0) return { success: true, result, fields };
  const some = counts.failed + counts.unreachable;
  const text = some > 0 ? `${some} of ${names.size} hosts failed; first: ${first}` : failureText(process);
  return failed(result, 'PROCESS_FAILED', text, fields);
}
