// Another client of the same Redis: a PING each millisecond, and how long its answer took.
import { Redis } from 'ioredis';
import { answer } from '../harness/child-answers.ts';
import { median } from '../harness/statistics.ts';

const EVERY_MS = 1;
const redis = new Redis(process.env.REDIS_URL ?? '', { replyMapping: 'legacy', maxRetriesPerRequest: null });
await redis.ping();

let times: number[] = [];
let timer: NodeJS.Timeout | undefined;

async function ping(): Promise<void> {
  const startMs = performance.now();
  await redis.ping();
  times.push(performance.now() - startMs);
}

answer({
  start() {
    times = [];
    timer = setInterval(() => void ping(), EVERY_MS);
    return Promise.resolve();
  },
  stop() {
    clearInterval(timer);
    return Promise.resolve({ longestMs: Math.max(...times), p50Ms: median(times), count: times.length });
  },
});
