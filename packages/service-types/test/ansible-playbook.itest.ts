import { readFileSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Device, JsonObject, Service, ServiceType, Task } from '@runyard/domain';
import { markedProcesses, needs, type Sshd, startSshd, tempFolder, type TempFolder, waitFor } from '@runyard/testkit';
import { createAnsiblePlaybook } from '../src/ansible-playbook/ansible-playbook.ts';
import { createPythonEnvironments } from '../src/python-script/python-environments.ts';
import { HOSTILE } from './hostile-values.ts';
import { sampleTask } from './sample-task.ts';

let folder: TempFolder;
let source: string;
let type: ServiceType;

beforeEach(async () => {
  folder = await tempFolder('runyard-ansible-');
  source = path.join(folder.path, 'source');
  await mkdir(source);
  const inherited = { PATH: process.env['PATH'] };
  type = createAnsiblePlaybook({
    workRoot: path.join(folder.path, 'work'),
    knownHostsFile: path.join(folder.path, 'known hosts'),
    environments: createPythonEnvironments({ folder: path.join(folder.path, 'environments'), inherited }),
    inherited,
  });
});
afterEach(async () => {
  await type.stop();
  await folder.remove();
});

async function playbook(text: string, name = 'play.yml'): Promise<void> {
  await writeFile(path.join(source, name), text);
}
function local(name: string, attributes: JsonObject = {}): Device {
  const own = { ansible_connection: 'local', ansible_python_interpreter: '/usr/bin/python3', ...attributes };
  return { name, address: '127.0.0.1', cluster: 'default', attributes: own };
}
function task(settings: JsonObject, more: Partial<Task> = {}, service: Partial<Service> = {}) {
  const withSource = { sourceFolder: async () => source, device: local('r1'), ...more };
  return sampleTask({ playbooks: ['play.yml'], ...settings }, withSource, { bundle: 'a'.repeat(64), ...service });
}
interface TaskResult {
  readonly task: string;
  readonly status: string;
  readonly result: JsonObject;
}
const tasksOf = (outcome: { result: unknown }): TaskResult[] => (outcome.result as { tasks: TaskResult[] }).tasks;

const PLAY = `- hosts: all
  gather_facts: false
  tasks:
`;

needs(
  describe,
  'ansible-playbook',
  'python3',
)('the type ansible-playbook', () => {
  it('runs no Python file of the source on the way', async () => {
    const ran = path.join(folder.path, 'ran');
    await writeFile(path.join(source, 'trap.py'), `open(${JSON.stringify(ran)}, 'w')`);
    await playbook(`${PLAY}    - ansible.builtin.debug: {msg: end}\n`);
    expect((await type.run(task({}))).success).toBe(true);
    expect(await readdir(folder.path)).not.toContain('ran');
  });

  it('gives each device its own result from one process', async () => {
    await playbook(`${PLAY}    - name: who
      ansible.builtin.command: echo {{ inventory_hostname }} {{ site }} {{ ansible_play_hosts_all | length }}
    - name: only bad
      ansible.builtin.fail: {msg: "{{ inventory_hostname }} is bad"}
      when: inventory_hostname == 'bad'
    - name: later
      ansible.builtin.debug: {msg: end}
`);
    const gone = { name: 'gone', address: '127.0.0.1', port: 1, cluster: 'default', ssh: { hostKey: 'off' as const } };
    const devices = [
      local('r1', { site: 'ams' }),
      local('bad', { site: 'fra' }),
      { ...gone, attributes: { site: 'x' } },
    ];
    const tasks = devices.map((device) => task({}, { device, credential: { name: 'c', username: 'nobody' } }));
    const [good, bad, unreachable] = await Promise.all(tasks.map((one) => type.run(one)));
    expect(good).toMatchObject({
      success: true,
      fields: { ok: 2, changed: 1, failures: 0, unreachable: 0, return_code: 4 },
    });
    expect(tasksOf(good as never)[0]).toMatchObject({ task: 'who', status: 'changed', result: { stdout: 'r1 ams 3' } });
    expect(bad).toMatchObject({
      success: false,
      error: { code: 'PROCESS_FAILED', message: 'only bad: bad is bad' },
      fields: { failures: 1 },
    });
    expect(unreachable).toMatchObject({
      success: false,
      error: { code: 'DEVICE_UNREACHABLE' },
      fields: { unreachable: 1 },
    });
    expect(tasks[1]?.lines.join('\n')).toMatch(/fatal: \[bad\]: FAILED/);
    expect(tasks[2]?.lines.join('\n')).not.toContain('[bad]');
  });

  it('gives one row with the state of each device to a service that runs once', async () => {
    await playbook(`${PLAY}    - ansible.builtin.assert: {that: inventory_hostname != 'bad', fail_msg: no good}\n`);
    const inventory = [local('r1'), local('r2'), local('bad')];
    const once = task({}, { device: null, inventory }, { runMethod: 'once' });
    const outcome = await type.run({
      ...once,
      lookup: async () => ({ device: inventory[0] as Device, credential: null }),
    });
    expect(outcome).toMatchObject({
      success: false,
      error: { message: expect.stringContaining('1 of 3 hosts failed') },
      fields: {
        return_code: 2,
        counts: { ok: 2, failed: 1, unreachable: 0 },
        devices: { r1: { state: 'ok' }, bad: { state: 'failed', error: expect.stringContaining('no good') } },
        stdout: expect.stringContaining('PLAY RECAP'),
        elapsed_time: expect.any(Number),
      },
      result: { r1: { changed: false }, bad: { tasks: [{ status: 'failed' }] } },
    });
  });

  it('passes hostile params byte for byte, and renders no template in them', async () => {
    await playbook(
      `${PLAY}    - ansible.builtin.copy: {content: "{{ {'list': list, 'deep': deep, 'n': n, 'b': b} | to_json }}", dest: "{{ target }}"}\n`,
    );
    const target = path.join(folder.path, 'told');
    const deep = { 'ke"y {{ 1 + 1 }}': [HOSTILE[0] ?? '', { ü: null }] };
    const params = { list: [...HOSTILE], deep, n: 1.5, b: true, target };
    const outcome = await type.run(task({ runtime: { env: { LC_ALL: 'C.UTF-8' } } }, { params }));
    expect([outcome.error, outcome.success]).toEqual([undefined, true]);
    expect(JSON.parse(await readFile(target, 'utf8'))).toEqual({ list: HOSTILE, deep, n: 1.5, b: true });
    expect(await readdir(source)).toEqual(['play.yml']);
  });

  it('refuses a param that would say how Ansible connects, unless the service declares it', async () => {
    await playbook(`${PLAY}    - ansible.builtin.debug: {msg: "{{ ansible_user }}"}\n`);
    const params = { ansible_user: 'eve' };
    await expect(type.run(task({}, { params }))).rejects.toMatchObject({ code: 'PROCESS_NOT_STARTED' });
    const inputs = { properties: { ansible_user: {} } };
    expect(tasksOf(await type.run(task({}, { params }, { inputs })))[0]?.result['msg']).toBe('eve');
  });

  it('changes nothing in a check and shows what would change', async () => {
    await playbook(`${PLAY}    - ansible.builtin.copy: {content: new, dest: "{{ target }}"}\n`);
    const target = path.join(folder.path, 'target');
    await writeFile(target, 'old');
    const checking = task({}, { check: true, params: { target } });
    expect(await type.run(checking)).toMatchObject({ success: true, result: { changed: true } });
    expect(await readFile(target, 'utf8')).toBe('old');
    expect(checking.lines).toContain('+new');
  });

  it('takes tags, limit, forks, config, extra variables and further inventories of the service', async () => {
    await playbook(`${PLAY}    - {name: one, ansible.builtin.debug: {msg: "{{ a }} {{ b }} {{ c }} {{ p }}"}, tags: [x]}
    - {name: two, ansible.builtin.debug: {msg: never}, tags: [y]}
`);
    await writeFile(path.join(source, 'more.yml'), 'b: from-file\np: author\n');
    await writeFile(path.join(source, 'hosts.ini'), 'r1 c=from-inventory\n');
    await writeFile(path.join(source, 'own.cfg'), '[defaults]\nstdout_callback = minimal\n');
    const runtime = {
      extraVars: ['a=from-var'],
      extraVarsFile: ['more.yml'],
      inventory: ['hosts.ini'],
      configFile: 'own.cfg',
      tags: ['x'],
      skipTags: 'y',
      limit: ['r1'],
      forks: 2,
      verboseLevel: 1,
    };
    const outcome = await type.run(task({ runtime }, { params: { p: 'caller' } }));
    expect(tasksOf(outcome).map(({ task: name, result }) => [name, result['msg']])).toEqual([
      ['one', 'from-var from-file from-inventory caller'],
    ]);
  });

  it('shows no credential and no secret: not in arguments, result, log or files that stay', async () => {
    await playbook(
      `${PLAY}    - ansible.builtin.shell: echo "$TOKEN"; tr '\\0' ' ' < /proc/$PPID/cmdline; ps -ewwo args\n    - ansible.builtin.debug: {var: ansible_password}\n`,
    );
    const credential = { name: 'c', username: 'u', password: 'pass-of-device' };
    const leaking = task({}, { credential, secrets: { TOKEN: 'tok-en-tok-en' } });
    const outcome = await type.run(leaking);
    expect(outcome.success).toBe(true);
    expect(JSON.stringify([outcome, leaking.lines])).not.toMatch(/pass-of-device|tok-en-tok-en/);
    expect(tasksOf(outcome)[0]?.result['stdout']).toContain('***\n');
    expect(await readdir(path.join(folder.path, 'work'))).toEqual([]);
  });

  it('tells what is wrong with a playbook', async () => {
    await playbook('- hosts: all\n  tasks: [\n');
    expect(await type.run(task({}))).toMatchObject({
      success: false,
      error: { code: 'PROCESS_FAILED', message: expect.stringMatching(/ended with code 4/) },
    });
    await expect(type.run(task({ playbooks: ['none.yml'] }))).rejects.toMatchObject({ code: 'PROCESS_NOT_STARTED' });
  });

  it('ends everything of the process when the last device is cancelled, and lets go of the others at once', async () => {
    await playbook(`${PLAY}    - ansible.builtin.command: setsid sleep 600\n`);
    const stops = [new AbortController(), new AbortController()];
    const env = { MARK: folder.path };
    const runs = stops.map(({ signal }, index) =>
      type.run(task({ runtime: { env } }, { device: local(`r${index}`), signal })).catch((error: unknown) => error),
    );
    await waitFor(() => markedProcesses('MARK', folder.path).some(({ pid }) => sleeps(pid)), { timeoutMs: 20_000 });
    stops[0]?.abort(new Error('first'));
    expect(await runs[0]).toMatchObject({ message: 'first' });
    expect(markedProcesses('MARK', folder.path)).not.toEqual([]);
    stops[1]?.abort(new Error('second'));
    await runs[1];
    expect(markedProcesses('MARK', folder.path)).toEqual([]);
  });

  function sleeps(pid: number): boolean {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').startsWith('sleep');
    } catch {
      return false;
    }
  }
});

needs(
  describe,
  'ansible-playbook',
  'python3',
  'sshd',
  'ssh',
  'ssh-keygen',
)('a playbook over SSH', () => {
  let sshd: Sshd;
  beforeEach(async () => {
    sshd = await startSshd();
    await writeFile(path.join(folder.path, 'known hosts'), `[127.0.0.1]:${sshd.port} ${sshd.hostKey}\n`);
  });
  afterEach(async () => sshd.stop());

  it('logs in with the key of the credential, and no connection outlives it', async () => {
    await playbook(`${PLAY}    - ansible.builtin.raw: echo "$SSH_CONNECTION"\n`);
    const attributes = { ansible_ssh_args: '-o ControlMaster=auto -o ControlPersist=600s' };
    const device = { name: 'r1', address: '127.0.0.1', port: sshd.port, cluster: 'default', attributes };
    const credential = { name: 'c', username: sshd.username, privateKey: sshd.privateKey };
    const outcome = await type.run(task({ runtime: { env: { MARK: folder.path } } }, { device, credential }));
    expect([outcome.error, outcome.success]).toEqual([undefined, true]);
    expect(tasksOf(outcome)[0]?.result['stdout']).toContain('127.0.0.1');
    expect(markedProcesses('MARK', folder.path)).toEqual([]);
  });

  it('does not talk to a host whose key is not known', async () => {
    await playbook(`${PLAY}    - ansible.builtin.raw: "true"\n`);
    await writeFile(path.join(folder.path, 'known hosts'), '');
    const device = { name: 'r1', address: '127.0.0.1', port: sshd.port, cluster: 'default' };
    const credential = { name: 'c', username: sshd.username, privateKey: sshd.privateKey };
    expect(await type.run(task({}, { device, credential }))).toMatchObject({
      error: { code: 'DEVICE_UNREACHABLE', message: expect.stringContaining('Host key verification failed') },
    });
  });
});
