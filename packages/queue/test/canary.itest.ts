import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { closeRedis, connectRedis, type RedisConnection } from '@runyard/redis';
import { MemoryLog, needs, startTestRedis, type TcpProxy, tcpProxy, type TestRedis, waitFor } from '@runyard/testkit';
import { BullRunQueue, Canary, type Consumer, createSliceConsumer, type SliceEnd } from '../src/index.ts';

const EVERY_MS = 100;
const SILENT_MS = 1_500;
/** So many looks take longer than a silent worker is given. */
const LOOKS = (2 * SILENT_MS) / EVERY_MS;

const log = new MemoryLog();
let redis: TestRedis;
beforeAll(async () => {
  redis = await startTestRedis();
});
afterAll(() => redis.stop());

interface TestWorker {
  readonly consumer: Consumer;
  readonly canary: Canary;
  /** Connections of the consumer pass the one, those of the canary the other. */
  readonly proxies: { readonly pull: TcpProxy; readonly ask: TcpProxy };
  readonly queue: BullRunQueue;
  readonly state: { looks: number; silent: number };
  stop(): Promise<void>;
}

let workers: TestWorker[];
beforeEach(async () => {
  await redis.flush();
  workers = [];
});
afterEach(() => Promise.all(workers.map((worker) => worker.stop())));

async function startWorker(id: string, run: () => Promise<SliceEnd>): Promise<TestWorker> {
  const target = { port: redis.port };
  const proxies = { pull: await tcpProxy({ target }), ask: await tcpProxy({ target }) };
  const connect = ({ port }: TcpProxy) => connectRedis({ url: `redis://127.0.0.1:${port}/0` }, 'background', log);
  const connections: RedisConnection[] = [await connect(proxies.pull), await connect(proxies.ask)];
  const [pulling, asking] = connections as [RedisConnection, RedisConnection];
  const queue = new BullRunQueue({ connection: asking, keyPrefix: 'test', log });
  const consumer = createSliceConsumer('ams', run, { connection: pulling, keyPrefix: 'test', concurrency: 1, log });
  const state = { looks: 0, silent: 0 };
  const canary = new Canary({
    cluster: 'ams',
    workerId: id,
    queue,
    // The first thing that a look does.
    pulse: () => {
      state.looks += 1;
      return consumer.pulse();
    },
    isReachable: () => Promise.resolve(false),
    clock: { nowMs: () => Date.now() },
    log,
    onSilent: () => (state.silent += 1),
    everyMs: EVERY_MS,
    silentMsMax: SILENT_MS,
  });
  await consumer.start();
  await canary.start();
  const worker: TestWorker = {
    consumer,
    canary,
    proxies,
    queue,
    state,
    async stop() {
      for (const proxy of Object.values(proxies)) proxy.thaw();
      await canary.stop();
      await consumer.stop();
      await queue.close();
      await Promise.all(connections.map(closeRedis));
      for (const proxy of Object.values(proxies)) await proxy.stop();
    },
  };
  workers.push(worker);
  return worker;
}

const nothing = (): Promise<SliceEnd> => Promise.resolve('done');

async function moreLooks({ state }: TestWorker): Promise<void> {
  const before = state.looks;
  await waitFor(() => state.looks >= before + (4 / 3) * LOOKS, { timeoutMs: 20_000 });
}

needs(describe, 'redis-server')('a worker whose queue falls silent', () => {
  it('is found when nothing comes over its connections any more', async () => {
    const worker = await startWorker('w1', nothing);
    const other = await startWorker('w2', nothing);
    await waitFor(() => worker.consumer.pulse().answeredAtMs > 0);
    worker.proxies.pull.freeze();
    await waitFor(() => worker.state.silent === 1, { timeoutMs: 20_000 });
    await moreLooks(other);
    expect([worker.state.silent, other.state.silent]).toEqual([1, 0]);
  });

  it('is not one that is idle beside others, whoever takes the canaries', async () => {
    const started = await Promise.all(['w1', 'w2', 'w3', 'w4'].map((id) => startWorker(id, nothing)));
    await Promise.all(started.map(moreLooks));
    expect(started.map(({ state }) => state.silent)).toEqual([0, 0, 0, 0]);
    const jobs = await started[0]?.queue.queues(['ams']).at(-1)?.getJobCounts();
    expect(Object.values(jobs ?? {}).reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(4);
  });

  it('is not one whose only place is taken', async () => {
    let end: (end: SliceEnd) => void = () => undefined;
    const worker = await startWorker('w1', () => new Promise((resolve) => (end = resolve)));
    await worker.queue.addSlices([{ runId: 'r', slice: 0, cluster: 'ams', service: 's' }]);
    await waitFor(() => worker.consumer.pulse().inHand === 1);
    worker.proxies.pull.freeze();
    await moreLooks(worker);
    expect(worker.state.silent).toBe(0);
    worker.proxies.pull.thaw();
    end('done');
  });

  it('is not one whose cluster is paused', async () => {
    const worker = await startWorker('w1', nothing);
    await worker.queue.pause('ams');
    worker.proxies.pull.freeze();
    await moreLooks(worker);
    expect(worker.state.silent).toBe(0);
  });

  it('is not one that cannot reach Redis at all', async () => {
    const worker = await startWorker('w1', nothing);
    worker.proxies.pull.freeze();
    worker.proxies.ask.freeze();
    // A question that is not answered takes four seconds, and is not asked again.
    const before = worker.state.looks;
    await waitFor(() => worker.state.looks >= before + LOOKS, { timeoutMs: 20_000 });
    expect(worker.state.silent).toBe(0);
  });

  it('is not one whose waiting connection was killed and came back', async () => {
    const worker = await startWorker('w1', nothing);
    const waiting = (await redis.ask('CLIENT', 'LIST')).split('\n').filter((line) => line.includes('cmd=bzpopmin'));
    expect(waiting.length).toBeGreaterThan(0);
    for (const line of waiting) await redis.ask('CLIENT', 'KILL', 'ID', /^id=(\d+)/.exec(line)?.[1] ?? '');
    await moreLooks(worker);
    expect(worker.state.silent).toBe(0);
  });
});
