import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { JsonObject, KeptState, Service, ServiceType, Task, TaskOutcome } from '@runyard/domain';
import { markedProcesses, needs, tempFolder, type TempFolder } from '@runyard/testkit';
import { createOpentofuPlan } from '../src/opentofu-plan/opentofu-plan.ts';
import { HOSTILE } from './hostile-values.ts';
import { sampleTask } from './sample-task.ts';

const MAIN = `variable "name" { default = "nobody" }
variable "list" { default = [] }
resource "terraform_data" "one" { input = var.name }
output "name" { value = terraform_data.one.output }
output "list" { value = var.list }
output "password" {
  value     = "geheimes-\${terraform_data.one.id}"
  sensitive = true
}
`;

let folder: TempFolder;
let source: string;
let type: ServiceType;
let states: Map<string, string>;
let inHand: Set<string>;

beforeEach(async () => {
  folder = await tempFolder('runyard-tofu-');
  source = path.join(folder.path, 'source');
  await mkdir(source);
  await writeFile(path.join(source, 'main.tf'), MAIN);
  type = createOpentofuPlan({ workRoot: path.join(folder.path, 'work'), inherited: { PATH: process.env['PATH'] } });
  states = new Map();
  inHand = new Set();
});
afterEach(async () => {
  await type.stop();
  await folder.remove();
});

async function keptState(name: string): Promise<KeptState> {
  expect(inHand.has(name)).toBe(false);
  inHand.add(name);
  return {
    content: states.get(name) ?? null,
    save: async (content) => void states.set(name, content),
    release: async () => void inHand.delete(name),
  };
}
function task(settings: JsonObject, more: Partial<Task> = {}, service: Partial<Service> = {}) {
  const own = { sourceFolder: async () => source, device: null, keptState, ...more };
  return sampleTask(settings, own, { bundle: 'a'.repeat(64), runMethod: 'once', ...service });
}
function run(action: string, params: JsonObject = {}, settings: JsonObject = {}): Promise<TaskOutcome> {
  return type.run(task(settings, { params: { action, ...params } }));
}

needs(describe, 'tofu or terraform')('the type opentofu-plan', () => {
  it('plans, applies and destroys, and keeps the state from run to run', async () => {
    expect(await run('plan', { name: 'ada' })).toMatchObject({
      success: true,
      result: {
        changes: { add: 1, remove: 0 },
        planned: [{ resource: 'terraform_data.one', action: 'create' }],
        has_changes: true,
      },
      fields: { return_code: 0, action: 'plan' },
    });
    expect(await run('apply', { name: 'ada' })).toMatchObject({
      success: true,
      result: { outputs: { name: 'ada' }, changes: { add: 1 } },
      fields: {
        return_code: 0,
        stdout: expect.stringContaining('Apply complete'),
        state_file: {
          serial: expect.any(Number),
          outputs: { name: { value: 'ada', type: 'string' } },
          resources: [{ type: 'terraform_data' }],
        },
      },
    });
    expect(await run('plan', { name: 'ada' })).toMatchObject({ result: { has_changes: false } });
    expect(await run('apply', { name: 'eve' })).toMatchObject({
      result: { outputs: { name: 'eve' }, changes: { change: 1 } },
    });
    expect(await run('destroy')).toMatchObject({ success: true, result: { changes: { remove: 1 } } });
    expect((JSON.parse(states.get('sample/terraform.tfstate') ?? '') as { resources: unknown[] }).resources).toEqual(
      [],
    );
    expect([...inHand]).toEqual([]);
    expect(await readdir(path.join(folder.path, 'work'))).toEqual([]);
  }, 60_000);

  it('passes hostile params byte for byte, and evaluates no expression in them', async () => {
    const list = [...HOSTILE, 'x'.repeat(200_000)];
    const outcome = await run('apply', { list, name: HOSTILE[16] ?? '' });
    expect([outcome.error, outcome.success]).toEqual([undefined, true]);
    const { outputs } = outcome.result as { outputs: JsonObject };
    expect(outputs['list']).toEqual(list);
    expect(outputs['name']).toBe(HOSTILE[16]);
  });

  it('hides what is sensitive, and shows no secret', async () => {
    await writeFile(
      path.join(source, 'leak.tf'),
      `variable "token" {}\nresource "terraform_data" "leak" {\n  provisioner "local-exec" { command = "echo '\${nonsensitive(var.token)}'; printenv TF_VAR_token; tr '\\\\0' ' ' < /proc/$PPID/cmdline" }\n}\noutput "leak" { value = var.token }\n`,
    );
    const leaking = task({ action: 'apply' }, { secrets: { TF_VAR_token: 'tok-en_<ü>&tok+en' } });
    const outcome = await type.run(leaking);
    expect([outcome.error, outcome.success]).toEqual([undefined, true]);
    expect(JSON.stringify([outcome, leaking.lines])).not.toMatch(/tok-en|geheimes-/);
    expect(outcome.result).toMatchObject({ outputs: { password: '***', leak: '***' } });
  });

  it('takes variables of the author from files and texts, and lets params win', async () => {
    await writeFile(path.join(source, 'author.tfvars'), 'name = "file"\nlist = [1]\n');
    const settings = { varFiles: ['author.tfvars'], vars: ['name=text="a"'] };
    expect((await run('apply', {}, settings)).result).toMatchObject({ outputs: { name: 'text="a"', list: [1] } });
    expect((await run('apply', { name: 'caller' }, settings)).result).toMatchObject({ outputs: { name: 'caller' } });
    const asObject = { vars: { list: [{ a: 1 }] } };
    expect((await run('apply', {}, asObject)).result).toMatchObject({ outputs: { list: [{ a: 1 }] } });
  }, 60_000);

  it('only plans in a check, whatever the action', async () => {
    expect(await type.run(task({ action: 'apply' }, { check: true }))).toMatchObject({ result: { has_changes: true } });
    expect(states.get('sample/terraform.tfstate')).toBeUndefined();
    await run('apply');
    const before = states.get('sample/terraform.tfstate');
    expect(await type.run(task({ action: 'destroy' }, { check: true }))).toMatchObject({
      result: { planned: [{ action: 'delete' }] },
    });
    expect(states.get('sample/terraform.tfstate')).toBe(before);
  });

  it('has a state for each name and each device, and begins with the file of the source', async () => {
    await run('apply', { name: 'ada' });
    await writeFile(path.join(source, 'prod.tfstate'), states.get('sample/terraform.tfstate') ?? '');
    const device = { name: 'r1', address: 'x', cluster: 'default' };
    expect(await type.run(task({ action: 'apply' }, { device, params: { name: 'eve' } }))).toMatchObject({
      result: { changes: { add: 1 } },
    });
    expect(await run('apply', { name: 'ada' }, { stateFile: 'prod.tfstate' })).toMatchObject({
      result: { changes: { add: 0 } },
    });
    expect([...states.keys()]).toEqual([
      'sample/terraform.tfstate',
      'sample/terraform.tfstate/r1',
      'sample/prod.tfstate',
    ]);
  }, 60_000);

  it('tells what went wrong, and keeps what was made before', async () => {
    const broken = path.join(source, 'broken.tf');
    await writeFile(
      broken,
      'resource "terraform_data" "bad" {\n  depends_on = [terraform_data.one]\n  provisioner "local-exec" { command = "exit 7" }\n}\n',
    );
    expect(await run('apply')).toMatchObject({
      success: false,
      error: { code: 'PROCESS_FAILED', message: expect.stringContaining('exit status 7') },
      fields: { return_code: 1, state_file: { resources: [{ name: 'bad' }, { name: 'one' }] } },
    });
    expect(states.get('sample/terraform.tfstate')).toContain('"one"');
    await writeFile(broken, 'resource "nothing_known" "x" {');
    expect(await run('plan')).toMatchObject({
      success: false,
      error: { message: expect.stringMatching(/init|clos|brace/i) },
    });
  });

  it.each([
    ['no action', {}, /There is no action/],
    ['an unknown action', { action: 'delete' }, /"delete"' is no action/],
    ['a list for an action', { action: ['apply'] }, /is no action/],
  ])('refuses %s', async (_, params, message) => {
    await expect(type.run(task({}, { params }))).rejects.toMatchObject({
      code: 'PROCESS_NOT_STARTED',
      message: expect.stringMatching(message),
    });
  });

  it('writes its state when it is cancelled in the middle, and leaves nobody', async () => {
    await writeFile(
      path.join(source, 'slow.tf'),
      `resource "terraform_data" "slow" {\n  depends_on = [terraform_data.one]\n  provisioner "local-exec" { command = "echo begun; exec sleep 600" }\n}\n`,
    );
    const stop = new AbortController();
    const lines: string[] = [];
    const log = (line: string): void => {
      lines.push(line);
      if (line.includes('begun') && !line.includes('echo')) stop.abort(new Error('enough'));
    };
    const slow = task({ action: 'apply', runtime: { env: { MARK: folder.path } } }, { signal: stop.signal, log });
    await expect(type.run(slow)).rejects.toMatchObject({ code: 'RUN_CANCELLED' });
    expect(states.get('sample/terraform.tfstate')).toContain('"one"');
    expect(markedProcesses('MARK', folder.path)).toEqual([]);
    expect([...inHand]).toEqual([]);
    expect(await readFile(path.join(source, 'main.tf'), 'utf8')).toBe(MAIN);
  });

  it('keeps its hands off the state that a backend of the author has', async () => {
    const file = path.join(folder.path, 'own.tfstate');
    await writeFile(path.join(source, 'backend.tf'), 'terraform {\n  backend "local" {}\n}\n');
    expect(await run('apply', {}, { backendConfig: { path: file } })).toMatchObject({ success: true });
    expect(await readFile(file, 'utf8')).toContain('terraform_data');
    expect([...states.keys()]).toEqual([]);
  });
});
