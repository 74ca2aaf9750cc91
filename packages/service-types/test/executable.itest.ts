import { mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { deviceError, type JsonObject, type ServiceType, type Task, type TaskOutcome } from '@runyard/domain';
import { waitFor } from '@runyard/testkit';
import { createExecutable } from '../src/executable/executable.ts';
import { HOSTILE } from './hostile-values.ts';
import { sampleDevice, sampleTask } from './sample-task.ts';

const NODE = process.execPath;
/** Prints its arguments, environment, input and working folder as JSON. */
const TELL = `const input = require('node:fs').readFileSync(0, 'utf8');
  const { argv, env } = process;
  console.log(JSON.stringify({ args: argv.slice(2), env, input, cwd: process.cwd() }));`;

let folder: string;
let workRoot: string;
let source: string;
let type: ServiceType;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'runyard-executable-'));
  workRoot = path.join(folder, 'work');
  source = path.join(folder, 'source');
  await mkdir(path.join(source, 'sub'), { recursive: true });
  await writeFile(path.join(source, 'tell.js'), TELL);
  await writeFile(path.join(source, 'sub', 'run.sh'), '#!/bin/sh\necho "$0" > ran\npwd\nls -a\n', { mode: 0o755 });
  type = createExecutable({ workRoot });
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

function withSource(settings: JsonObject, more: Partial<Task> = {}): Promise<TaskOutcome> {
  return type.run(sampleTask(settings, { sourceFolder: async () => source, ...more }, { bundle: 'a'.repeat(64) }));
}
interface Told {
  readonly args: string[];
  readonly env: Record<string, string>;
  readonly input: string;
  readonly cwd: string;
}
async function tell(settings: JsonObject, more: Partial<Task> = {}): Promise<Told> {
  const outcome = await withSource({ filename: 'tell.js', interpreter: NODE, ...settings }, more);
  expect(outcome).toMatchObject({ success: true, fields: { return_code: 0 } });
  return JSON.parse(outcome.result as string);
}

describe('the type executable', () => {
  it('passes hostile params byte for byte', async () => {
    const params = Object.fromEntries(HOSTILE.map((value, index) => [`p-${index}`, value]));
    const { args } = await tell({}, { params });
    expect(args).toEqual(HOSTILE.flatMap((value, index) => [`--p-${index}`, value]));
  });

  it('passes hostile values in templates byte for byte, each as one argument', async () => {
    const params = { list: [...HOSTILE] };
    const { args, env, input } = await tell(
      {
        args: HOSTILE.map((_, index) => `{{ params.list[${index}] }}`),
        env: { HOSTILE: '{{ params.list[0] }}{{ params.list[1] }}' },
        stdin: '{{ params.list[23] }}{{ params.list[2] }}',
      },
      { params },
    );
    expect(args).toEqual(HOSTILE);
    expect(env['HOSTILE']).toBe(`${HOSTILE[0]}${HOSTILE[1]}`);
    expect(input).toBe(`${HOSTILE[23]}${HOSTILE[2]}`);
  });

  it('adds the params to the arguments only when it is told to', async () => {
    const params = { mtu: 9000, up: true, down: false };
    expect((await tell({ args: ['one'] }, { params })).args).toEqual(['one']);
    expect(
      (await tell({ args: ['one'], passParams: true, argFormat: '--{{.Key}}={{.Value}}' }, { params })).args,
    ).toEqual(['one', '--mtu=9000', '--up']);
    expect((await tell({ passParams: false }, { params })).args).toEqual([]);
  });

  it('gives the device as inventory, and all of them to a service that runs once', async () => {
    const node = { name: 'r1', attributes: { address: '192.0.2.1', role: 'core' } };
    expect(JSON.parse((await tell({})).input)).toEqual({ inventory_nodes: [node] });
    const inventory = [sampleDevice, { ...sampleDevice, name: 'r2', port: 830, attributes: { port: 22 } }];
    expect(JSON.parse((await tell({}, { device: null, inventory })).input)).toEqual({
      inventory_nodes: [node, { name: 'r2', attributes: { address: '192.0.2.1', port: 22 } }],
    });
    expect((await tell({}, { device: null })).input).toBe('');
  });

  it('tells the program about its run and gives it nothing of the worker', async () => {
    process.env['RUNYARD_SECRET_KEY'] = 'secret';
    const credential = { name: 'lab', username: 'admin', password: 'pass-word' };
    const { env, cwd } = await tell({ env: { RUNYARD_PRINCIPAL: 'forged', OWN: '1' } }, { check: true, credential });
    delete process.env['RUNYARD_SECRET_KEY'];
    const home = path.dirname(cwd);
    expect(env).toEqual({
      PATH: expect.any(String),
      LANG: 'C.UTF-8',
      HOME: home,
      TMPDIR: path.join(home, 'tmp'),
      OWN: '1',
      RUNYARD_ATTEMPT: expect.any(String),
      RUNYARD_RUN_ID: '0123456789abcdef01234567',
      RUNYARD_INITIATOR: 'ada',
      RUNYARD_ACTOR: 'ada',
      RUNYARD_PRINCIPAL: 'sa_work',
      RUNYARD_CHAIN: '0123456789abcdef01234567',
      RUNYARD_CHECK: 'true',
      RUNYARD_DEVICE_NAME: 'r1',
      RUNYARD_DEVICE_ADDRESS: '192.0.2.1',
    });
  });

  it('gives the program the proof of its run for calls to our gateways, and hides it in what it prints', async () => {
    const script = 'printf %s "$RUNYARD_LINEAGE" | tr a-z A-Z; echo " $RUNYARD_LINEAGE"';
    const settings = { filename: 'sh', args: ['-c', script], env: { RUNYARD_LINEAGE: 'forged' } };
    const { result } = await type.run(sampleTask(settings, { lineage: 'v1.signed.lineage' }));
    expect(result).toBe('V1.SIGNED.LINEAGE ***\n');
  });

  it('passes the credential on when asked, and hides the password in result, error and log', async () => {
    const credential = { name: 'lab', username: 'admin', password: 'pass-word' };
    const script = 'echo "$RUNYARD_USERNAME $RUNYARD_PASSWORD"; echo "bad $RUNYARD_PASSWORD" >&2; exit 1';
    const task = sampleTask({ filename: 'sh', args: ['-c', script], passCredential: true }, { credential });
    const outcome = await type.run(task);
    expect(outcome).toMatchObject({ result: 'admin ***\n', fields: { stderr: 'bad ***\n' } });
    expect(JSON.stringify([outcome, task.lines])).not.toContain('pass-word');
    await expect(type.run(sampleTask({ filename: 'env', passCredential: true }))).rejects.toMatchObject({
      code: 'CREDENTIAL_NOT_FOUND',
    });
  });

  it('runs a file of the source in a copy that is gone afterwards', async () => {
    const { result } = await withSource({ filename: 'sub/run.sh', workingDirectory: 'sub' });
    const [cwd, ...names] = (result as string).trim().split('\n');
    expect(path.relative(workRoot, cwd ?? '')).toMatch(/^attempt-\w+\/source\/sub$/);
    expect(names).toEqual(['.', '..', 'ran', 'run.sh']);
    expect(await readdir(path.join(source, 'sub'))).toEqual(['run.sh']);
    expect(await readdir(workRoot)).toEqual([]);
  });

  it('gives each of many attempts at once a folder of its own', async () => {
    const told = await Promise.all(Array.from({ length: 8 }, () => tell({})));
    expect(new Set(told.map(({ cwd }) => cwd)).size).toBe(8);
    expect(await readdir(workRoot)).toEqual([]);
  });

  it('tells the exit code and the last line of what went wrong', async () => {
    const script = 'echo half; echo first >&2; echo " no route " >&2; exit 4';
    const task = sampleTask({ filename: 'sh', args: ['-c', script] });
    expect(await type.run(task)).toEqual({
      success: false,
      result: 'half\n',
      error: { code: 'PROCESS_FAILED', message: 'The program ended with code 4: no route' },
      fields: {
        return_code: 4,
        stderr: 'first\n no route \n',
        start_time: expect.any(String),
        end_time: expect.any(String),
        elapsed_time: expect.any(Number),
      },
    });
    expect(task.lines.toSorted()).toEqual([' no route ', 'first', 'half']);
    expect(await type.run(sampleTask({ filename: 'sh', args: ['-c', 'kill -9 $$'] }))).toMatchObject({
      success: false,
      error: { message: 'The program was ended by SIGKILL' },
      fields: { return_code: 137, signal: 'SIGKILL' },
    });
    expect(await readdir(workRoot)).toEqual([]);
  });

  it.each([
    ['a file outside the source', { filename: '../work' }],
    ['a file outside by a detour', { filename: 'sub/../../x' }],
    ['an absolute file although there is a source', { filename: '/bin/sh' }],
    ['a file that is not in the source', { filename: 'missing.sh' }],
    ['a file with NUL', { filename: 'a\0b' }],
    ['a file that may not be executed', { filename: 'tell.js' }],
    ['an interpreter inside a folder', { filename: 'tell.js', interpreter: 'sub/run.sh' }],
    ['a folder outside the source', { filename: 'sub/run.sh', workingDirectory: '..' }],
    ['an absolute folder although there is a source', { filename: 'sub/run.sh', workingDirectory: '/tmp' }],
  ])('does not start %s', async (_, settings) => {
    await expect(withSource(settings)).rejects.toMatchObject({ code: 'PROCESS_NOT_STARTED' });
    expect(await readdir(workRoot)).toEqual([]);
  });

  it.each([
    ['a relative path without a source', { filename: 'sub/run.sh' }],
    ['a bare name for an interpreter without a source', { filename: 'tell.js', interpreter: 'node' }],
    ['a program that is not on the PATH', { filename: 'no-such-program' }],
    ['a folder without a source', { filename: 'env', workingDirectory: 'sub' }],
  ])('does not start %s', async (_, settings) => {
    await expect(type.run(sampleTask(settings))).rejects.toMatchObject({ code: 'PROCESS_NOT_STARTED' });
    expect(await readdir(workRoot)).toEqual([]);
  });

  it('rejects with the reason of the signal and leaves neither process nor folder', async () => {
    const stop = new AbortController();
    const reason = deviceError('DEVICE_TIMEOUT', 'late');
    const script = `trap '' TERM; echo $$; while :; do sleep 60; done`;
    const pids: number[] = [];
    const log = (line: string): void => {
      pids.push(Number(line));
      stop.abort(reason);
    };
    const settings = { filename: 'sh', args: ['-c', script], graceMs: 100 };
    await expect(type.run(sampleTask(settings, { signal: stop.signal, log }))).rejects.toBe(reason);
    await waitFor(() =>
      stat(`/proc/${pids[0]}`).then(
        () => false,
        () => true,
      ),
    );
    expect(await readdir(workRoot)).toEqual([]);
  });

  it('passes on that the source is not available', async () => {
    const missing = deviceError('SOURCE_UNAVAILABLE', 'gone');
    await expect(withSource({ filename: 'a' }, { sourceFolder: () => Promise.reject(missing) })).rejects.toBe(missing);
  });

  it('removes what a crash left behind long ago, and nothing else', async () => {
    for (const name of ['attempt-old', 'attempt-new', 'other'])
      await mkdir(path.join(workRoot, name), { recursive: true });
    const old = new Date(Date.now() - 8 * 24 * 3_600_000);
    for (const name of ['attempt-old', 'other']) await utimes(path.join(workRoot, name), old, old);
    await type.run(sampleTask({ filename: 'true' }));
    expect((await readdir(workRoot)).sort()).toEqual(['attempt-new', 'other']);
  });

  it('keeps the mode of the files in the copy', async () => {
    await writeFile(path.join(source, 'mode.sh'), '#!/bin/sh\nstat -c %a "$0"', { mode: 0o755 });
    expect((await withSource({ filename: 'mode.sh' })).result).toBe('755\n');
    expect(await readFile(path.join(source, 'mode.sh'), 'utf8')).toContain('stat');
  });

  it('starts a file with the program of the catalog and its options', async () => {
    const executableObject = async (name: string) =>
      name === 'own-node' ? { name, execCommand: `${NODE} --no-warnings` } : null;
    const params = { 'a-b': 'x y' };
    const outcome = await withSource(
      { filename: 'tell.js', executableObject: 'own-node' },
      { executableObject, params },
    );
    expect((JSON.parse(outcome.result as string) as Told).args).toEqual(['--a-b', 'x y']);
    await expect(
      withSource({ filename: 'tell.js', executableObject: 'none' }, { executableObject }),
    ).rejects.toMatchObject({
      code: 'PROCESS_NOT_STARTED',
      message: expect.stringContaining("'none'"),
    });
  });

  it('finds its file in the working directory, and gives secrets as variables that nobody sees', async () => {
    const service = { bundle: 'a'.repeat(64), workingDirectory: 'sub', runMethod: 'once' as const };
    const settings = { filename: 'run.sh', runtime: { env: ['ONE=1'] } };
    await writeFile(path.join(source, 'sub', 'run.sh'), '#!/bin/sh\necho "$ONE $TOKEN"; pwd', { mode: 0o755 });
    const task = sampleTask(
      settings,
      { sourceFolder: async () => source, secrets: { TOKEN: 'tok-en-tok-en' } },
      service,
    );
    const outcome = await type.run(task);
    expect(outcome.result).toMatch(/^1 \*\*\*\n.*\/sub\n$/);
    expect(outcome.fields).toMatchObject({ stdout: outcome.result });
    expect(JSON.stringify([outcome, task.lines])).not.toContain('tok-en');
  });
});
