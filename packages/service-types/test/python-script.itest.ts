import { execFileSync } from 'node:child_process';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { JsonObject, Service, ServiceType, Task, TaskOutcome } from '@runyard/domain';
import { needs, tempFolder, type TempFolder } from '@runyard/testkit';
import { createPythonEnvironments } from '../src/python-script/python-environments.ts';
import { createPythonScript } from '../src/python-script/python-script.ts';
import { HOSTILE } from './hostile-values.ts';
import { sampleDevice, sampleTask } from './sample-task.ts';

/** Prints what it was given as JSON, whatever bytes it is. */
const TELL = `import json, os, sys
print(json.dumps({'args': sys.argv[1:], 'env': dict(os.environ), 'input': sys.stdin.read(), 'cwd': os.getcwd(), 'prefix': sys.prefix}))
`;

let folder: TempFolder;
let source: string;
let type: ServiceType;

beforeEach(async () => {
  folder = await tempFolder('runyard-python-');
  source = path.join(folder.path, 'source');
  await mkdir(path.join(source, 'sub'), { recursive: true });
  await writeFile(path.join(source, 'tell.py'), TELL);
  await writeFile(path.join(source, 'sub', 'inner.py'), 'import os; print(os.listdir("."))');
  type = newType();
});
afterEach(async () => folder.remove());

function newType(): ServiceType {
  const inherited = { PATH: process.env['PATH'] };
  const environments = createPythonEnvironments({ folder: path.join(folder.path, 'environments'), inherited });
  return createPythonScript({ workRoot: path.join(folder.path, 'work'), environments, inherited });
}
function task(settings: JsonObject, more: Partial<Task> = {}, service: Partial<Service> = {}) {
  const with_source = { sourceFolder: async () => source, ...more };
  return sampleTask({ filename: 'tell.py', ...settings }, with_source, { bundle: 'a'.repeat(64), ...service });
}
function run(...parts: Parameters<typeof task>): Promise<TaskOutcome> {
  return type.run(task(...parts));
}
interface Told {
  readonly args: string[];
  readonly env: Record<string, string>;
  readonly input: string;
  readonly cwd: string;
  readonly prefix: string;
}
async function tell(...parts: Parameters<typeof task>): Promise<Told> {
  const outcome = await run(...parts);
  expect(outcome).toMatchObject({ success: true, fields: { return_code: 0 } });
  return JSON.parse(outcome.result as string);
}
const environments = (): Promise<string[]> => readdir(path.join(folder.path, 'environments')).catch(() => []);

needs(describe, 'python3')('the type python-script', () => {
  it('passes hostile params byte for byte, each as one argument with its name', async () => {
    const params = Object.fromEntries(HOSTILE.map((value, index) => [`p-${index}`, value]));
    expect((await tell({}, { params })).args).toEqual(HOSTILE.map((value, index) => `--p-${index}=${value}`));
  });

  it('gives lists and objects as JSON, true as the name alone, and nothing for false, null and what is not set', async () => {
    const params: JsonObject = { 'a-b': 1.5, c_D: ['x y'], o: { ü: [null] }, yes: true, no: false, none: null };
    expect((await tell({}, { params })).args).toEqual(['--a-b=1.5', '--c_D=["x y"]', '--o={"ü":[null]}', '--yes']);
    const inputs = { properties: { mtu: {}, name: {} } };
    const compat = { emptyForUnset: true };
    expect((await tell({ compat }, { params: { name: 'x' } }, { inputs })).args).toEqual(['--name=x', '--mtu=']);
  });

  it('says which param is too long for the system', async () => {
    await expect(run({}, { params: { big: 'x'.repeat(131_072) } })).rejects.toMatchObject({
      code: 'PROCESS_NOT_STARTED',
      message: expect.stringMatching(/argument 2 \(--big=xxx.*has 131078 bytes, and the system allows 131071/),
    });
  });

  it('reads the inventory from its input, and has what the service gives it, and nothing of the worker', async () => {
    process.env['RUNYARD_TEST_SECRET'] = 'secret';
    const inventory = [sampleDevice, { ...sampleDevice, name: 'r2' }];
    const { env, input } = await tell(
      { runtime: { env: { OWN: '{{ params.x }}' } } },
      { device: null, inventory, params: { x: 'y' }, secrets: { API_TOKEN: 'tok-en-tok-en' } },
    );
    delete process.env['RUNYARD_TEST_SECRET'];
    expect(
      (JSON.parse(input) as { inventory_nodes: { name: string }[] }).inventory_nodes.map(({ name }) => name),
    ).toEqual(['r1', 'r2']);
    expect(env).toMatchObject({ OWN: 'y', API_TOKEN: '***', RUNYARD_RUN_ID: '0123456789abcdef01234567' });
    expect(env).not.toHaveProperty('RUNYARD_TEST_SECRET');
    const listed = await tell({ runtime: { env: ['ONE=a=b', 'TWO='] } });
    expect(listed.env).toMatchObject({ ONE: 'a=b', TWO: '' });
  });

  it('shows no secret that a script prints, in output, error, log or fields', async () => {
    await writeFile(
      path.join(source, 'leak.py'),
      `import os, sys, json
token = os.environ['TOKEN']
print('plain ' + token); print(json.dumps({'t': token})); sys.stdout.write('x' * 2000000 + token)
sys.exit('failed with ' + token)`,
    );
    const secret = 'geheim "ü" \\ wort';
    const leaking = task({ filename: 'leak.py' }, { secrets: { TOKEN: secret } });
    const outcome = await type.run(leaking);
    const seen = JSON.stringify([outcome, leaking.lines]);
    expect(outcome).toMatchObject({ success: false, error: { message: expect.stringContaining('failed with ***') } });
    expect(seen).not.toContain('geheim');
    expect(leaking.lines).toContain('plain ***');
  });

  it('gives each line to the log of the run while the script runs', async () => {
    await writeFile(path.join(source, 'wait.py'), 'import time\nprint("begun")\ntime.sleep(600)');
    const stop = new AbortController();
    const lines: string[] = [];
    const log = (line: string): void => {
      lines.push(line);
      stop.abort(new Error('seen'));
    };
    await expect(run({ filename: 'wait.py' }, { signal: stop.signal, log })).rejects.toMatchObject({
      code: 'RUN_CANCELLED',
    });
    expect(lines).toEqual(['begun']);
  });

  it('finds its file in the working directory, or from the top', async () => {
    expect((await run({ filename: 'inner.py' }, {}, { workingDirectory: 'sub' })).result).toBe("['inner.py']\n");
    expect((await run({ filename: 'sub/inner.py' }, {}, { workingDirectory: 'sub' })).result).toBe("['inner.py']\n");
    expect((await tell({}, {}, { workingDirectory: 'sub' })).cwd).toMatch(/source\/sub$/);
  });

  it.each([
    ['a file that is not there', { filename: 'missing.py' }],
    ['a file outside', { filename: '../x.py' }],
    ['requirements that are not there', { runtime: { reqFile: 'missing.txt' } }],
  ])('refuses %s', async (_, settings) => {
    await expect(run(settings)).rejects.toMatchObject({ code: 'PROCESS_NOT_STARTED' });
  });

  it('tells exit code, times and both outputs', async () => {
    await writeFile(path.join(source, 'fail.py'), 'import sys\nprint("out")\nsys.exit(3)');
    const outcome = await run({ filename: 'fail.py' }, { device: null }, { runMethod: 'once' });
    expect(outcome).toMatchObject({
      success: false,
      result: 'out\n',
      error: { code: 'PROCESS_FAILED' },
      fields: { return_code: 3, stdout: 'out\n', stderr: '', elapsed_time: expect.any(Number) },
    });
    const { start_time: from, end_time: to } = outcome.fields as Record<string, string>;
    expect(Date.parse(from ?? '')).toBeLessThanOrEqual(Date.parse(to ?? ''));
  });

  it('replaces bytes that are not UTF-8 and cuts what is too much', async () => {
    await writeFile(
      path.join(source, 'bytes.py'),
      `import sys
sys.stdout.buffer.write(b'a\\xff\\xfeb\\n')
for _ in range(50): sys.stdout.buffer.write(b'x' * 1000000)`,
    );
    const before = process.memoryUsage().rss;
    const { success, result } = await run({ filename: 'bytes.py' });
    expect(success).toBe(true);
    expect(result as string).toMatch(/^a\ufffd\ufffdb\nx+\n\[output cut at 1 MiB\]$/);
    expect(process.memoryUsage().rss - before).toBeLessThan(100 * 1024 * 1024);
  });
});

needs(describe, 'python3')('a virtual environment', () => {
  async function wheel(name: string, text: string): Promise<void> {
    const script = `import sys, zipfile, hashlib, base64
name, text, target = sys.argv[1:]
files = {f'{name}.py': f'TEXT = {text!r}', f'{name}-1.0.dist-info/METADATA': f'Metadata-Version: 2.1\\nName: {name}\\nVersion: 1.0\\n',
  f'{name}-1.0.dist-info/WHEEL': 'Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n'}
record = ''.join(f'{path},,\\n' for path in files) + f'{name}-1.0.dist-info/RECORD,,\\n'
with zipfile.ZipFile(target, 'w') as archive:
  for path, content in {**files, f'{name}-1.0.dist-info/RECORD': record}.items(): archive.writestr(path, content)`;
    execFileSync('python3', ['-c', script, name, text, path.join(source, `${name}-1.0-py3-none-any.whl`)]);
  }

  it('holds what the requirements list, is built once for all who need it, and kept', async () => {
    await wheel('greeting', 'hello');
    await writeFile(path.join(source, 'requirements.txt'), '# local\n--no-index\n./greeting-1.0-py3-none-any.whl\n');
    await writeFile(path.join(source, 'greet.py'), 'import greeting, sys; print(greeting.TEXT, sys.prefix)');
    const settings = { filename: 'greet.py', runtime: { reqFile: 'requirements.txt' } };
    const other = newType();
    const outcomes = await Promise.all([
      run(settings),
      run(settings),
      other.run(task(settings)),
      other.run(task(settings)),
    ]);
    const results = new Set(outcomes.map(({ result }) => result));
    expect(results.size).toBe(1);
    expect([...results][0]).toMatch(/^hello .*environments/);
    expect(await environments()).toHaveLength(1);
    const again = task(settings);
    expect(await type.run(again)).toMatchObject({ result: [...results][0] as string });
    expect(again.lines.join('\n')).not.toContain('building');

    await wheel('greeting', 'other');
    expect((await run(settings)).result).toMatch(/^other /);
    expect(await environments()).toHaveLength(2);
  }, 120_000);

  it('is quick to make when nothing is listed, and is not made at all without a file', async () => {
    await writeFile(path.join(source, 'empty.txt'), '# nothing\n\n');
    const { prefix, env } = await tell({ runtime: { reqFile: 'empty.txt' } });
    expect(prefix).toContain('environments');
    expect(env['VIRTUAL_ENV']).toBe(prefix);
    await tell({});
    expect(await environments()).toHaveLength(1);
  });

  it('leaves nothing when it cannot be built, and says why', async () => {
    await writeFile(path.join(source, 'bad.txt'), '--no-index\nno-such-package-anywhere==1.0\n');
    await expect(run({ runtime: { reqFile: 'bad.txt' } })).rejects.toMatchObject({
      code: 'SOURCE_UNAVAILABLE',
      message: expect.stringMatching(/could not be built: .*no-such-package-anywhere/),
    });
    expect(await environments()).toEqual([]);
    expect(await readFile(path.join(source, 'bad.txt'), 'utf8')).toContain('no-such');
  }, 60_000);

  it('is given up when nobody waits for it any more', async () => {
    await wheel('greeting', 'hello');
    await writeFile(path.join(source, 'requirements.txt'), '--no-index\n./greeting-1.0-py3-none-any.whl\n');
    const stop = new AbortController();
    const log = (line: string): void => {
      if (line.startsWith('building')) stop.abort(new Error('over'));
    };
    const settings = { runtime: { reqFile: 'requirements.txt' } };
    await expect(run(settings, { signal: stop.signal, log })).rejects.toThrow('over');
    expect((await run(settings)).success).toBe(true);
    expect(await environments()).toHaveLength(1);
  }, 60_000);
});
