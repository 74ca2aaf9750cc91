import type { Bench } from '../harness/bench.ts';
import { summarize } from '../harness/rounds.ts';
import type { Figure } from '../harness/row.ts';
import { runToEnd } from '../harness/run-client.ts';
import { devicesAndPool, noOpService, putCatalog, startGateway, startWorkers } from '../harness/system.ts';

const WORKERS = 2;
/** What a poll of the record while waiting costs is not the device's, but is in the figure; it is some hundredths. */
const CPU_FIELDS = ['used_cpu_user_main_thread', 'used_cpu_sys_main_thread'] as const;

interface Cost {
  /** Processor time of Redis's main thread, microseconds per device. */
  readonly micros: number;
  /** Commands per device, those inside scripts counted too. */
  readonly commands: number;
}

/** P4: what one device of a large run costs Redis, planning and accepting shared out. */
export async function redisCost(bench: Bench): Promise<readonly Figure[]> {
  const count = bench.size(10_000, 100_000);
  const floorCount = bench.size(5_000, 20_000);
  await putCatalog(bench, [...devicesAndPool(count), noOpService('no-op')]);
  const gateway = await startGateway(bench);
  const workers = await startWorkers(bench, WORKERS);
  const environment = { REDIS_URL: bench.redis.url('floor'), CONCURRENCY: '100' };
  const producer = await bench.script('floors/bullmq-producer.ts', environment);
  const floorWorker = await bench.script('floors/bullmq-worker.ts', environment);
  const ours = async (): Promise<Cost> => {
    const cost = await costOf(bench, count, async () => {
      await runToEnd(gateway, { service: 'no-op', pools: ['all'] }, count);
    });
    await bench.redis.clear('ours');
    return cost;
  };
  const floor = async (): Promise<Cost> => {
    const cost = await costOf(bench, floorCount, async () => {
      await producer.ask('fleet', { count: floorCount, data: {} });
    });
    await bench.redis.clear('floor');
    return cost;
  };
  await ours();
  await floor();
  const costs = { ours: [] as Cost[], floor: [] as Cost[] };
  for (let round = 0; round < bench.options.rounds; round += 1) {
    costs.ours.push(await ours());
    costs.floor.push(await floor());
  }
  await bench.stop(gateway.child, ...workers, producer, floorWorker);
  const of = (side: 'ours' | 'floor', what: keyof Cost) => summarize(costs[side].map((cost) => cost[what]));
  return [
    {
      figure: `Redis main-thread time per device, run of ${count}`,
      value: of('ours', 'micros').median,
      unit: 'µs',
      floor: of('floor', 'micros').median,
      floorName: 'BullMQ, one job per device',
      goal: { text: '≤ 5 µs', of: 'value', most: 5 },
      spread: of('ours', 'micros').spread,
    },
    {
      figure: `Redis commands per device, run of ${count} (those inside scripts counted too)`,
      value: of('ours', 'commands').median,
      unit: 'commands',
      floor: of('floor', 'commands').median,
      floorName: 'BullMQ, one job per device',
      goal: { text: '≤ 0.2', of: 'value', most: 0.2 },
      spread: of('ours', 'commands').spread,
    },
  ];
}

async function costOf({ redis }: Bench, devices: number, work: () => Promise<void>): Promise<Cost> {
  await redis.connection.ours.config('RESETSTAT');
  const before = await mainThreadSeconds(redis);
  await work();
  const after = await mainThreadSeconds(redis);
  let commands = 0;
  for (const [name, value] of await redis.info('commandstats')) {
    if (name.startsWith('cmdstat_')) commands += Number(/calls=(\d+)/.exec(value)?.[1] ?? 0);
  }
  return { micros: ((after - before) * 1e6) / devices, commands: commands / devices };
}

async function mainThreadSeconds(redis: Bench['redis']): Promise<number> {
  const cpu = await redis.info('cpu');
  return CPU_FIELDS.reduce((sum, field) => sum + Number(cpu.get(field) ?? Number.NaN), 0);
}
