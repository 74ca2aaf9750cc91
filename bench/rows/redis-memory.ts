import type { Bench } from '../harness/bench.ts';
import { KEY_PREFIX } from '../harness/bench-redis.ts';
import type { Figure } from '../harness/row.ts';
import { runToEnd } from '../harness/run-client.ts';
import { deviceName, devicesAndPool, noOpService, putCatalog, startGateway, startWorkers } from '../harness/system.ts';

const OUTPUT_CHARS = 200;
/** Longer than the second in which the AOF buffer is written. */
const SETTLE_MS = 2_500;

/** P6: what a finished device with a small output and a waiting run take of Redis's memory. */
export async function redisMemory(bench: Bench): Promise<readonly Figure[]> {
  const devices = bench.size(10_000, 100_000);
  const waiting = bench.size(5_000, 20_000);
  const output = 'x'.repeat(OUTPUT_CHARS);
  await putCatalog(bench, [
    ...devicesAndPool(devices),
    noOpService('output', { result: output }),
    noOpService('no-op'),
  ]);

  const gateway = await startGateway(bench);
  const workers = await startWorkers(bench, 2);
  const perDevice = await growth(bench, devices, async () => {
    await runToEnd(gateway, { service: 'output', pools: ['all'] }, devices);
  });
  await bench.stop(gateway.child, ...workers);
  await bench.redis.clear('ours');

  const environment = { REDIS_URL: bench.redis.url('ours'), KEY_PREFIX, SERVICE: 'no-op', DEVICE: deviceName(1) };
  const acceptor = await bench.script('load/accept-load.ts', environment);
  const perRun = await growth(bench, waiting, () => acceptor.ask('accept', { count: waiting, inFlight: 100 }));
  await bench.stop(acceptor);
  await bench.redis.flush();

  const floor = { REDIS_URL: bench.redis.url('floor'), CONCURRENCY: '100', RESULT: output };
  const producer = await bench.script('floors/bullmq-producer.ts', floor);
  const data = { service: 'output', params: {} };
  const perJob = await growth(bench, waiting, () => producer.ask('fill', { count: waiting, data }));
  await bench.redis.flush();
  const worker = await bench.script('floors/bullmq-worker.ts', floor);
  const perFinishedJob = await growth(bench, devices, () => producer.ask('fleet', { count: devices, data }));
  await bench.stop(producer, worker);
  await bench.redis.clear('floor');
  return [
    {
      figure: `Redis memory per finished device, ${OUTPUT_CHARS} B output, run of ${devices}`,
      value: perDevice,
      unit: 'B',
      floor: perFinishedJob,
      floorName: 'completed BullMQ job',
      goal: { text: '≤ 350 B', of: 'value', most: 350 },
      spread: null,
    },
    {
      figure: `Redis memory per waiting run of one device, job and lists with it, ${waiting} runs`,
      value: perRun,
      unit: 'B',
      floor: perJob,
      floorName: 'waiting BullMQ job',
      goal: { text: '≤ 2 KB', of: 'value', most: 2_048 },
      spread: null,
    },
  ];
}

/** Bytes that Redis's memory grew by for each of the things that the work made. */
async function growth(bench: Bench, things: number, work: () => Promise<unknown>): Promise<number> {
  const before = await usedBytes(bench);
  await work();
  return ((await usedBytes(bench)) - before) / things;
}

async function usedBytes({ redis }: Bench): Promise<number> {
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  let memory = await redis.info('memory');
  // Redis frees in the background what was unlinked.
  while (Number(memory.get('lazyfree_pending_objects')) > 0) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    memory = await redis.info('memory');
  }
  // What the connections buffer and the AOF buffer come and go.
  const passing = ['mem_clients_normal', 'mem_aof_buffer', 'mem_clients_slaves'];
  const used = Number(memory.get('used_memory') ?? Number.NaN);
  return passing.reduce((bytes, field) => bytes - Number(memory.get(field) ?? 0), used);
}
