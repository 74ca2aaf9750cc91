import { execFile } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

const run = promisify(execFile);
const scripts = fileURLToPath(new URL('../../../scripts', import.meta.url));
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'runyard-start-'));
  mkdirSync(join(folder, 'scripts'));
  cpSync(join(scripts, 'start'), join(folder, 'scripts/start'), { recursive: true });
  cpSync(join(scripts, 'start.mjs'), join(folder, 'scripts/start.mjs'));
  cpSync(join(scripts, 'workspaces.mjs'), join(folder, 'scripts/workspaces.mjs'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Writes a file of the small project; `age` is in seconds. */
function write(path: string, content: string | object, age = 0): void {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  setAge(path, age);
}

function setAge(path: string, age: number): void {
  const at = new Date(Date.now() - age * 1_000);
  utimesSync(join(folder, path), at, at);
}

/** The value of an expression in a process of its own, in the small project. */
async function evaluate(expression: string, module: string): Promise<unknown> {
  const script = `import * as it from './scripts/start/${module}'; console.log(JSON.stringify(${expression}) ?? '');`;
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', script], { cwd: folder });
  return stdout.trim() === '' ? undefined : (JSON.parse(stdout) as unknown);
}

describe('the version of Node', () => {
  it.each([
    ['18.20.4', true],
    ['20.18.3', true],
    ['20.19.0', false],
    ['24.1.0', false],
  ])('%s is refused: %s', async (version, isRefused) => {
    const problem = await evaluate(`it.nodeProblem('${version}')`, 'node-version.mjs');

    expect(typeof problem === 'string' && problem.includes('20.19')).toBe(isRefused);
  });
});

describe('what is installed', () => {
  const lock = (version: string) => ({
    packages: {
      '': {},
      'packages/own': { version: '0.1.0' },
      'node_modules/express': { version, integrity: `sha512-${version}` },
      'node_modules/for-other-systems': { version: '1.0.0', optional: true },
    },
  });
  const installed = (version: string) => ({
    packages: { 'node_modules/express': { version, integrity: `sha512-${version}` } },
  });
  const isInstalled = () => evaluate('it.isInstalled()', 'installed.mjs');

  it('is nothing without node_modules', async () => {
    write('package-lock.json', lock('5.0.0'));

    expect(await isInstalled()).toBe(false);
  });

  it('is right when it is newer than the lock file', async () => {
    write('package-lock.json', lock('5.0.0'), 60);
    write('node_modules/.package-lock.json', installed('5.0.0'));

    expect(await isInstalled()).toBe(true);
  });

  it('is right when it is older, as after a copy, but has every package', async () => {
    write('package-lock.json', lock('5.0.0'));
    write('node_modules/.package-lock.json', installed('5.0.0'), 60);

    expect(await isInstalled()).toBe(true);
  });

  it('is wrong when the lock file asks for another version', async () => {
    write('package-lock.json', lock('5.1.0'));
    write('node_modules/.package-lock.json', installed('5.0.0'), 60);

    expect(await isInstalled()).toBe(false);
  });
});

describe('what is built', () => {
  const isBuilt = () => evaluate('it.isBuilt()', 'built.mjs');

  beforeEach(() => {
    for (const file of ['package.json', 'tsconfig.json', 'tsconfig.base.json']) write(file, {}, 100);
    for (const file of ['package.json', 'tsconfig.json', 'src/index.ts']) write(`apps/cli/${file}`, {}, 100);
    write('apps/cli/dist/index.js', '');
    mkdirSync(join(folder, 'packages'));
    setAge('apps/cli/src', 100);
  });
  const markBuilt = (age: number) => evaluate(`it.markBuilt(new Date(Date.now() - ${age * 1_000}))`, 'built.mjs');

  it('is nothing before the first build', async () => {
    expect(await isBuilt()).toBe(false);
  });

  it('is right until a source changes', async () => {
    await markBuilt(50);
    expect(await isBuilt()).toBe(true);

    write('apps/cli/src/index.ts', 'changed', 10);
    expect(await isBuilt()).toBe(false);
  });

  it('is wrong when a source was changed while it was built', async () => {
    await markBuilt(50);
    write('apps/cli/src/index.ts', 'changed', 40);

    expect(await isBuilt()).toBe(false);
  });

  it('is wrong when a source was removed', async () => {
    write('apps/cli/src/old.ts', '', 100);
    setAge('apps/cli/src', 100);
    await markBuilt(50);

    rmSync(join(folder, 'apps/cli/src/old.ts'));

    expect(await isBuilt()).toBe(false);
  });

  it('is wrong when the output of a workspace is gone', async () => {
    await markBuilt(50);
    rmSync(join(folder, 'apps/cli/dist/index.js'));

    expect(await isBuilt()).toBe(false);
  });
});

describe('the lock of the start', () => {
  const work = (name: string): Promise<unknown> =>
    run(
      process.execPath,
      [
        '--input-type=module',
        '-e',
        `import { appendFileSync } from 'node:fs';
         import { withLock } from './scripts/start/lock.mjs';
         await withLock('.runyard/start.lock', async () => {
           appendFileSync('order', 'begin ${name}\\n');
           await new Promise((resolve) => setTimeout(resolve, 100));
           appendFileSync('order', 'end ${name}\\n');
         });`,
      ],
      { cwd: folder },
    );

  it('lets one process work at a time, also when they find the lock of a dead one', async () => {
    const { stdout: dead } = await run('sh', ['-c', 'echo $$']);
    write('.runyard/start.lock', dead.trim());

    await Promise.all(['a', 'b', 'c'].map(work));

    const lines = readFileSync(join(folder, 'order'), 'utf8').trim().split('\n');
    expect(lines).toHaveLength(6);
    for (let line = 0; line < 6; line += 2) expect(lines[line + 1]).toBe(lines[line]?.replace('begin', 'end'));
    expect(existsSync(join(folder, '.runyard/start.lock'))).toBe(false);
  });
});

describe('npm start', () => {
  const start = async (...args: string[]) => {
    const { npm_execpath: _unused, ...env } = process.env;
    const options = { cwd: folder, env: { ...env, PATH: `${folder}/bin:${env['PATH']}` } };
    return run(process.execPath, ['scripts/start.mjs', ...args], options).then(
      ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
      (error: { code: number; stdout: string; stderr: string }) => error,
    );
  };

  /** A project whose npm is a script that takes note of its arguments. */
  function project(npm: string): void {
    write('package.json', { type: 'module' }, 100);
    write('tsconfig.json', {}, 100);
    write('tsconfig.base.json', {}, 100);
    write('package-lock.json', { packages: {} }, 100);
    for (const file of ['package.json', 'tsconfig.json', 'src/index.ts']) write(`apps/cli/${file}`, {}, 100);
    setAge('apps/cli/src', 100);
    mkdirSync(join(folder, 'packages'));
    write('bin/npm', `#!/bin/sh\necho "npm $*" >> calls\n${npm}\n`);
    chmodSync(join(folder, 'bin/npm'), 0o755);
  }

  const working = `case "$1" in
    ci) mkdir -p node_modules && echo '{"packages":{}}' > node_modules/.package-lock.json ;;
    run) mkdir -p apps/cli/dist && touch apps/cli/dist/index.js &&
      echo 'console.log(JSON.stringify(process.argv.slice(2))); process.exitCode = 7;' > apps/cli/dist/main.js ;;
  esac`;

  it('installs, builds, and runs up with its arguments and exit code', async () => {
    project(working);

    const { code, stdout } = await start('--once', '--port', '3100');

    expect(stdout).toMatch(
      /Installing packages … \d+\.\d s\n {2}Building … \d+\.\d s\n\["up","--once","--port","3100"\]\n$/,
    );
    expect(code).toBe(7);
  });

  it('does nothing of that the second time', async () => {
    project(working);
    await start();

    const { stdout } = await start();

    expect(stdout).toBe('["up"]\n');
    expect(readFileSync(join(folder, 'calls'), 'utf8').trim().split('\n')).toEqual([
      expect.stringMatching(/^npm ci /),
      'npm run --silent build',
    ]);
  });

  it('shows what npm said when it failed, and stops', async () => {
    project('echo "no way to the registry" >&2; exit 1');

    const { code, stdout, stderr } = await start();

    expect(code).toBe(1);
    expect(stdout).toBe('  Installing packages … failed\n');
    expect(stderr).toContain('no way to the registry');
    expect(readFileSync(join(folder, 'calls'), 'utf8').trim().split('\n')).toHaveLength(1);
  });
});
