import type { Bench } from '../harness/bench.ts';
import { KEY_PREFIX } from '../harness/bench-redis.ts';
import type { Child } from '../harness/child-process.ts';
import { usedMicros } from '../harness/processor-time.ts';
import { type Figure, ratioAtLeast, ratioAtMost } from '../harness/row.ts';
import { runToEnd } from '../harness/run-client.ts';
import { median } from '../harness/statistics.ts';
import {
  deviceName,
  devicesAndPool,
  type Gateway,
  noOpService,
  putCatalog,
  putService,
  startGateway,
  startWorker,
  startWorkers,
} from '../harness/system.ts';
import type { HttpLoadAnswer } from '../load/http-load.ts';

const WORKERS = 2;
const IN_FLIGHT = 100;
/** Devices before the first figure, so that no size is measured with code that is not compiled yet. */
const WARM_UP_DEVICES = 30_000;
const WARM_UP_RUNS = 5_000;
const PAGES = 300;

interface Measured {
  readonly perSecond: number;
  /** Processor time of everything that took part, for one device or run. */
  readonly micros: number;
}

/** P11: what becomes of the figures when the run, the catalog or the history grows; the floor is the smallest size. */
export async function growth(bench: Bench): Promise<readonly Figure[]> {
  return [...(await byDevices(bench)), ...(await byHistory(bench))];
}

/** One run over a whole fleet of each size, as often as it takes to see so many devices. */
async function byDevices(bench: Bench): Promise<Figure[]> {
  const sizes = [1_000, 10_000, 100_000, ...(bench.options.quick ? [] : [1_000_000])];
  const measured: Measured[] = [];
  for (const size of sizes) {
    await bench.redis.flush();
    await putCatalog(bench, [...devicesAndPool(size), noOpService('no-op')]);
    const gateway = await startGateway(bench);
    const workers = await startWorkers(bench, WORKERS);
    const children = [gateway.child, ...workers];
    for (let done = 0; done < WARM_UP_DEVICES; done += size) await fleetRun(bench, gateway, children, size);
    const rounds: Measured[] = [];
    const count = Math.max(bench.options.rounds, Math.ceil(20_000 / size));
    for (let round = 0; round < count; round += 1) rounds.push(await fleetRun(bench, gateway, children, size));
    measured.push(middle(rounds));
    bench.say(`  ${size} devices: ${describe(middle(rounds))}`);
    await bench.stop(...children);
  }
  return figures(measured, sizes, 'devices/s', (size) => `one run with ${size} devices`);
}

async function fleetRun(bench: Bench, gateway: Gateway, children: readonly Child[], size: number): Promise<Measured> {
  const measured = await watched(bench, children, size, async () => {
    return (await runToEnd(gateway, { service: 'no-op', pools: ['all'] }, size)).seconds;
  });
  await bench.redis.clear('ours');
  return measured;
}

/** Runs of one device, and a page of the list of runs, with few and with many finished runs kept. */
async function byHistory(bench: Bench): Promise<Figure[]> {
  const kept = [1_000, 100_000, ...(bench.options.quick ? [] : [1_000_000])];
  const count = bench.size(8_000, 20_000);
  await bench.redis.flush();
  const keep = { days: 7, runs: 10_000_000 };
  await putCatalog(bench, [...devicesAndPool(100), putService({ name: 'no-op', type: 'no-op', settings: {}, keep })]);
  const environment = { KEY_PREFIX, SERVICE: 'no-op', DEVICE: deviceName(1) };
  const producer = await bench.script('load/accept-load.ts', { REDIS_URL: bench.redis.url('ours'), ...environment });
  const worker = await startWorker(bench);
  const gateway = await startGateway(bench);
  const client = await bench.script('load/http-load.ts');
  const run = (runs: number) => producer.ask<{ seconds: number }>('run', { count: runs, inFlight: IN_FLIGHT });
  await run(WARM_UP_RUNS);
  await bench.redis.clear('ours');
  let finished = 0;
  const rates: Measured[] = [];
  const pageMs: number[] = [];
  for (const size of kept) {
    await run(Math.max(0, size - finished));
    finished = Math.max(size, finished);
    const rounds: Measured[] = [];
    for (let round = 0; round < bench.options.rounds; round += 1) {
      rounds.push(await watched(bench, [producer, worker], count, async () => (await run(count)).seconds));
      finished += count;
    }
    rates.push(middle(rounds));
    pageMs.push(await pageTime(client, gateway));
    bench.say(
      `  ${size} finished runs: ${describe(middle(rounds))}, a page of the list ${pageMs.at(-1)?.toFixed(2)} ms`,
    );
  }
  await bench.stop(producer, worker, gateway.child, client);
  return [
    ...figures(rates, kept, 'runs/s', (size) => `runs of one device with ${size} finished runs kept`),
    {
      figure: `page of the list of runs with ${kept.at(-1)} finished runs kept, p50`,
      value: pageMs.at(-1) ?? Number.NaN,
      unit: 'ms',
      floor: pageMs[0] ?? null,
      floorName: `itself with ${kept[0]}`,
      goal: ratioAtMost(1.2),
      spread: null,
    },
  ];
}

async function pageTime(client: Child, { port, authorization }: Gateway): Promise<number> {
  const { p50Ms } = await client.ask<HttpLoadAnswer>('load', {
    port,
    method: 'GET',
    path: '/v1/runs?service=no-op&state=succeeded&limit=50',
    headers: { authorization },
    body: '',
    connections: 1,
    seconds: 10,
    countMax: PAGES,
    expectedStatus: 200,
  });
  return p50Ms;
}

/** Does the work, which gives its seconds, and counts the processor time of Redis and of these processes. */
async function watched(
  bench: Bench,
  children: readonly Child[],
  operations: number,
  work: () => Promise<number>,
): Promise<Measured> {
  const pids = [bench.redis.pid, ...children.map(({ pid }) => pid)];
  const used = (): number => pids.reduce((sum, pid) => sum + (usedMicros(pid) ?? Number.NaN), 0);
  const before = used();
  const seconds = await work();
  return { perSecond: operations / seconds, micros: (used() - before) / operations };
}

function middle(rounds: readonly Measured[]): Measured {
  return {
    perSecond: median(rounds.map(({ perSecond }) => perSecond)),
    // A tick of the clock of processor time is longer than a small run.
    micros: rounds.reduce((sum, { micros }) => sum + micros, 0) / rounds.length,
  };
}

/** Each size but the smallest, held against the smallest. */
function figures(
  measured: readonly Measured[],
  sizes: readonly number[],
  unit: string,
  what: (size: number) => string,
): Figure[] {
  const [smallest] = measured;
  return sizes.slice(1).flatMap((size, index): Figure[] => {
    const { perSecond, micros } = measured[index + 1] ?? { perSecond: Number.NaN, micros: Number.NaN };
    const floorName = `itself with ${sizes[0]}`;
    const figure = what(size);
    const spread = null;
    return [
      {
        figure,
        value: perSecond,
        unit,
        floor: smallest?.perSecond ?? null,
        floorName,
        goal: ratioAtLeast(0.8),
        spread,
      },
      {
        figure: `${figure}, processor time each`,
        value: micros,
        unit: 'µs',
        floor: smallest?.micros ?? null,
        floorName,
        goal: ratioAtMost(1.2),
        spread,
      },
    ];
  });
}

function describe({ perSecond, micros }: Measured): string {
  return `${Math.round(perSecond)}/s, ${micros.toFixed(1)} µs each`;
}
