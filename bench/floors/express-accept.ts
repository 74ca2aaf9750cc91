// What anybody would write first: Express 5, Ajv, `queue.add`.
import type { AddressInfo } from 'node:net';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { Queue, QueueEvents } from 'bullmq';
import express from 'express';
import { Redis } from 'ioredis';
import { answer } from '../harness/child-answers.ts';

const { REDIS_URL = '', QUEUE = 'floor' } = process.env;
const SYNC_WAIT_MS = 60_000;
const names = { type: 'array', maxItems: 100_000, items: { type: 'string', minLength: 1, maxLength: 255 } };
const isRunRequest = new Ajv2020().compile({
  type: 'object',
  properties: {
    service: { type: 'string', minLength: 1, maxLength: 255 },
    devices: names,
    pools: names,
    params: { type: 'object' },
    labels: { type: 'object', maxProperties: 20, additionalProperties: { type: 'string', maxLength: 200 } },
  },
  required: ['service'],
  additionalProperties: false,
});

const redis = new Redis(REDIS_URL, { replyMapping: 'legacy', maxRetriesPerRequest: null });
const queue = new Queue(QUEUE, { connection: redis });
const events = new QueueEvents(QUEUE, { connection: { url: REDIS_URL } });
events.setMaxListeners(0);
queue.on('error', console.error);
events.on('error', console.error);

const app = express();
app.use(express.json());
app.post('/runs', async (request, response) => {
  if (!isRunRequest(request.body)) {
    response.status(400).json({ errors: isRunRequest.errors });
    return;
  }
  const job = await queue.add('run', request.body);
  response.status(202).json({ id: job.id, state: 'queued' });
});
app.post('/runs-and-wait', async (request, response) => {
  if (!isRunRequest(request.body)) {
    response.status(400).json({ errors: isRunRequest.errors });
    return;
  }
  const job = await queue.add('run', request.body);
  const result: unknown = await job.waitUntilFinished(events, SYNC_WAIT_MS);
  response.status(200).json({ id: job.id, state: 'completed', result });
});
app.get('/runs/:id', async (request, response) => {
  const text = await redis.get(`run:${request.params.id}`);
  if (text === null) response.status(404).json({ error: 'not found' });
  else response.type('application/json').send(text);
});

const server = app.listen(0, '127.0.0.1');
await new Promise((resolve) => server.once('listening', resolve));
await events.waitUntilReady();

answer({
  port: () => Promise.resolve((server.address() as AddressInfo).port),
});
