import path from 'node:path';
import type { AnsiblePlaybookSettings } from '@runyard/contracts';
import { deviceError, isJsonObject, type Task } from '@runyard/domain';
import type { AttemptFolder } from '../program/attempt-folder.ts';
import { sourceFile } from '../program/source-paths.ts';
import { unsafeYaml } from './yaml-text.ts';

/** The arguments of ansible-playbook. What callers give, and whatever is secret, stands in files and never in them. */
export async function playbookArguments(
  settings: AnsiblePlaybookSettings,
  task: Task,
  folder: AttemptFolder,
  { cwd, inventoryFile }: { readonly cwd: string; readonly inventoryFile: string },
): Promise<string[]> {
  const runtime: Runtime = settings.runtime ?? {};
  const file = (name: string, setting: string): Promise<string> => sourceFile(folder, cwd, name, setting);
  const args = ['--inventory', inventoryFile];
  for (const name of runtime.inventory ?? []) args.push('--inventory', await file(name, 'inventory'));
  for (const name of runtime.extraVarsFile ?? []) args.push('--extra-vars', `@${await file(name, 'extraVarsFile')}`);
  args.push(...(await authorVariables(runtime.extraVars, folder)));
  await checkParams(task);
  const params = { ...task.params, runyard: { run_id: task.runId, check: task.check } };
  args.push('--extra-vars', `@${await folder.writePrivate('params.yml', `---\n${unsafeYaml(params)}\n`)}`);
  args.push(...options(runtime, task), '--');
  for (const name of settings.playbooks) args.push(await file(name, 'playbooks'));
  return args;
}

type Runtime = NonNullable<AnsiblePlaybookSettings['runtime']>;

function options(runtime: Runtime, task: Task): string[] {
  const { check, diff, forks, verboseLevel = 0 } = runtime;
  const args: string[] = [];
  if (check || task.check) args.push('--check');
  if (diff || task.check) args.push('--diff');
  if (forks !== undefined) args.push(`--forks=${forks}`);
  args.push(...words('tags', runtime.tags), ...words('skip-tags', runtime.skipTags), ...words('limit', runtime.limit));
  if (verboseLevel > 0) args.push(`-${'v'.repeat(verboseLevel)}`);
  return args;
}

function words(option: string, value: string | readonly string[] = []): string[] {
  if (value.length === 0) return [];
  return [`--${option}=${typeof value === 'string' ? value : value.join(',')}`];
}

async function authorVariables(extraVars: Runtime['extraVars'], folder: AttemptFolder): Promise<string[]> {
  if (extraVars === undefined) return [];
  // What the author of the service wrote may hold templates: it is not marked as unsafe.
  if (isJsonObject(extraVars)) {
    return ['--extra-vars', `@${await folder.writePrivate('extra-vars.json', JSON.stringify(extraVars))}`];
  }
  return (extraVars as readonly string[]).flatMap((text) => ['--extra-vars', text]);
}

/** A caller who could say how Ansible connects could run anything on the worker. */
async function checkParams({ params, inputNames }: Task): Promise<void> {
  const special = Object.keys(params).filter((name) => /^ansible_|^hostvars$|^groups$|^runyard$/.test(name));
  if (special.length === 0) return;
  const declared = await inputNames();
  for (const name of special) {
    if (declared.includes(name)) continue;
    throw deviceError(
      'PROCESS_NOT_STARTED',
      `The param '${name}' would change how Ansible works; the inputs of the service must declare it to allow that`,
    );
  }
}

/** Where Ansible keeps what belongs to this process only. */
export function ansibleVariables(folder: AttemptFolder, sockets: string): Record<string, string> {
  return {
    ANSIBLE_HOME: path.join(folder.home, '.ansible'),
    ANSIBLE_LOCAL_TEMP: path.join(folder.temporary, 'ansible'),
    // Sockets have short paths only.
    ANSIBLE_SSH_CONTROL_PATH_DIR: path.join(sockets, 's'),
    ANSIBLE_PERSISTENT_CONTROL_PATH_DIR: path.join(sockets, 'p'),
    ANSIBLE_RETRY_FILES_ENABLED: 'False',
    ANSIBLE_NOCOLOR: 'True',
    ANSIBLE_FORCE_COLOR: 'False',
    ANSIBLE_DEPRECATION_WARNINGS: 'False',
    ANSIBLE_LOCALHOST_WARNING: 'False',
    ANSIBLE_INVENTORY_UNPARSED_WARNING: 'False',
    PYTHONDONTWRITEBYTECODE: '1',
    PYTHONUNBUFFERED: '1',
  };
}
