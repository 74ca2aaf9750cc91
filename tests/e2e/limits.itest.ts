import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Installation, needs, startInstallation, untilEnded, waitFor } from '@runyard/testkit';

const AMS = Array.from({ length: 40 }, (_, index) => `a${String(index).padStart(2, '0')}`);
const FRA = Array.from({ length: 200 }, (_, index) => `f${String(index).padStart(3, '0')}`);
const RATE = { devices: 50, perMs: 1_000 };
const BURST = 5;

let runyard: Installation;

beforeAll(async () => {
  runyard = await startInstallation({ workers: ['ams', 'ams', 'fra', 'fra'], env: { RUNYARD_SLOTS: '50' } });
  await runyard.client.catalog.apply({
    catalog: {
      clusters: [{ name: 'ams' }, { name: 'fra', rate: { devices: RATE.devices, per: '1s' } }, { name: 'osl' }],
      devices: [
        ...AMS.map((name) => ({ name, address: '127.0.0.1', cluster: 'ams' })),
        ...FRA.map((name) => ({ name, address: '127.0.0.1', cluster: 'fra' })),
        { name: 'o1', address: '127.0.0.1', cluster: 'osl' },
      ],
      services: [
        { name: 'instant', type: 'no-op' },
        { name: 'narrow', type: 'no-op', delay: '300ms', maxConcurrent: 3 },
        { name: 'single', type: 'no-op', delay: '60s', timeout: '2m', maxConcurrent: 1 },
        { name: 'locked', type: 'no-op', delay: '60s', timeout: '2m', lock: 'device' },
      ],
    },
  });
});

afterAll(async () => {
  await runyard.stop();
});

const describeOnRedis = needs(describe, 'redis-server');

async function create(body: Record<string, unknown>): Promise<string> {
  const answer = await runyard.call('/v1/runs', body);
  expect(answer.status).toBe(202);
  return ((await answer.json()) as { id: string }).id;
}

/** The reasons of a run, once the one with this code is among them; `running` means a device and not only a slice. */
function whyUntil(id: string, code: string) {
  return waitFor(
    async () => {
      const { reasons } = await runyard.client.runs.why(id);
      return reasons.some((reason) => reason.code === code && reason.devices !== 0) ? reasons : null;
    },
    { timeoutMs: 20_000 },
  );
}

const timeOf = (text: string | null): number => Date.parse(text ?? '');

/** How many of the intervals hold one moment at most. */
function mostAtOnce(intervals: readonly { readonly fromMs: number; readonly toMs: number }[]): number {
  return Math.max(
    ...intervals.map(({ fromMs }) => intervals.filter((other) => other.fromMs <= fromMs && fromMs < other.toMs).length),
  );
}

describeOnRedis('a service that allows three runs at once', () => {
  it('has never more in work, lets them in by the order of acceptance, and goes on when a worker is killed', async () => {
    const commands = await watchRedis();
    const ids: string[] = [];
    for (let index = 0; index < 30; index += 1) {
      ids.push(await create({ service: 'narrow', devices: [AMS[index], AMS[index + 1]] }));
    }
    // On a busy machine the first ones have ended before all were accepted.
    await waitFor(async () => {
      const runs = await Promise.all(ids.map((id) => runyard.client.runs.get(id)));
      return runs.some(({ counts }) => counts.running > 0);
    });
    runyard.workers[0]?.signal('SIGKILL');
    for (const id of ids) expect(await untilEnded(runyard.client, id)).toBe('succeeded');

    const runs = await Promise.all(ids.map((id) => runyard.client.runs.get(id)));
    const times = runs.map((run) => ({ fromMs: timeOf(run.startedAt), toMs: timeOf(run.endedAt) }));
    expect(mostAtOnce(times)).toBeLessThanOrEqual(3);
    expect(mostAtOnce((await Promise.all(ids.map(deviceTimes))).flat())).toBeLessThanOrEqual(6);
    const entries = entriesOf(commands.stop(), 'runyard:gate:{narrow}');
    expect([entries.length, new Set(entries.map(({ id }) => id))]).toEqual([ids.length, new Set(ids)]);
    expect(Math.max(...entries.map(({ inside }) => inside))).toBe(3);
    expect(entries.flatMap(({ earlier }) => earlier)).toEqual([]);
  });
});

interface Entry {
  readonly id: string;
  /** Runs inside, itself among them. */
  readonly inside: number;
  /** Runs in the line that were accepted earlier. */
  readonly earlier: readonly string[];
}

/** Replays what the scripts did to a gate: each run that came in, in order. */
function entriesOf(commands: readonly RedisCommand[], gate: string): Entry[] {
  const line = new Set<string>();
  const inside = new Set<string>();
  const entries: Entry[] = [];
  for (const { words } of commands) {
    const [verb, key] = words;
    const id = words.at(-1) ?? '';
    const members = key === `${gate}:line` ? line : key === `${gate}:inside` ? inside : null;
    if (verb === 'ZREM') members?.delete(id);
    if (verb !== 'ZADD') continue;
    members?.add(id);
    // Ids begin with the time of acceptance. Its own place in the line was given up a moment before.
    const earlier = [...line].filter((other) => other < id);
    if (members === inside) entries.push({ id, inside: inside.size, earlier });
  }
  return entries;
}

async function deviceTimes(id: string) {
  const times: { fromMs: number; toMs: number }[] = [];
  for await (const { startedAt, durationMs } of runyard.client.runs.devices(id)) {
    times.push({ fromMs: timeOf(startedAt), toMs: timeOf(startedAt) + (durationMs ?? 0) });
  }
  return times;
}

describeOnRedis('a cluster with a rate', () => {
  it('lets no more devices of two workers begin than it says', async () => {
    const commands = await watchRedis();
    const ids = [
      await create({ service: 'instant', devices: FRA.slice(0, 100) }),
      await create({ service: 'instant', devices: FRA.slice(100) }),
    ];
    for (const id of ids) expect(await untilEnded(runyard.client, id)).toBe('succeeded');

    const given = permitsMs(commands.stop(), 'runyard:rate:{fra}');
    const began = (await Promise.all(ids.map(deviceTimes))).flat().map(({ fromMs }) => fromMs);
    expect([given.length, began.length]).toEqual([FRA.length, FRA.length]);
    // By the clock of Redis: however slow this machine is, it gives no more.
    for (const [first, fromMs] of given.entries()) {
      for (const [index, toMs] of given.slice(first).entries()) {
        expect(index + 1).toBeLessThanOrEqual(((toMs - fromMs) * RATE.devices) / RATE.perMs + BURST + 0.1);
      }
    }
    // No device begins without a permit: at each moment as many have begun as permits were given, or fewer.
    for (const [index, atMs] of began.toSorted((one, other) => one - other).entries()) {
      expect(atMs).toBeGreaterThanOrEqual(Math.floor(given[index] ?? Infinity));
    }
  });
});

/** When permits were given: the time up to which they are used up tells how many. */
function permitsMs(commands: readonly RedisCommand[], rateKey: string): number[] {
  const eachUs = (RATE.perMs * 1_000) / RATE.devices;
  const given: number[] = [];
  let usedUntilUs = 0;
  for (const { atUs, words } of commands) {
    const [verb, key, until] = words;
    if (verb !== 'SET' || key !== rateKey) continue;
    const count = Math.round((Number(until) - Math.max(usedUntilUs, atUs)) / eachUs);
    for (let index = 0; index < count; index += 1) given.push(atUs / 1_000);
    usedUntilUs = Number(until);
  }
  return given;
}

interface RedisCommand {
  /** By the clock of Redis, in µs. */
  readonly atUs: number;
  readonly words: readonly string[];
}

/** Watches what scripts do in Redis, in the order in which it happens, until it is stopped. */
async function watchRedis() {
  const { hostname, port } = new URL(runyard.redis.url);
  const socket = connect(Number(port), hostname);
  let text = '';
  socket.setEncoding('utf8').on('data', (data: string) => (text += data));
  socket.write('MONITOR\r\n');
  await waitFor(() => text.startsWith('+OK'));
  return {
    stop(): RedisCommand[] {
      socket.destroy();
      return text.split('\r\n').flatMap((line) => {
        const [, seconds, micros, command = ''] = /^\+(\d+)\.(\d+) \[\d+ lua\] (.*)$/.exec(line) ?? [];
        const words = [...command.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, word = '']) => word);
        return seconds === undefined ? [] : [{ atUs: Number(seconds) * 1_000_000 + Number(micros), words }];
      });
    },
  };
}

describeOnRedis('asking why', () => {
  it('follows runs that wait for their service, a lock, a worker and each other', async () => {
    const first = await create({ service: 'single', devices: ['a00'] });
    const second = await create({ service: 'single', devices: ['a01'] });
    expect(await whyUntil(first, 'running')).toMatchObject([{ code: 'running', devices: 1 }]);
    expect(await whyUntil(second, 'max-concurrent')).toEqual([
      {
        code: 'max-concurrent',
        message: `The service 'single' has at most 1 run in work at once: ${first}; it is the next.`,
        limit: 1,
        runs: [first],
        before: 0,
      },
    ]);
    await runyard.client.runs.cancel(first);
    await whyUntil(second, 'running');
    await runyard.client.runs.cancel(second);
    expect(await whyUntil(second, 'ended')).toHaveLength(1);

    const holder = await create({ service: 'locked', devices: ['a05'] });
    await whyUntil(holder, 'running');
    const waiter = await create({ service: 'locked', devices: ['a05', 'a06'] });
    const reasons = await whyUntil(waiter, 'lock');
    expect(reasons.filter(({ code }) => code === 'lock')).toMatchObject([
      { device: 'a05', lock: 'device/a05', heldBy: { run: holder, device: 'a05' } },
    ]);
    for (const id of [holder, waiter]) await runyard.client.runs.cancel(id);

    const lonely = await create({ service: 'instant', devices: ['o1'], queueTtl: '1h' });
    const told = await runyard.client.runs.why(lonely);
    expect(told.reasons.map(({ code }) => code)).toEqual(['no-worker', 'queued', 'start-by']);
    await runyard.startWorker('osl');
    expect(await untilEnded(runyard.client, lonely)).toBe('succeeded');
    expect(await whyUntil(lonely, 'ended')).toMatchObject([{ message: expect.stringContaining('ended as succeeded') }]);
  });

  it('tells of runs that leave the line when they are cancelled or expire in it', async () => {
    const first = await create({ service: 'single', devices: ['a10'] });
    await whyUntil(first, 'running');
    const cancelled = await create({ service: 'single', devices: ['a11'] });
    const expired = await create({ service: 'single', devices: ['a12'], queueTtl: '1s' });
    const last = await create({ service: 'single', devices: ['a13'] });
    await whyUntil(last, 'max-concurrent');
    await runyard.client.runs.cancel(cancelled);
    expect(await untilEnded(runyard.client, expired)).toBe('expired');
    const reasons = await waitFor(async () => {
      const [reason] = (await runyard.client.runs.why(last)).reasons;
      return reason?.before === 0 ? reason : null;
    });
    expect(reasons).toMatchObject({ code: 'max-concurrent', runs: [first] });
    await runyard.client.runs.cancel(first);
    await whyUntil(last, 'running');
    await runyard.client.runs.cancel(last);
  });
});
