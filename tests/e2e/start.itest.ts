import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  freePort,
  markedProcesses,
  needs,
  startTestRedis,
  type TempFolder,
  tempFolder,
  waitFor,
} from '@runyard/testkit';

/** What `up --json` prints when everything is up. */
interface Ready {
  readonly url: string;
  readonly redisUrl: string;
  readonly password: string | null;
  readonly passwordFile: string;
  readonly pids: Readonly<Record<string, number>>;
  readonly run: { readonly state: string; readonly counts: { readonly succeeded: number } };
}

interface Up {
  readonly child: ChildProcess;
  readonly ready: Promise<Ready>;
  /** Exit code and everything it told. */
  readonly ended: Promise<{ readonly code: number | null; readonly told: string }>;
}

const main = fileURLToPath(new URL('../../apps/cli/dist/main.js', import.meta.url));
const MARK = 'START_TEST_MARK';
let mark: string;
let folder: TempFolder;
let port: number;

beforeEach(async () => {
  mark = randomUUID();
  folder = await tempFolder();
  port = await freePort();
});

afterEach(async () => {
  const redis = redisPid();
  if (redis !== undefined) process.kill(redis, 'SIGKILL');
  for (const { pid } of leftBehind()) process.kill(pid, 'SIGKILL');
  await waitFor(() => leftBehind().length === 0);
  await folder.remove();
});

const leftBehind = () => markedProcesses(MARK, mark);
const namesLeftBehind = (): string[] => leftBehind().map(({ command }) => command);

/** Redis writes its title over the environment by which the others are found, so its own lock file is asked. */
function redisPid(): number | undefined {
  try {
    const lock = readFileSync(join(folder.path, 'data/redis/redis.lock'), 'utf8');
    return (JSON.parse(lock) as { server?: { pid: number } }).server?.pid;
  } catch {
    return undefined;
  }
}

function environment(more: Record<string, string> = {}): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: _ofJest, ...env } = process.env;
  return { ...env, ...more, [MARK]: mark };
}

function up(args: string[] = [], env: Record<string, string> = {}, data = 'data'): Up {
  const all = [main, 'up', '--json', '--port', String(port), '--data', join(folder.path, data), ...args];
  const child = spawn(process.execPath, all, { env: environment(env), stdio: ['ignore', 'pipe', 'pipe'] });
  let told = '';
  child.stderr.on('data', (chunk: Buffer) => (told += chunk.toString()));
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, told }));
  const lines = createInterface(child.stdout);
  const ready = new Promise<Ready>((resolve, reject) => {
    lines.on('line', (line) => resolve(JSON.parse(line) as Ready));
    void ended.then(() => reject(new Error(`it ended before it was up:\n${told}`)));
  });
  ready.catch(() => {});
  return { child, ready, ended };
}

async function runyard(...args: string[]): Promise<string> {
  const all = [main, '--data', join(folder.path, 'data'), ...args];
  return (await promisify(execFile)(process.execPath, all, { env: environment() })).stdout;
}

needs(describe, '/proc')('runyard up', () => {
  it('--once runs on twenty devices, ends with 0 and leaves nothing behind', async () => {
    const { ready, ended } = up(['--once']);

    const { code, told } = await ended;

    expect({ code, run: (await ready).run }).toMatchObject({
      code: 0,
      run: { state: 'succeeded', counts: { succeeded: 20 } },
    });
    expect(told.match(/^ {2}sim-\d+ +succeeded/gm)).toHaveLength(20);
    expect([redisPid(), namesLeftBehind()]).toEqual([undefined, []]);
  });

  it('starts again what dies', async () => {
    const { ready, child, ended } = up();
    const { pids } = await ready;

    process.kill(pids['gateway'] ?? 0, 'SIGKILL');
    process.kill(pids['worker-fra'] ?? 0, 'SIGKILL');

    // The dead worker stays in the list for a while, so the new one is waited for by its pid.
    await waitFor(async () => {
      const workers = JSON.parse(await runyard('workers', '--json')) as { cluster: string; pid: number }[];
      return workers.some(({ cluster, pid }) => cluster === 'fra' && pid !== pids['worker-fra']);
    });
    expect(await runyard('run', 'show-version', '--pool', 'lab', '--wait')).toContain('20 of 20 devices');
    child.kill('SIGINT');
    expect((await ended).told).toContain('worker-fra was ended by SIGKILL; it is started again');
  });

  it('takes the next port when the wanted one is taken, and says so', async () => {
    const taken: Server = createServer().listen(port, '127.0.0.1');
    await once(taken, 'listening');

    const { ready, ended } = up(['--once']);
    const { told } = await ended;
    taken.close();

    expect((await ready).url).not.toContain(`:${port}`);
    expect(told).toContain(`(port ${port} is taken)`);
  });

  it('works twice at the same moment, on ports of their own', async () => {
    const both = [up(['--once'], {}, 'data'), up(['--once'], {}, 'other')];

    const ends = await Promise.all(both.map(({ ended }) => ended));

    expect(ends.map(({ code, told }) => (code === 0 ? 'good' : told))).toEqual(['good', 'good']);
    const [one, other] = await Promise.all(both.map(({ ready }) => ready));
    expect(one?.url).not.toBe(other?.url);
    expect(one?.redisUrl).not.toBe(other?.redisUrl);
  });

  it('refuses a data folder that another one uses', async () => {
    const first = up();
    await first.ready;

    const { code, told } = await up(['--once']).ended;

    expect({ code, told }).toMatchObject({ code: 2, told: expect.stringContaining('is used by another runyard up') });
    first.child.kill('SIGINT');
    await first.ended;
  });

  it('says in words why it does not start', async () => {
    const { code, told } = await up(['--once'], { RUNYARD_REDIS_URL: 'redis://127.0.0.1:1' }).ended;

    expect(code).toBe(3);
    expect(told).toContain('The configured Redis redis://127.0.0.1:1 cannot be used');
    expect([redisPid(), namesLeftBehind()]).toEqual([undefined, []]);
  });
});

const describeOnRedis = needs(describe, '/proc', 'redis-server');

describeOnRedis('runyard up with a real Redis', () => {
  it('stops everything at Ctrl-C, and what was run is there at the next start', async () => {
    const first = up();
    const { password } = await first.ready;
    expect(await runyard('run', 'fan-out', '--pool', 'lab', '--wait')).toContain('20 of 20 devices');
    const before = JSON.parse(await runyard('runs', '--json')) as { items: { id: string }[] };

    first.child.kill('SIGINT');

    expect(await first.ended).toMatchObject({ code: 0, told: expect.stringContaining(`password ${password}`) });
    expect([redisPid(), namesLeftBehind()]).toEqual([undefined, []]);
    const second = up();
    const again = await second.ready;
    expect([again.password, readFileSync(again.passwordFile, 'utf8').trim()]).toEqual([null, password]);
    const after = JSON.parse(await runyard('runs', '--json')) as { items: { id: string }[] };
    expect(after.items.slice(1)).toEqual(before.items);
    second.child.kill('SIGTERM');
    const { code, told } = await second.ended;
    expect(code).toBe(0);
    expect(told).not.toContain(password);
    expect(told).toContain(`password in ${again.passwordFile}`);
  });

  it('leaves only Redis behind when it is killed, and finds it again', async () => {
    const first = up();
    const { redisUrl } = await first.ready;

    first.child.kill('SIGKILL');

    await waitFor(() => leftBehind().length === 0);
    expect(redisPid()).toBeGreaterThan(0);
    const second = up(['--once']);
    expect((await second.ready).redisUrl).toBe(redisUrl);
    expect(await second.ended).toMatchObject({ code: 0, told: expect.stringContaining('still running from before') });
    expect([redisPid(), namesLeftBehind()]).toEqual([undefined, []]);
  });

  it('uses what is configured and leaves it running', async () => {
    const redis = await startTestRedis();
    try {
      const { ready, ended } = up(['--once'], { RUNYARD_REDIS_URL: redis.url });

      expect((await ready).redisUrl).toBe(redis.url);
      expect((await ended).code).toBe(0);
      expect(await redis.ask('PING')).toBe('PONG');
    } finally {
      await redis.stop();
    }
  });
});
