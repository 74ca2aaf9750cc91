import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { markedProcesses, needs, tempFolder, type TempFolder, waitFor } from '@runyard/testkit';
import { processEnvironment } from '../src/process/environment.ts';
import { runProcess } from '../src/process/run-process.ts';

const PROJECT = path.resolve(import.meta.dirname, '../../..');
const RUN_PROCESS = path.resolve(import.meta.dirname, '../src/process/run-process.ts');

let folder: TempFolder;
let worker: ChildProcess | null = null;

beforeEach(async () => {
  folder = await tempFolder('runyard-guard-');
});
afterEach(async () => {
  worker?.kill('SIGKILL');
  worker = null;
  await folder.remove();
});

const marked = (): number => markedProcesses('MARK', folder.path).length;

/** A process that runs this shell script as a worker would, and prints its lines. */
async function startWorker(script: string): Promise<{ readonly child: ChildProcess; readonly said: () => string }> {
  const file = path.join(folder.path, 'worker.mjs');
  writeFileSync(
    file,
    `import { runProcess } from ${JSON.stringify(RUN_PROCESS)};
const env = { PATH: process.env.PATH, MARK: ${JSON.stringify(folder.path)} };
await runProcess({ file: 'sh', args: ['-c', ${JSON.stringify(script)}], env, cwd: '/', signal: new AbortController().signal,
  graceMs: 1000, stdoutBytesMax: 1000, stderrBytesMax: 1000, onLine: (line) => console.log(line) });`,
  );
  const child = spawn(process.execPath, ['--import', 'tsx', '--conditions=@runyard/source', file], {
    cwd: PROJECT,
    env: { PATH: process.env['PATH'] },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  worker = child;
  let said = '';
  child.stdout?.on('data', (chunk: Buffer) => (said += chunk.toString()));
  return { child, said: () => said };
}

needs(describe, '/proc')('a worker that is killed', () => {
  it('leaves none of its programs behind, also those that left their group or ignore signals', async () => {
    const script = `trap '' TERM HUP INT; sleep 600 & setsid sleep 601 & (setsid sh -c 'trap "" TERM; sleep 602' &) ; echo begun; sleep 603`;
    const { child, said } = await startWorker(script);
    await waitFor(() => said().includes('begun') && marked() >= 5, { timeoutMs: 20_000 });
    child.kill('SIGKILL');
    await once(child, 'exit');
    await waitFor(() => marked() === 0, { timeoutMs: 10_000 });
    expect(marked()).toBe(0);
  });

  it('leaves no group behind whose programs took the mark off themselves', async () => {
    const { child, said } = await startWorker(
      `env -i MARK=${folder.path} sleep 600 & echo begun; exec env -i MARK=${folder.path} sleep 601`,
    );
    await waitFor(() => said().includes('begun') && marked() >= 2, { timeoutMs: 20_000 });
    child.kill('SIGKILL');
    await once(child, 'exit');
    await waitFor(() => marked() === 0, { timeoutMs: 10_000 });
    expect(marked()).toBe(0);
  });
});

needs(describe, '/proc')('a program that ended', () => {
  const run = (script: string, more = {}) =>
    runProcess({
      file: 'sh',
      args: ['-c', script],
      env: processEnvironment({ inherited: { PATH: process.env['PATH'] }, given: { MARK: folder.path } }),
      cwd: '/',
      signal: new AbortController().signal,
      graceMs: 200,
      stdoutBytesMax: 1_000,
      stderrBytesMax: 1_000,
      ...more,
    });

  it('leaves nobody who left its group when it was cancelled', async () => {
    const stop = new AbortController();
    const script = `(setsid sleep 600 > /dev/null 2>&1 &) ; echo begun; sleep 601`;
    const { aborted } = await run(script, { signal: stop.signal, onLine: () => stop.abort() });
    expect([aborted, marked()]).toEqual([true, 0]);
  });

  it('leaves nobody for long who left its group and was forgotten', async () => {
    await run(`(setsid sleep 600 > /dev/null 2>&1 < /dev/null &) ; (exec sleep 0.1)`);
    await waitFor(() => marked() === 0, { timeoutMs: 10_000 });
    expect(marked()).toBe(0);
  });
});
