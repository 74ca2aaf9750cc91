import type { Bench } from '../harness/bench.ts';
import type { Child } from '../harness/child-process.ts';
import type { Figure } from '../harness/row.ts';
import { call, type RunAnswer } from '../harness/run-client.ts';
import { percentile } from '../harness/statistics.ts';
import { deviceName, devicesAndPool, type Gateway, noOpService, putCatalog, startGateway } from '../harness/system.ts';

interface Stall {
  readonly longestMs: number;
  readonly p50Ms: number;
}

/** P5: how long a POST for a whole fleet takes, and how long Redis lets another client wait meanwhile. */
export async function poolAnswerTime(bench: Bench): Promise<readonly Figure[]> {
  const count = bench.size(20_000, 100_000);
  const posts = bench.size(10, 50);
  await putCatalog(bench, [...devicesAndPool(count), noOpService('no-op')]);
  const gateway = await startGateway(bench);
  // Everything from 50 µs on.
  await bench.redis.connection.ours.config('SET', 'slowlog-log-slower-than', '50');
  const pinger = await bench.script('load/ping-load.ts', { REDIS_URL: bench.redis.url('ours') });
  const quiet = await stallDuring(pinger, () => new Promise((resolve) => setTimeout(resolve, 1_000)));
  const list = Array.from({ length: count }, (_, index) => deviceName(index));
  const figures: Figure[] = [];
  for (const [name, targets, goalMs] of [
    ['a pool', { pools: ['all'] }, 25],
    ['an explicit list', { devices: list }, 250],
  ] as const) {
    await postAndPlan(bench, gateway, targets);
    const times: number[] = [];
    await bench.redis.connection.ours.slowlog('RESET');
    const stall = await stallDuring(pinger, async () => {
      for (let post = 0; post < posts; post += 1) times.push(await postAndPlan(bench, gateway, targets));
    });
    const longest = await longestCommand(bench);
    figures.push(
      {
        figure: `answer to a POST for ${count} devices by ${name}, p99 of ${posts}`,
        value: percentile(times, 0.99),
        unit: 'ms',
        floor: quiet.p50Ms,
        floorName: '1 PING',
        goal: { text: `< ${goalMs} ms`, of: 'value', most: goalMs },
        spread: null,
      },
      {
        figure: `longest stall of another Redis client meanwhile, by ${name}`,
        value: stall.longestMs,
        unit: 'ms',
        floor: quiet.longestMs,
        floorName: 'the longest when nothing happens',
        goal: { text: '< 5 ms', of: 'value', most: 5 },
        spread: null,
      },
      {
        figure: `longest single Redis command meanwhile, by ${name}: ${longest.name}`,
        value: longest.ms,
        unit: 'ms',
        floor: null,
        floorName: 'SLOWLOG',
        goal: null,
        spread: null,
      },
    );
  }
  await bench.stop(gateway.child, pinger);
  return figures;
}

/** Gives the milliseconds until the POST was answered; resolves when the run is planned. */
async function postAndPlan(bench: Bench, gateway: Gateway, targets: object): Promise<number> {
  const startMs = performance.now();
  const { status, body } = await call<RunAnswer>(gateway, 'POST', '/v1/runs', { service: 'no-op', ...targets });
  const answeredMs = performance.now() - startMs;
  if (status !== 202) throw new Error(`POST /v1/runs answered ${status}: ${JSON.stringify(body)}`);
  for (;;) {
    const { body: run } = await call<RunAnswer>(gateway, 'GET', `/v1/runs/${body.id}`);
    if ((run.counts['total'] ?? 0) > 0) break;
    if (run.state !== 'queued') throw new Error(`the run ended badly: ${JSON.stringify(run)}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  bench.say(
    `  answered after ${answeredMs.toFixed(1)} ms, planned after ${(performance.now() - startMs).toFixed(0)} ms`,
  );
  return answeredMs;
}

/** What Redis itself says took longest since the log was reset; unlike a PING it does not see a busy machine. */
async function longestCommand({ redis }: Bench): Promise<{ name: string; ms: number }> {
  const entries = (await redis.connection.ours.slowlog('GET', 128)) as [number, number, number, string[]][];
  const [first] = entries.toSorted((a, b) => b[2] - a[2]);
  if (!first) return { name: 'none', ms: 0 };
  return { name: first[3][0]?.toUpperCase() ?? '', ms: first[2] / 1_000 };
}

async function stallDuring(pinger: Child, work: () => Promise<void>): Promise<Stall> {
  await pinger.ask('start');
  await work();
  return pinger.ask<Stall>('stop');
}
