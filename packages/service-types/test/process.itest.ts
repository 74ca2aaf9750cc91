import { readFileSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { deviceError } from '@runyard/domain';
import { waitFor } from '@runyard/testkit';
import { processEnvironment } from '../src/process/environment.ts';
import { type ProcessOptions, type ProcessResult, runProcess } from '../src/process/run-process.ts';

const MIB = 1024 * 1024;
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'runyard-process-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

function run(file: string, args: readonly string[], more: Partial<ProcessOptions> = {}): Promise<ProcessResult> {
  return runProcess({
    file,
    args,
    env: processEnvironment({ home: folder, given: { MARK: folder } }),
    cwd: folder,
    signal: new AbortController().signal,
    graceMs: 1_000,
    stdoutBytesMax: MIB,
    stderrBytesMax: MIB,
    ...more,
  });
}
const shell = (script: string, more: Partial<ProcessOptions> = {}): Promise<ProcessResult> =>
  run('sh', ['-c', script], more);

/** Processes that were started by this test and still live; each carries the folder in its environment. */
async function alive(): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  return pids.filter((pid) => {
    try {
      const isMarked = readFileSync(`/proc/${pid}/environ`, 'utf8').includes(`MARK=${folder}`);
      return isMarked && !/^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
    } catch {
      return false;
    }
  });
}

describe('runProcess', () => {
  it('gives exit code and both outputs', async () => {
    const result = await shell('echo out; echo err >&2; exit 3');
    expect(result).toMatchObject({ exitCode: 3, signal: null, stdout: 'out\n', stderr: 'err\n', timedOut: false });
    expect(result.aborted).toBe(false);
  });

  it('gives the signal that ended the program', async () => {
    expect(await shell('kill -SEGV $$')).toMatchObject({ exitCode: null, signal: 'SIGSEGV' });
  });

  it('passes arguments and input byte for byte', async () => {
    const hostile = ['-n', '$(id)', '`id`', `"'"`, 'a\nb', '\\', '*', '', '日本 ü', '--', 'x'.repeat(100_000)];
    const script = 'process.stdin.pipe(process.stdout); console.error(JSON.stringify(process.argv.slice(1)))';
    const stdin = Buffer.alloc(300_000, 'é');
    const result = await run(process.execPath, ['-e', script, '--', ...hostile], { stdin });
    expect(JSON.parse(result.stderr)).toEqual(hostile);
    expect(result.stdout).toBe(stdin.toString());
  });

  it('gives nothing of the worker to the program', async () => {
    process.env['RUNYARD_TEST_SECRET'] = 'secret';
    const { stdout } = await run('env', []);
    delete process.env['RUNYARD_TEST_SECRET'];
    const names = stdout.split('\n').map((line) => line.split('=')[0]);
    expect(names.filter(Boolean).sort()).toEqual(['HOME', 'LANG', 'MARK', 'PATH', 'RUNYARD_ATTEMPT']);
  });

  it('gives an empty input when there is none', async () => {
    expect(await run('cat', [])).toMatchObject({ exitCode: 0, stdout: '' });
  });

  it('survives a program that closes its input early', async () => {
    const stdin = Buffer.alloc(4 * MIB, 'x');
    expect(await shell('exec 0<&-; echo done', { stdin })).toMatchObject({ exitCode: 0, stdout: 'done\n' });
  });

  it.each([
    ['a program that is not there', '/nowhere/program', [], /'\/nowhere\/program' .*no such program/],
    ['a file that cannot be executed', '/proc/version', [], /'\/proc\/version' .*permission denied/],
    ['an argument with NUL', 'echo', ['a\0b'], /NUL/],
    ['an argument that is too long', 'echo', ['--big', 'x'.repeat(128 * 1024)], /argument 2 \(--big xxx.*131072 bytes/],
    ['arguments that are too long', 'echo', Array(40).fill('x'.repeat(100_000)), /longer than the system allows/],
  ])('rejects %s', async (_, file, args, message) => {
    await expect(run(file, args)).rejects.toMatchObject({
      code: 'PROCESS_NOT_STARTED',
      message: expect.stringMatching(message),
    });
  });

  it('replaces bytes that are not UTF-8', async () => {
    expect((await shell(String.raw`printf 'a\377b\303'`)).stdout).toBe('a\ufffdb\ufffd');
  });

  it('cuts 400 MB of output with a mark while the program runs to its end in bounded memory', async () => {
    const script = `const block = Buffer.alloc(1e6, 'x');
      let left = 400;
      const write = () => { while (left-- > 0) if (!process.stdout.write(block)) return process.stdout.once('drain', write);
        process.stderr.write('finished'); };
      write();`;
    const beforeBytes = process.memoryUsage().rss;
    const lines: string[] = [];
    const result = await run(process.execPath, ['-e', script], { onLine: (line) => lines.push(line) });
    expect(result).toMatchObject({ exitCode: 0, stderr: 'finished', stdoutTruncated: true, stderrTruncated: false });
    expect(result.stdout.length).toBe(MIB + '\n[output cut at 1 MiB]'.length);
    expect(result.stdout.endsWith('x\n[output cut at 1 MiB]')).toBe(true);
    expect(lines.map((line) => line.length)).toEqual([expect.any(Number), expect.any(Number), 8]);
    // Half of what was said: the collector of this process takes its time, but does not keep it.
    expect(process.memoryUsage().rss - beforeBytes).toBeLessThan(200 * MIB);
  });

  it('gives lines while the program runs', async () => {
    const stop = new AbortController();
    const lines: string[] = [];
    const result = await shell('echo one; echo two >&2; printf three; sleep 60', {
      signal: stop.signal,
      onLine: (line, stream) => {
        lines.push(`${stream} ${line}`);
        if (lines.length === 2) stop.abort();
      },
    });
    expect(result.aborted).toBe(true);
    expect(lines.slice(0, 2).sort()).toEqual(['stderr two', 'stdout one']);
  });

  it('ends a program that obeys SIGTERM without waiting for the grace', async () => {
    const result = await shell('sleep 60 & wait', { timeoutMs: 100, graceMs: 60_000 });
    expect(result).toMatchObject({ signal: 'SIGTERM', timedOut: true, aborted: false });
    expect(await alive()).toEqual([]);
  });

  it('lets a program end by SIGINT in its own way', async () => {
    const script = `trap 'echo saved; exit 7' INT; echo ready; while :; do sleep 0.05; done`;
    const stop = new AbortController();
    const more = {
      signal: stop.signal,
      graceMs: 60_000,
      killSignalFirst: 'SIGINT',
      onLine: () => stop.abort(),
    } as const;
    expect(await shell(script, more)).toMatchObject({ exitCode: 7, stdout: 'ready\nsaved\n', aborted: true });
  });

  it('kills a forking program that ignores SIGTERM, with all its children', async () => {
    const script = `trap '' TERM; for i in 1 2 3; do (trap '' TERM; sleep 60 & sleep 60; sleep 60) & done; echo ready; while :; do sleep 60; done`;
    const stop = new AbortController();
    const seen: string[][] = [];
    const result = await shell(script, {
      signal: stop.signal,
      graceMs: 200,
      onLine: () => {
        void waitFor(async () => {
          seen.push(await alive());
          return (seen.at(-1)?.length ?? 0) >= 8;
        }).finally(() => stop.abort());
      },
    });
    expect(seen.at(-1)?.length).toBeGreaterThanOrEqual(8);
    expect(result).toMatchObject({ signal: 'SIGKILL', aborted: true });
    await waitFor(async () => (await alive()).length === 0, { timeoutMs: 2_000 });
  });

  it('leaves no child behind when the program ends by itself', async () => {
    const result = await shell(`(trap '' TERM HUP; sleep 60) & (sleep 60 >/dev/null 2>&1) & echo started`);
    expect(result).toMatchObject({ exitCode: 0, stdout: 'started\n' });
    await waitFor(async () => (await alive()).length === 0, { timeoutMs: 2_000 });
  });

  it('gets what a child writes shortly after the program has ended', async () => {
    const result = await shell('(sleep 0.1; echo late) &');
    expect(result.stdout).toBe('late\n');
  });

  it('does not wait for a process that left the group and holds the pipes', async () => {
    const result = await shell('setsid sleep 60 & echo $!');
    expect(result.exitCode).toBe(0);
    const [pid] = await waitFor(async () => {
      const pids = await alive();
      return pids.length > 0 ? pids : null;
    });
    expect(await readFile(`/proc/${pid}/comm`, 'utf8')).toBe('sleep\n');
    process.kill(Number(pid), 'SIGKILL');
  });

  it('starts nothing once the signal has fired', async () => {
    const reason = deviceError('RUN_TIMEOUT', 'too late');
    await expect(shell('touch started', { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    await expect(shell('touch started', { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'RUN_CANCELLED',
    });
    const late = AbortSignal.abort(new DOMException('late', 'TimeoutError'));
    await expect(shell('touch started', { signal: late })).rejects.toMatchObject({ code: 'DEVICE_TIMEOUT' });
    expect(await readdir(folder)).toEqual([]);
  });
});
