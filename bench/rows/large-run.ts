import type { Bench } from '../harness/bench.ts';
import { type Figure, ratioAtLeast } from '../harness/row.ts';
import { devicesAndPool, noOpService, putCatalog, startGateway, startWorkers } from '../harness/system.ts';
import { runToEnd } from '../harness/run-client.ts';

const WORKERS = 2;
/** Devices before the first round: below that the workers of both sides still run code that is not compiled. */
const WARM_UP = 50_000;

/** P3: device results a second of one run over a pool, from the POST until the record says that it has ended. */
export async function largeRun(bench: Bench): Promise<readonly Figure[]> {
  const count = bench.size(10_000, 100_000);
  await putCatalog(bench, [...devicesAndPool(count), noOpService('no-op')]);
  const gateway = await startGateway(bench);
  const workers = await startWorkers(bench, WORKERS);
  const floor = { REDIS_URL: bench.redis.url('floor'), CONCURRENCY: '100' };
  const floorProducer = await bench.script('floors/bullmq-producer.ts', floor);
  const floorWorkers = await Promise.all(
    Array.from({ length: WORKERS }, () => bench.script('floors/bullmq-worker.ts', floor)),
  );

  const ours = async (): Promise<number> => {
    const rate = await bench.withProcessorTime('ours', count, { gateway: [gateway.child], workers }, async () => {
      const { seconds } = await runToEnd(gateway, { service: 'no-op', pools: ['all'] }, count);
      return count / seconds;
    });
    await bench.redis.clear('ours');
    return rate;
  };
  const theirs = async (devices: number): Promise<number> => {
    const children = { producer: [floorProducer], workers: floorWorkers };
    const rate = await bench.withProcessorTime('floor', devices, children, async () => {
      const { seconds } = await floorProducer.ask<{ seconds: number }>('fleet', { count: devices, data: {} });
      return devices / seconds;
    });
    await bench.redis.clear('floor');
    return rate;
  };
  for (let done = 0; done < WARM_UP; done += count) await ours();
  await theirs(WARM_UP);
  const measured = await bench.alternate({ ours, floor: () => theirs(count) });
  await bench.stop(gateway.child, ...workers, floorProducer, ...floorWorkers);
  return [
    {
      figure: `device results of one run with ${count} no-op devices, ${WORKERS} workers`,
      value: measured.ours.median,
      unit: 'devices/s',
      floor: measured.floor.median,
      floorName: 'BullMQ, one job per device',
      goal: ratioAtLeast(15),
      spread: measured.ours.spread,
    },
  ];
}
