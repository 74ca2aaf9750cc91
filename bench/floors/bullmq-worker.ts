// Raw BullMQ, the consuming side: a job that does nothing and gives a text.
import { Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { answer } from '../harness/child-answers.ts';

const { REDIS_URL = '', QUEUE = 'floor', CONCURRENCY = '50', RESULT = 'ok' } = process.env;
const redis = new Redis(REDIS_URL, { replyMapping: 'legacy', maxRetriesPerRequest: null });
const worker = new Worker(QUEUE, () => Promise.resolve(RESULT), {
  connection: redis,
  concurrency: Number(CONCURRENCY),
});
worker.on('error', console.error);
await worker.waitUntilReady();

answer({});
