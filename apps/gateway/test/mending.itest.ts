import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { RunPlan, RunSpec, SliceJob } from '@runyard/domain';
import { Reconciler } from '@runyard/engine';
import { BullRunQueue, createJobCheck } from '@runyard/queue';
import { closeRedis, connectRedis, type RedisConnection } from '@runyard/redis';
import {
  MemoryLog,
  needs,
  samplePlan,
  sampleResult,
  sampleSpec,
  startTestRedis,
  startTestRedisCluster,
  type TestRedis,
} from '@runyard/testkit';
import { createKeys, createRunGate, createRunMending, createRunStore, createWorkerRegistry } from '@runyard/store';

const keys = createKeys('test');

const describeOnRedis = needs(describe, 'redis-server');
describeOnRedis('the reconciler on one Redis', () => mendingOn(startTestRedis));
describeOnRedis('the reconciler on a Redis Cluster', () => mendingOn(startTestRedisCluster));

/** A Redis for tests of either kind. */
type AnyTestRedis = Pick<TestRedis, 'url' | 'flush' | 'stop'>;

function mendingOn(start: () => Promise<AnyTestRedis>): void {
  let redis: AnyTestRedis;
  let connection: RedisConnection;
  let parts: ReturnType<typeof compose>;
  /** Added to the time of this machine. */
  let laterMs = 0;

  beforeAll(async () => {
    redis = await start();
    connection = await connectRedis({ url: redis.url }, 'request', new MemoryLog());
  });
  afterAll(async () => {
    await closeRedis(connection);
    await redis.stop();
  });
  beforeEach(async () => {
    await parts?.queue.close();
    laterMs = 0;
    await redis.flush();
    parts = compose();
  });
  afterAll(() => parts.queue.close());

  function compose() {
    const log = new MemoryLog();
    const clock = { nowMs: () => Date.now() + laterMs };
    const options = { connection, keys, nowMs: clock.nowMs };
    const runs = createRunStore(options);
    const queue = new BullRunQueue({ connection, keyPrefix: keys.prefix, log });
    const workers = createWorkerRegistry(connection, keys, clock);
    const gate = createRunGate(connection, keys);
    const jobs = createJobCheck(connection, queue);
    const mending = createRunMending(options);
    const lead = () => Promise.resolve(true);
    const reconciler = new Reconciler({ runs, queue, workers, gate, jobs, mending, clock, log, lead, lookAgainMs: 50 });
    return { log, runs, queue, workers, gate, reconciler };
  }

  /** One round. Gives what it says that it mended. */
  async function mended(): Promise<readonly Readonly<Record<string, unknown>>[]> {
    const before = parts.log.entries.length;
    await parts.reconciler.reconcile();
    const lines = parts.log.entries.slice(before).filter(({ level }) => level === 'warn');
    expect(lines.every(({ message }) => message === 'mended')).toBe(true);
    return lines.map(({ fields }) => fields);
  }

  /** A run that was accepted now, with its jobs. */
  async function accepted(plan: RunPlan | null, changes: Partial<RunSpec> = {}): Promise<RunSpec> {
    const { id, ...rest } = sampleSpec({
      createdAtUs: Date.now() * 1_000 + (sampleSpec().createdAtUs % 1_000),
      ...changes,
    });
    const spec = { ...rest, id: `${rest.createdAtUs.toString(16).padStart(14, '0')}${id.slice(-10)}` };
    await parts.runs.accept(spec, plan);
    if (plan) await parts.queue.addSlices(plan.slices.map((_, slice) => jobOf(spec, slice)));
    else await parts.queue.addPlan(spec.id, spec.service);
    return spec;
  }

  async function removeJobs(): Promise<void> {
    for (const queue of parts.queue.queues(['ams'])) await queue.obliterate({ force: true });
  }

  async function waiting(): Promise<string[]> {
    const jobs = await Promise.all(parts.queue.queues(['ams']).map((queue) => queue.getWaiting(0, 99)));
    const ids = jobs.flat().map(({ id = '' }) => id);
    return ids.sort();
  }

  async function finish({ id: runId }: RunSpec, slice: number, owner = 'w1'): Promise<void> {
    const claim = await parts.runs.claim({ runId, slice }, owner);
    if (typeof claim !== 'object') throw new Error(`nothing to claim: ${claim}`);
    const results = claim.names.map((name, position) => ({ position, result: sampleResult(name) }));
    await parts.runs.record({ runId, slice }, claim, { started: [], results, log: [] });
  }

  it('counts nothing while all is well', async () => {
    await accepted(samplePlan(['r1']));
    await accepted(null);
    const running = await accepted(samplePlan(['r1'], ['r2']));
    await heartbeat('w1');
    await parts.runs.claim({ runId: running.id, slice: 0 }, 'w1');
    laterMs = 8_000;
    expect(await mended()).toEqual([]);
  });

  it('finds slices without a job', async () => {
    const { id } = await accepted(samplePlan(['r1'], ['r2']));
    await removeJobs();
    laterMs = 8_000;
    expect(await mended()).toEqual([{ kind: 'not-queued', runId: id, count: 2 }]);
    expect(await waiting()).toEqual([`${id}-0`, `${id}-1`]);
    expect(await mended()).toEqual([]);
  });

  it('finds jobs that are there and in no list, which nobody would ever be given', async () => {
    const { id } = await accepted(samplePlan(['r1'], ['r2']));
    const planned = await accepted(null);
    const [plans, slices] = parts.queue.queues(['ams']);
    for (const queue of [plans, slices]) await connection.unlink(queue?.toKey('wait') ?? '');
    laterMs = 8_000;
    expect(await mended()).toEqual([
      { kind: 'not-queued', runId: id, count: 2 },
      { kind: 'not-queued', runId: planned.id, count: 1 },
    ]);
    expect(await waiting()).toEqual([`${id}-0`, `${id}-1`, `${planned.id}-plan`].toSorted());
    expect(await mended()).toEqual([]);
  });

  it('finds a run whose plan job is lost', async () => {
    const { id } = await accepted(null);
    await removeJobs();
    laterMs = 8_000;
    expect(await mended()).toEqual([{ kind: 'not-queued', runId: id, count: 1 }]);
    expect(await waiting()).toEqual([`${id}-plan`]);
    expect(await mended()).toEqual([]);
  });

  it('finds a slice whose owner is dead and whose job is lost', async () => {
    const { id } = await accepted(samplePlan(['r1'], ['r2']));
    await heartbeat('w1');
    await parts.runs.claim({ runId: id, slice: 1 }, 'w1');
    const [queue] = parts.queue.queues(['ams']).filter(({ name }) => name === 'ams');
    await queue?.remove(`${id}-1`);
    laterMs = 8_000;
    expect(await mended()).toEqual([]);
    await parts.workers.remove('w1');
    expect(await mended()).toEqual([{ kind: 'owner-dead', runId: id, count: 1 }]);
    expect(await waiting()).toEqual([`${id}-0`, `${id}-1`]);
    expect(await mended()).toEqual([]);
  });

  it('finds a run whose devices are all done and which is open', async () => {
    const spec = await accepted(samplePlan(['r1', 'r2'], ['r3']));
    await finish(spec, 0);
    await finish(spec, 1);
    await removeJobs();
    await connection.hset(keys.run(spec.id).record, 'state', 'running', 's', '2', 'f', '1');
    await connection.hdel(keys.run(spec.id).record, 'ended');
    await connection.zadd(keys.openRuns, spec.createdAtUs, spec.id);
    await connection.zrem(keys.runsInState('succeeded'), spec.id);
    laterMs = 8_000;
    expect(await mended()).toEqual([{ kind: 'done-but-open', runId: spec.id, count: 1 }]);
    const record = await parts.runs.get(spec.id);
    expect(record).toMatchObject({ state: 'succeeded', counts: { total: 3, succeeded: 3, failed: 0, pending: 0 } });
    expect(record?.endedAtMs).toBeGreaterThan(0);
    expect((await parts.runs.list({ state: 'succeeded' }, null, 10)).items).toHaveLength(1);
    expect(await connection.pttl(keys.run(spec.id).record)).toBeGreaterThan(7 * 86_400_000);
    expect(await mended()).toEqual([]);
  });

  it('finds a cancelled run that nobody is left to end', async () => {
    const { id } = await accepted(samplePlan(['r1'], ['r2']));
    await heartbeat('w1');
    await parts.runs.claim({ runId: id, slice: 0 }, 'w1');
    await parts.runs.requestCancel(id);
    await parts.workers.remove('w1');
    await removeJobs();
    laterMs = 8_000;
    expect(await mended()).toEqual([{ kind: 'stuck-cancelling', runId: id, count: 2 }]);
    expect((await parts.runs.get(id))?.state).toBe('cancelled');
    expect(await mended()).toEqual([]);
  });

  it('finds a run that was to expire and did not end', async () => {
    const { id } = await accepted(samplePlan(['r1']));
    await parts.runs.claim({ runId: id, slice: 0 }, 'w1');
    expect(await parts.runs.expire(id, { code: 'RUN_EXPIRED', message: 'too late' })).toBe('ending');
    laterMs = 8_000;
    expect((await mended()).map(({ kind }) => kind)).toEqual(['stuck-cancelling']);
    expect(await parts.runs.get(id)).toMatchObject({ state: 'expired', error: { code: 'RUN_EXPIRED' } });
    expect(await mended()).toEqual([]);
  });

  it('finds a rollout whose next batch is due', async () => {
    const slices = ['r1', 'r2'].map((name, batch) => ({ cluster: 'ams', names: [name], batch }));
    const rollout = { sizes: [1, 1], failuresMax: null, soakMs: 1_000, onBreach: 'stop' } as const;
    const spec = await accepted(null);
    await parts.runs.plan(spec.id, { slices, sorted: false, rollout });
    await finish(spec, 0);
    await removeJobs();
    laterMs = 8_000;
    expect(await mended()).toEqual([{ kind: 'batch-due', runId: spec.id, count: 1 }]);
    expect(await waiting()).toEqual([`${spec.id}-1`]);
    expect((await parts.runs.get(spec.id))?.rollout).toEqual({ batch: 1, batches: 2, nextAtMs: null });
    expect(await mended()).toEqual([]);
  });

  it('finds a run that ended inside the gate of its service', async () => {
    const limited = { service: 'limited', maxConcurrent: 1 };
    const first = await accepted(null, limited);
    const second = await accepted(null, limited);
    for (const { id, createdAtUs } of [first, second]) await parts.gate.enter('limited', id, createdAtUs, 1);
    await removeJobs();
    await parts.runs.fail(first.id, { code: 'INTERNAL', message: 'died' });
    laterMs = 8_000;
    expect(await mended()).toEqual([{ kind: 'gate-left', service: 'limited', count: 1 }]);
    expect((await parts.gate.members('limited')).inside).not.toContain(first.id);
    expect((await mended()).filter(({ kind }) => kind === 'gate-left')).toEqual([]);
  });

  it('finds lists that say something else than the records', async () => {
    const spec = await accepted(samplePlan(['r1']));
    await finish(spec, 0);
    await connection.zadd(keys.openRuns, spec.createdAtUs, spec.id);
    await connection.zadd(keys.openRuns, 1, 'f'.repeat(24));
    laterMs = 8_000;
    expect(await mended()).toEqual([
      { kind: 'index-wrong', runId: 'f'.repeat(24), count: 1 },
      { kind: 'index-wrong', runId: spec.id, count: 1 },
    ]);
    expect(await connection.zcard(keys.openRuns)).toBe(0);
    expect(await mended()).toEqual([]);
  });

  it('leaves a paused run alone', async () => {
    const { id } = await accepted(samplePlan(['r1']));
    await removeJobs();
    await parts.runs.setPause(id, { atMs: 1, by: 'ada' });
    laterMs = 8_000;
    expect(await mended()).toEqual([]);
    expect(await waiting()).toEqual([]);
  });

  function heartbeat(id: string): Promise<void> {
    const seenAtMs = Date.now() + laterMs;
    const worker = { id, cluster: 'ams', host: 'h', pid: 1, version: '0', serviceTypes: [], slots: 1, busySlots: 1 };
    return parts.workers.heartbeat({ ...worker, startedAtMs: 0, seenAtMs, draining: false });
  }
}

function jobOf({ id: runId, service }: RunSpec, slice: number): SliceJob {
  return { runId, slice, cluster: 'ams', service };
}
