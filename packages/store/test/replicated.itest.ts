import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { RunQueue } from '@runyard/domain';
import { closeRedis, connectRedis, type RedisConnection } from '@runyard/redis';
import {
  MemoryLog,
  needs,
  samplePlan,
  sampleSpec,
  startTestRedis,
  startTestRedisCluster,
  type TestRedis,
  waitFor,
} from '@runyard/testkit';
import { createKeys, createReplicated, createRunStore } from '../src/index.ts';

const log = new MemoryLog();
const keys = createKeys('test');
const queue: RunQueue = {
  followsStore: true,
  addSlices: () => Promise.resolve(),
  addStep: () => Promise.resolve(),
  addPlan: () => Promise.resolve(),
  raise: () => Promise.resolve([]),
  raisePlans: () => Promise.resolve([]),
};

function replicatedOn(connection: RedisConnection) {
  const runs = createRunStore({ connection, keys, nowMs: () => Date.now() });
  return { plain: runs, ...createReplicated(connection, runs, queue) };
}

let primary: TestRedis;
let replica: TestRedis;
let connection: RedisConnection;
beforeAll(async () => {
  const extraArgs = ['--repl-diskless-sync-delay', '0'];
  primary = await startTestRedis({ extraArgs });
  replica = await startTestRedis({ extraArgs: [...extraArgs, '--replicaof', `127.0.0.1 ${primary.port}`] });
  connection = await connectRedis({ url: primary.url }, 'request', log);
});
afterAll(async () => {
  await closeRedis(connection);
  await replica.stop();
  await primary.stop();
});
const follows = () =>
  waitFor(async () => (await replica.ask('INFO', 'replication')).includes('master_link_status:up'), {
    timeoutMs: 20_000,
  });

needs(describe, 'redis-server')('accepting with durability replicated', () => {
  it('has the run on the replica when it answers', async () => {
    await follows();
    const { runs } = replicatedOn(connection);
    for (let count = 0; count < 50; count += 1) {
      const spec = sampleSpec();
      expect(await runs.accept(spec, samplePlan(['r1']))).toBe('written');
      expect(await replica.ask('EXISTS', keys.run(spec.id).record)).toBe('1');
    }
  });

  it('refuses with the id of the run while there is no replica, and accepts again when it is back', async () => {
    await follows();
    await replica.server.kill();
    const { runs, plain } = replicatedOn(connection);
    const spec = sampleSpec();
    await expect(runs.accept(spec, samplePlan(['r1']))).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      retryAfter: 2,
      message: expect.stringContaining(`GET /v1/runs/${spec.id}`),
    });
    expect(await plain.get(spec.id)).not.toBeNull();
    await replica.server.restart();
    await follows();
    await waitFor(() => runs.accept(sampleSpec(), samplePlan(['r1'])));
  });

  it('refuses when the connection broke between the write and the question', async () => {
    await follows();
    const own = await connectRedis({ url: primary.url }, 'request', log);
    const breaking: RunQueue = {
      ...queue,
      async addPlan() {
        const closed = new Promise((resolve) => own.once('close', resolve));
        const ready = closed.then(() => new Promise((resolve) => own.once('ready', resolve)));
        await primary.ask('CLIENT', 'KILL', 'ID', String(await own.client('ID')));
        await ready;
      },
    };
    const replicated = createReplicated(own, replicatedOn(own).plain, breaking);
    await expect(replicated.queue.addPlan('run-1', 's')).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    await closeRedis(own);
  });

  it('asks every master of a Cluster', async () => {
    const cluster = await startTestRedisCluster({ replicas: 1 });
    const own = await connectRedis({ url: cluster.url }, 'request', log);
    try {
      const { runs } = replicatedOn(own);
      expect(await runs.accept(sampleSpec(), samplePlan(['r1']))).toBe('written');
      await cluster.nodes[4]?.server.kill();
      await expect(runs.accept(sampleSpec(), samplePlan(['r1']))).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    } finally {
      await closeRedis(own);
      await cluster.stop();
    }
  });
});
