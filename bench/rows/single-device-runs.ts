import type { Bench } from '../harness/bench.ts';
import { KEY_PREFIX } from '../harness/bench-redis.ts';
import { type Figure, ratioAtLeast } from '../harness/row.ts';
import { deviceName, devicesAndPool, noOpService, putCatalog, startWorker } from '../harness/system.ts';

const IN_FLIGHT = 100;
const WARM_UP = 2_000;

interface Timed {
  readonly acceptSeconds: number;
  readonly seconds: number;
}

/** P2: single-device runs a second from accepting to the stored result, one producer and one worker process. */
export async function singleDeviceRuns(bench: Bench): Promise<readonly Figure[]> {
  await putCatalog(bench, [...devicesAndPool(100), noOpService('no-op')]);
  const count = bench.size(8_000, 20_000);
  const producer = await bench.script('load/accept-load.ts', {
    REDIS_URL: bench.redis.url('ours'),
    KEY_PREFIX,
    SERVICE: 'no-op',
    DEVICE: deviceName(1),
  });
  const worker = await startWorker(bench);
  const floor = { REDIS_URL: bench.redis.url('floor'), CONCURRENCY: '100' };
  const floorProducer = await bench.script('floors/bullmq-producer.ts', floor);
  const floorWorker = await bench.script('floors/bullmq-worker.ts', floor);
  const data = { service: 'no-op', devices: [deviceName(1)], params: {} };

  const run = async (side: 'ours' | 'floor', runs: number): Promise<number> => {
    const [asked, taker] = side === 'ours' ? [producer, worker] : [floorProducer, floorWorker];
    const rate = await bench.withProcessorTime(side, runs, { producer: [asked], worker: [taker] }, async () => {
      const { seconds } = await asked.ask<Timed>('run', { count: runs, inFlight: IN_FLIGHT, data });
      return runs / seconds;
    });
    await bench.redis.clear(side);
    return rate;
  };
  await run('ours', WARM_UP);
  await run('floor', WARM_UP);
  const measured = await bench.alternate({ ours: () => run('ours', count), floor: () => run('floor', count) });
  await bench.stop(producer, worker, floorProducer, floorWorker);
  return [
    {
      figure: `single-device no-op runs end to end, ${count} runs, ${IN_FLIGHT} in flight`,
      value: measured.ours.median,
      unit: 'runs/s',
      floor: measured.floor.median,
      floorName: 'BullMQ add + no-op worker',
      goal: ratioAtLeast(0.7),
      spread: measured.ours.spread,
    },
  ];
}
