import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { JsonObject } from '@runyard/domain';
import { type Bundle, packBundle } from '@runyard/contracts';
import {
  descendants,
  type Installation,
  markedProcesses,
  needs,
  startInstallation,
  tempFolder,
  type TempFolder,
  untilEnded,
  waitFor,
} from '@runyard/testkit';

const DEVICES = Array.from({ length: 6 }, (_, index) => `d${index}`);
const SECRET = 'geheim/"wort" ü1234';

let runyard: Installation;
let folder: TempFolder;
let work: string;

/** Files of a service that are packed as `apply` packs them. */
const PRINT = bundle({
  'args.py': 'import json, os, sys\nprint(json.dumps({"args": sys.argv[1:], "token": os.environ.get("TOKEN")}))',
  'sleep.py': 'import os, sys, time\nprint("sleeps", flush=True)\nos.system("setsid sleep 600 & sleep 601")',
  'play.yml':
    '- hosts: all\n  gather_facts: false\n  connection: local\n  tasks:\n    - ansible.builtin.assert: {that: inventory_hostname != "d3", fail_msg: "{{ text }}"}\n',
  'main.tf':
    'variable "n" { default = 1 }\nresource "terraform_data" "n" { input = var.n }\noutput "n" { value = terraform_data.n.output }\n',
});

function bundle(files: Readonly<Record<string, string>>): Bundle {
  return packBundle(
    Object.entries(files).map(([name, text]) => ({ path: name, mode: 0o644, data: Buffer.from(text) })),
  );
}

beforeAll(async () => {
  folder = await tempFolder('runyard-types-');
  work = path.join(folder.path, 'repository');
  mkdirSync(work);
  git('init', '--quiet', '--initial-branch=main');
  commit('one');
  runyard = await startInstallation({ workers: ['ams', 'ams'] });
  const packed = { bundle: PRINT.hash };
  const once = { runMethod: 'once', cluster: 'ams', timeout: '2m' } as const;
  await runyard.client.catalog.apply({
    bundles: [{ hash: PRINT.hash, content: Buffer.from(PRINT.content).toString('base64') }],
    catalog: {
      clusters: [{ name: 'ams' }, { name: 'bare' }],
      secrets: [{ name: 'token', value: SECRET }],
      repositories: [{ name: 'code', url: `file://${work}`, reference: 'main' }],
      devices: [
        ...DEVICES.map((name) => ({ name, address: '127.0.0.1', cluster: 'ams' })),
        { name: 'far', address: '127.0.0.1', cluster: 'bare' },
      ],
      services: [
        {
          name: 'print',
          type: 'python-script',
          filename: 'args.py',
          secrets: [{ name: 'token', type: 'env', target: 'TOKEN' }],
          ...packed,
          ...once,
        },
        {
          name: 'sleep',
          type: 'python-script',
          filename: 'sleep.py',
          runtime: { env: { MARK: folder.path } },
          ...packed,
          ...once,
        },
        {
          name: 'play',
          type: 'ansible-playbook',
          playbooks: ['play.yml'],
          timeout: '2m',
          targets: { devices: DEVICES },
          ...packed,
        },
        { name: 'plan', type: 'opentofu-plan', action: 'apply', ...packed, ...once },
        {
          name: 'from-git',
          type: 'python-script',
          filename: 'text.py',
          repository: 'code',
          targets: { devices: DEVICES },
        },
        {
          name: 'broken-git',
          type: 'python-script',
          filename: 'text.py',
          repository: 'code',
          workingDirectory: 'none',
          ...once,
        },
      ] as never,
    },
  });
}, 60_000);
afterAll(async () => {
  await runyard.stop();
  await folder.remove();
});

function git(...args: string[]): void {
  execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.net', ...args], { cwd: work, stdio: 'pipe' });
}
function commit(text: string): void {
  writeFileSync(path.join(work, 'text.py'), `print("${text}")`);
  git('add', '--all');
  git('commit', '--quiet', '--message', text);
}

async function run(
  service: string,
  params: JsonObject = {},
  more: JsonObject = {},
): Promise<{ id: string; state: string }> {
  const { id } = await runyard.client.runs.create({ service, params, ...more } as never);
  return { id, state: await untilEnded(runyard.client, id) };
}
async function rows(id: string) {
  const all = [];
  for await (const row of runyard.client.runs.devices(id)) all.push(row);
  return all;
}
needs(
  describe,
  'redis-server',
  'git',
  'python3',
  'ansible-playbook',
  'tofu or terraform',
)('programs of services', () => {
  it('get their params and secrets, and the secrets are seen nowhere', async () => {
    const params = { text: `"quotes" '$(id)' \n ü`, list: [1, 'a b'], yes: true, no: false };
    const { id, state } = await run('print', params);
    expect(state).toBe('succeeded');
    const answers = await Promise.all(
      ['', '/devices', '/log'].map(async (part) => (await runyard.call(`/v1/runs/${id}${part}`)).text()),
    );
    expect(answers.join('\n')).not.toContain('geheim');
    const [line] = await logOf(id);
    expect(JSON.parse(line ?? '')).toEqual({
      args: [`--text=${params.text}`, '--list=[1,"a b"]', '--yes'],
      token: '***',
    });
  });

  it('give a result for each device of a playbook', async () => {
    const { id, state } = await run('play', { text: 'not this one' });
    expect(state).toBe('failed');
    const seen = await rows(id);
    expect(seen.filter((row) => row.state === 'succeeded').map(({ name }) => name)).toEqual([
      'd0',
      'd1',
      'd2',
      'd4',
      'd5',
    ]);
    expect(seen.find(({ name }) => name === 'd3')?.error).toMatchObject({
      code: 'PROCESS_FAILED',
      message: expect.stringContaining('not this one'),
    });
    expect(await runyard.client.runs.get(id)).toMatchObject({ counts: { total: 6, succeeded: 5, failed: 1 } });
  });

  it('find the state of the run before on whichever worker, and one run at a time has it', async () => {
    const runs = await Promise.all([1, 2, 3, 4].map((n) => run('plan', { n })));
    expect(runs.map(({ state }) => state)).toEqual(['succeeded', 'succeeded', 'succeeded', 'succeeded']);
    const again = await run('plan', { action: 'plan', n: 1 });
    expect((await logOf(again.id)).join('\n')).toMatch(/terraform_data\.n: Refreshing|Plan: 0 to add|No changes/);
    expect((await run('plan', { action: 'destroy' })).state).toBe('succeeded');
  });

  it('come from git at the commit that the run saw first', async () => {
    const first = await run('from-git');
    expect(first.state).toBe('succeeded');
    commit('two');
    await waitFor(
      async () => {
        const { id } = await run('from-git');
        const texts = new Set(await logOf(id));
        expect(texts.size).toBe(1);
        return texts.has('two');
      },
      { timeoutMs: 30_000 },
    );
    expect(new Set(await logOf(first.id))).toEqual(new Set(['one']));
    expect((await run('broken-git')).state).toBe('failed');
  });

  it('say at once that no live worker of a cluster runs the type', async () => {
    await runyard.startWorker('bare', { PATH: path.dirname(process.execPath) });
    const { id, state } = await run('play', { text: 'x' }, { devices: ['far'] });
    expect(state).toBe('failed');
    const [row] = await rows(id);
    expect(row?.error?.code).toBe('SERVICE_TYPE_UNKNOWN');
    const workers = (await (await runyard.call('/v1/workers')).json()) as {
      items: { cluster: string; serviceTypes: string[] }[];
    };
    const bare = workers.items.find(({ cluster }) => cluster === 'bare');
    expect(bare?.serviceTypes).not.toContain('ansible-playbook');
  });

  it('are left to the worker of the cluster that has the type', async () => {
    await runyard.startWorker('ams', { PATH: '/nowhere' });
    const runs = await Promise.all(Array.from({ length: 12 }, () => run('print', { n: 1 })));
    expect(runs.map(({ state }) => state)).toEqual(Array(12).fill('succeeded'));
  });

  it('are all gone when their worker is killed, and another worker takes the run', async () => {
    const { id } = await runyard.client.runs.create({ service: 'sleep' });
    await waitFor(() => markedProcesses('MARK', folder.path).length >= 3, { timeoutMs: 20_000 });
    const before = new Set(markedProcesses('MARK', folder.path).map(({ pid }) => pid));
    const owner = runyard.workers.find(({ pid }) => descendants(pid).some((child) => before.has(child.pid)));
    owner?.signal('SIGKILL');
    await waitFor(() => markedProcesses('MARK', folder.path).every(({ pid }) => !before.has(pid)), {
      timeoutMs: 10_000,
    });
    await waitFor(() => markedProcesses('MARK', folder.path).length >= 3, { timeoutMs: 30_000 });
    await runyard.client.runs.cancel(id);
    expect(await untilEnded(runyard.client, id)).toBe('cancelled');
    await waitFor(() => markedProcesses('MARK', folder.path).length === 0, { timeoutMs: 10_000 });
  });
});

async function logOf(id: string): Promise<string[]> {
  const answer = (await (await runyard.call(`/v1/runs/${id}/log`)).json()) as { items: { text: string }[] };
  return answer.items.map(({ text }) => text);
}
