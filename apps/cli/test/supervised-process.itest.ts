import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { waitFor } from '@runyard/testkit';
import { launch, type ProcessSpec } from '../src/up/child-process.ts';
import { SupervisedProcess } from '../src/up/supervised-process.ts';

let folder: string;
const started: SupervisedProcess[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'runyard-process-'));
});
afterEach(async () => {
  for (const subject of started.splice(0)) {
    subject.kill();
    await gone(subject.pid);
  }
  rmSync(folder, { recursive: true, force: true });
});

function spec(script: string): ProcessSpec {
  return {
    name: 'worker',
    command: process.execPath,
    args: ['-e', script],
    env: { PATH: process.env['PATH'] },
    cwd: folder,
    logFile: join(folder, 'worker.log'),
  };
}

function supervised(script: string, options: { restartDelayMs?: number; stopGraceMs?: number } = {}) {
  const reports: (readonly string[])[] = [];
  const subject = new SupervisedProcess(spec(script), { report: (lines) => void reports.push(lines), ...options });
  started.push(subject);
  return { subject, reports, log: () => readFileSync(join(folder, 'worker.log'), 'utf8') };
}

const LIVE = 'console.log(`pid ${process.pid}`); setInterval(() => {}, 1000);';
const gone = (pid: number) => waitFor(() => pid === 0 || !isAlive(pid));

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe('SupervisedProcess', () => {
  it('tells how a process died that was not up yet, with its last words', async () => {
    const { subject, reports } = supervised(
      'console.log("one"); console.log("08:10:12 info  worker  ordinary"); console.error("\\u001b[31mno Redis"); process.exit(3)',
    );

    subject.start();

    expect(await subject.failed).toMatchObject({ code: 3, signal: null, lastWords: ['one', 'no Redis'] });
    expect(reports).toEqual([]);
  });

  it('says so when the program does not exist', async () => {
    const subject = new SupervisedProcess({ ...spec(''), command: join(folder, 'none') }, { report: () => {} });

    subject.start();

    expect(await subject.failed).toMatchObject({ code: null, lastWords: [expect.stringContaining('ENOENT')] });
    await subject.stop();
  });

  it('starts a process again that was killed, with a line about it', async () => {
    const { subject, reports } = supervised(LIVE, { restartDelayMs: 1 });
    subject.start();
    subject.keepRunning();
    const first = subject.pid;
    await waitFor(() => readFileSync(join(folder, 'worker.log'), 'utf8').includes(`pid ${first}`));

    process.kill(first, 'SIGKILL');

    await waitFor(() => subject.pid !== first && isAlive(subject.pid));
    expect(reports).toEqual([['worker was ended by SIGKILL; it is started again in 1 ms.', `  | pid ${first}`]]);
  });

  it('waits longer with each death in a row', async () => {
    const { subject, reports } = supervised('process.exit(1)', { restartDelayMs: 1 });
    subject.start();
    subject.keepRunning();

    await waitFor(() => reports.length >= 4);

    expect(reports.slice(0, 4).map(([line]) => line?.replace(/.*again in /, ''))).toEqual([
      '1 ms.',
      '2 ms.',
      '4 ms.',
      '8 ms.',
    ]);
  });

  it('goes on when somebody has removed its log', async () => {
    const { subject, reports, log } = supervised(LIVE, { restartDelayMs: 1 });
    subject.start();
    subject.keepRunning();
    await waitFor(() => log().includes('pid'));
    rmSync(folder, { recursive: true });
    mkdirSync(folder);

    process.kill(subject.pid, 'SIGKILL');

    await waitFor(() => log().includes(`pid ${subject.pid}`));
    expect(reports).toEqual([['worker was ended by SIGKILL; it is started again in 1 ms.']]);
  });

  it('stops gently, and not twice', async () => {
    const script = `process.on('SIGTERM', () => { console.log('bye'); process.exit(0); }); ${LIVE}`;
    const { subject, reports, log } = supervised(script, { restartDelayMs: 1 });
    subject.start();
    subject.keepRunning();
    await waitFor(() => log().includes('pid'));

    await Promise.all([subject.stop(), subject.stop()]);
    await subject.stop();

    expect(isAlive(subject.pid)).toBe(false);
    expect(log()).toContain('bye');
    expect(reports).toEqual([]);
  });

  it('kills a process that does not want to stop, and says so', async () => {
    const { subject, reports, log } = supervised(`process.on('SIGTERM', () => {}); ${LIVE}`, { stopGraceMs: 50 });
    subject.start();
    await waitFor(() => log().includes('pid'));

    await subject.stop();

    expect(isAlive(subject.pid)).toBe(false);
    expect(reports).toEqual([['worker did not end in time and was killed.']]);
  });

  it('does not start again what was stopped while it was dead', async () => {
    const { subject, reports } = supervised('process.exit(1)', { restartDelayMs: 50 });
    subject.start();
    subject.keepRunning();
    await waitFor(() => reports.length === 1);
    const { pid } = subject;

    await subject.stop();
    await gone(pid);

    expect(subject.pid).toBe(pid);
  });
});

describe('launch', () => {
  it('closes the standard input of the process when we are killed', async () => {
    const log = join(folder, 'worker.log');
    const grandchild = `console.log('pid ' + process.pid); process.stdin.resume().on('end', () => process.exit(0));`;
    const parent = launch({
      ...spec(`
        const { spawn } = require('node:child_process');
        spawn(process.execPath, ['-e', ${JSON.stringify(grandchild)}], { stdio: ['pipe', 'inherit', 'inherit'], detached: true });
        setInterval(() => {}, 1000);`),
      logFile: log,
    });
    const pid = await waitFor(() => Number(/pid (\d+)/.exec(readFileSync(log, 'utf8'))?.[1]));

    parent.kill();
    await parent.exited;

    await gone(pid);
  });
});
