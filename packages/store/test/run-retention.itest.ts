import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { RunId, RunSpec } from '@runyard/domain';
import { closeRedis, connectRedis, type RedisConnection } from '@runyard/redis';
import {
  MemoryLog,
  needs,
  runRetentionConformance,
  samplePlan,
  sampleResult,
  sampleSpec,
  startTestRedis,
  startTestRedisCluster,
  type TestRedis,
  type TestRedisCluster,
} from '@runyard/testkit';
import { createKeys, createRunRetention, createRunStore } from '../src/index.ts';

const log = new MemoryLog();
const keys = createKeys('test');
const HOUR_MS = 3_600_000;
let redis: TestRedis;
let connection: RedisConnection;
/** Added to the time of this machine. */
let laterMs = 0;
const nowMs = () => Date.now() + laterMs;
const parts = () => ({
  runs: createRunStore({ connection, keys, nowMs }),
  retention: createRunRetention({ connection, keys, nowMs }),
});

beforeAll(async () => {
  redis = await startTestRedis();
  connection = await connectRedis({ url: redis.url }, 'request', log);
});
afterAll(async () => {
  await closeRedis(connection);
  await redis.stop();
});
beforeEach(async () => {
  laterMs = 0;
  await redis.flush();
});

const describeOnRedis = needs(describe, 'redis-server');

describeOnRedis('the retention of runs in Redis', () => {
  it.each(runRetentionConformance)('$title', async ({ check }) => {
    await expect(check(parts())).resolves.toBeUndefined();
  });

  it('leaves no key of a run behind', async () => {
    const ids = [];
    for (let count = 0; count < 3; count += 1) ids.push(await endedRun({ labels: { ticket: `T-${count}` } }));
    expect(await parts().retention.remove(ids)).toBe(3);
    expect(await connection.keys('*')).toEqual([keys.runLabels]);
  });

  it('keeps a record a day longer than its time, and the outputs beside it', async () => {
    const id = await endedRun({ keep: { days: 2.0000001, runs: 10 } });
    const { record, rows, outputs, log: lines } = keys.run(id);
    for (const key of [record, rows, outputs, lines]) {
      expect(Math.round((await connection.pttl(key)) / HOUR_MS)).toBe(3 * 24);
    }
  });
});

describeOnRedis('tidying the lists of runs', () => {
  it('takes out ids whose record expired while nobody pruned, and forgets their labels', async () => {
    const service = 'gone';
    const lost = [];
    for (let count = 0; count < 5; count += 1) lost.push(await endedRun({ service, labels: { ticket: `T-${count}` } }));
    const kept = await endedRun({ service, labels: { team: 'core' } });
    for (const id of lost) await connection.unlink(keys.run(id).record);
    laterMs = 3 * HOUR_MS;
    await tidyAll([service]);
    expect(await listsWith(lost)).toEqual([keys.runs]);
    expect(await connection.zrange(keys.runLabels, '0', '-1')).toEqual(['team=core']);
    const { retention } = parts();
    const over = (await retention.oldest(null, 10)).filter(({ keptUntilMs }) => keptUntilMs === 0);
    expect(await retention.remove(over.map(({ id }) => id))).toBe(5);
    expect(await listsWith(lost)).toEqual([]);
    expect(await listsWith([kept])).toEqual(
      [keys.runs, keys.runsOfService(service), keys.runsInState('succeeded'), keys.runsWithLabel('team=core')].sort(),
    );
  });

  it('leaves an id alone whose record may still be on its way', async () => {
    const { retention } = parts();
    const acceptedAtUs = Date.now() * 1_000;
    await connection.zadd(keys.runsOfService('young'), acceptedAtUs, 'f'.repeat(24));
    await connection.zadd(keys.runs, acceptedAtUs, 'f'.repeat(24));
    await tidyAll(['young']);
    expect(await connection.zcard(keys.runsOfService('young'))).toBe(1);
    expect(await retention.oldest(null, 1)).toEqual([{ id: 'f'.repeat(24), keptUntilMs: null }]);
  });

  it('remembers a label that a gateway noted within two hours, though no run has it now', async () => {
    const id = await endedRun({ labels: { ticket: 'T-1' } });
    await parts().retention.remove([id]);
    laterMs = HOUR_MS;
    await tidyAll([]);
    expect(await connection.zrange(keys.runLabels, '0', '-1')).toEqual(['ticket=T-1']);
    laterMs = 3 * HOUR_MS;
    await tidyAll([]);
    expect(await connection.zrange(keys.runLabels, '0', '-1')).toEqual([]);
  });
});

describeOnRedis('removing runs of 100,000 devices', () => {
  const SLICES = 500;
  const DEVICES = 200;

  it('keeps no other client waiting', async () => {
    // Another process may take the processor from Redis in the middle of any command; a large key is slow each time.
    let slow = Infinity;
    for (let attempt = 0; attempt < 3 && slow > 0; attempt += 1) slow = Math.min(slow, await slowCommands());
    expect(slow).toBe(0);
    expect(await connection.keys('*')).toEqual([]);
  });

  /** Commands over 5 ms while some large and many small runs are removed. */
  async function slowCommands(): Promise<number> {
    const ids = [];
    for (let count = 0; count < 3; count += 1) ids.push(await hugeRun(SLICES, DEVICES));
    for (let count = 0; count < 150; count += 1) ids.push(await endedRun());
    await redis.ask('CONFIG', 'SET', 'slowlog-log-slower-than', '5000');
    await redis.ask('SLOWLOG', 'RESET');
    expect(await parts().retention.remove(ids)).toBe(153);
    return Number(await redis.ask('SLOWLOG', 'LEN'));
  }

  /** An ended run of so many devices, with a row and an output for each. */
  async function hugeRun(slices: number, devices: number): Promise<RunId> {
    const id = await endedRun();
    const { record, rows, outputs } = keys.run(id);
    for (let slice = 0; slice < slices; slice += 10) {
      const fields = Array.from({ length: 10 }, (_, index) => [`${slice + index}:s`, 's00001'.repeat(devices)]).flat();
      await connection.hset(record, ...fields);
    }
    const row = JSON.stringify(['r1', 's', 0, 0, 1, 'x'.repeat(100)]);
    for (let count = 0; count < slices * devices; count += 1_000) {
      await connection.rpush(rows, ...Array.from({ length: 1_000 }, () => row));
      await connection.hset(outputs, ...Array.from({ length: 1_000 }, (_, index) => [count + index, row]).flat());
    }
    return id;
  }
});

needs(describe, 'redis-server')('in a Redis Cluster the retention of runs', () => {
  let cluster: TestRedisCluster;
  let clustered: RedisConnection;
  beforeAll(async () => {
    cluster = await startTestRedisCluster();
    clustered = await connectRedis({ url: cluster.url }, 'request', log);
  });
  afterAll(async () => {
    await closeRedis(clustered);
    await cluster.stop();
  });
  beforeEach(() => cluster.flush());

  it.each(runRetentionConformance)('$title', async ({ check }) => {
    const options = { connection: clustered, keys, nowMs };
    await expect(
      check({ runs: createRunStore(options), retention: createRunRetention(options) }),
    ).resolves.toBeUndefined();
  });

  it('tidies', async () => {
    const retention = createRunRetention({ connection: clustered, keys, nowMs });
    await clustered.zadd(keys.runsOfService('gone'), 1, 'f'.repeat(24));
    await clustered.zadd(keys.runLabels, 1, 'ticket=T-1');
    expect(await retention.tidy(['gone'], 100)).toBe(1);
    expect(await clustered.exists(keys.runsOfService('gone'), keys.runLabels)).toBe(0);
  });
});

/** A run on one device that has ended, with an output too long for its row and a line in its log. */
async function endedRun(changes: Partial<RunSpec> = {}): Promise<RunId> {
  const { runs } = parts();
  const { createdAtUs, id, ...rest } = sampleSpec(changes);
  const spec = { ...rest, createdAtUs, id: `${createdAtUs.toString(16).padStart(14, '0')}${id.slice(-10)}` };
  await runs.accept(spec, samplePlan(['r1']));
  const claim = await runs.claim({ runId: spec.id, slice: 0 }, 'w1');
  if (typeof claim !== 'object') throw new Error('nothing to claim');
  const result = sampleResult('r1', { result: 'x'.repeat(10_000) });
  const lines = [{ atMs: 1, device: 'r1', text: 'a line' }];
  await runs.record({ runId: spec.id, slice: 0 }, claim, {
    started: [],
    results: [{ position: 0, result }],
    log: lines,
  });
  return spec.id;
}

/** Walks all lists, some entries at a time. */
async function tidyAll(services: readonly string[]): Promise<void> {
  const { retention } = parts();
  for (let step = 0; step < 50; step += 1) await retention.tidy(services, 3);
}

/** The sorted sets in which one of these ids is. */
async function listsWith(ids: readonly RunId[]): Promise<string[]> {
  const lists = await connection.keys('test:{index}:*');
  const found = await Promise.all(
    lists.map(async (list) => {
      const members = await connection.zrange(list, '0', '-1');
      return ids.some((id) => members.includes(id));
    }),
  );
  return lists.filter((_, index) => found[index]).sort();
}
