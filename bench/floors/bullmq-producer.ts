// Raw BullMQ, the producing side.
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { answer } from '../harness/child-answers.ts';
import { keepInFlight, waitUntil } from '../load/in-flight.ts';

const { REDIS_URL = '', QUEUE = 'floor' } = process.env;
const BULK = 1_000;
const redis = new Redis(REDIS_URL, { replyMapping: 'legacy', maxRetriesPerRequest: null, enableAutoPipelining: true });
const queue = new Queue(QUEUE, { connection: redis });
queue.on('error', console.error);

function completed(): Promise<number> {
  return redis.zcard(`bull:${QUEUE}:completed`);
}

async function timed(count: number, add: () => Promise<void>): Promise<{ acceptSeconds: number; seconds: number }> {
  const before = await completed();
  const startMs = performance.now();
  await add();
  const addedMs = performance.now();
  await waitUntil(async () => (await completed()) >= before + count);
  return { acceptSeconds: (addedMs - startMs) / 1_000, seconds: (performance.now() - startMs) / 1_000 };
}

answer({
  /** One `add` for each job, so many at once, until the last one is completed. */
  run: ({ count, inFlight, data }: { count: number; inFlight: number; data: object }) =>
    timed(count, () =>
      keepInFlight(count, inFlight, async () => {
        await queue.add('run', data);
      }),
    ),
  /** One job per device by `addBulk`, until the last one is completed. */
  fleet: ({ count, data }: { count: number; data: object }) =>
    timed(count, async () => {
      for (let first = 0; first < count; first += BULK) {
        const length = Math.min(BULK, count - first);
        await queue.addBulk(
          Array.from({ length }, (_, index) => ({ name: 'device', data: { ...data, device: `d${first + index}` } })),
        );
      }
    }),
  /** Jobs without anybody to take them. */
  async fill({ count, data }: { count: number; data: object }) {
    await keepInFlight(count, 100, async () => {
      await queue.add('run', data);
    });
  },
});
