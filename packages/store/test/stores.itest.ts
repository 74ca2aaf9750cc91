import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Log } from '@runyard/domain';
import { closeRedis, connectRedis, type RedisConnection } from '@runyard/redis';
import {
  catalogStoreConformance,
  idempotencyStoreConformance,
  identityStoreConformance,
  MemoryLog,
  needs,
  putDevice,
  runStoreConformance,
  runTreeConformance,
  stepStoreConformance,
  sampleDevice,
  samplePlan,
  sampleSpec,
  startTestRedis,
  type TestRedis,
} from '@runyard/testkit';
import {
  createAuditLog,
  createIdempotencyStore,
  createIdentityStore,
  createKeys,
  createRunStore,
  createRunTree,
  createStepStore,
  RedisCatalogStore,
} from '../src/index.ts';

let redis: TestRedis;
let connection: RedisConnection;
const log: Log = new MemoryLog();
const clock = { nowMs: () => Date.now() };
const keys = createKeys('test');

beforeAll(async () => {
  redis = await startTestRedis();
  connection = await connectRedis({ url: redis.url }, 'request', log);
});
afterAll(async () => {
  await closeRedis(connection);
  await redis.stop();
});
beforeEach(() => redis.flush());

const describeOnRedis = needs(describe, 'redis-server');

describeOnRedis('the run store in Redis', () => {
  it.each(runStoreConformance)('$title', async ({ check }) => {
    await expect(check(createRunStore({ connection, keys, nowMs: clock.nowMs }))).resolves.toBeUndefined();
  });
});

describeOnRedis('the step store in Redis', () => {
  it.each(stepStoreConformance)('$title', async ({ check }) => {
    const runs = createRunStore({ connection, keys, nowMs: clock.nowMs });
    await expect(check({ runs, steps: createStepStore(connection, keys) })).resolves.toBeUndefined();
  });
});

describeOnRedis('the tree of runs in Redis', () => {
  it.each(runTreeConformance)('$title', async ({ check }) => {
    await expect(check(createRunTree(connection, keys))).resolves.toBeUndefined();
  });
});

describeOnRedis('the catalog store in Redis', () => {
  it.each(catalogStoreConformance)('$title', async ({ check }) => {
    await expect(check(new RedisCatalogStore({ connection, keys, clock }))).resolves.toBeUndefined();
  });
});

describeOnRedis('the identity store in Redis', () => {
  it.each(identityStoreConformance)('$title', async ({ check }) => {
    // One for each store, as in a gateway: a store listens on it for as long as it is open.
    const subscriber = await connectRedis({ url: redis.url }, 'subscriber', log);
    try {
      await expect(check(await createIdentityStore(connection, subscriber, keys))).resolves.toBeUndefined();
    } finally {
      await closeRedis(subscriber);
    }
  });
});

describeOnRedis('the idempotency store in Redis', () => {
  it.each(idempotencyStoreConformance)('$title', async ({ check }) => {
    await expect(check(createIdempotencyStore(connection, keys))).resolves.toBeUndefined();
  });

  it('forgets a key a day after its first call, also when its record was replaced', async () => {
    const store = createIdempotencyStore(connection, keys);
    const scope = { principal: 'user:ada', key: 'k' };
    const record = { bodyHash: 'h', runId: 'a'.repeat(24), createdAtUs: 1, atMs: 1, accepted: false };
    await store.claim(scope, record);
    const [key = ''] = await connection.keys('test:idempotency:*');
    await connection.pexpire(key, 80_000_000);
    await store.replace(scope, record, { ...record, accepted: true });
    expect(await connection.pttl(key)).toBeLessThanOrEqual(80_000_000);
    expect(await connection.pttl(key)).toBeGreaterThan(79_000_000);
  });
});

describeOnRedis('accepting on one Redis', () => {
  it('writes nothing when the catalog moved since it was looked at', async () => {
    const catalog = new RedisCatalogStore({ connection, keys, clock });
    const runs = createRunStore({ connection, keys, nowMs: clock.nowMs });
    const spec = sampleSpec();
    const revision = await catalog.write([putDevice(sampleDevice('r1'))], 0);
    const keysBefore = await redis.ask('DBSIZE');
    expect(await runs.accept(spec, samplePlan(['r1']), revision - 1)).toBe('catalog-moved');
    expect(await redis.ask('DBSIZE')).toBe(keysBefore);
    expect(await runs.accept(spec, samplePlan(['r1']), revision)).toBe('written');
    expect((await runs.list({}, null, 10)).items.map(({ spec: { id } }) => id)).toEqual([spec.id]);
  });
});

describeOnRedis('the audit log of what was denied', () => {
  const entry = (subject: string, decision: 'allowed' | 'denied') =>
    ({ actor: 'ada', action: 'a.b', subject, detail: {}, decision }) as const;

  it('pushes nothing out that was allowed, however much is denied', async () => {
    const audit = createAuditLog(connection, keys, 5);
    await audit.append(entry('mine', 'allowed'));
    for (let count = 0; count < 20; count += 1) await audit.append(entry(`denied-${count}`, 'denied'));
    const { items } = await audit.list({ action: 'a.b' }, null, 100);
    const denied = ['denied-19', 'denied-18', 'denied-17', 'denied-16', 'denied-15'];
    expect(items.map(({ subject }) => subject)).toEqual([...denied, 'mine']);
  });

  it('is read with the others page by page, each entry once', async () => {
    const audit = createAuditLog(connection, keys);
    const runs = createRunStore({ connection, keys, nowMs: clock.nowMs });
    const written: string[] = [];
    for (let count = 0; count < 12; count += 1) {
      const spec = sampleSpec();
      const subjects = [`paged-allowed-${count}`, `paged-denied-${count}`, spec.id];
      // At once, so that entries of several streams get the same time.
      await Promise.all([
        audit.append(entry(subjects[0] ?? '', 'allowed')),
        audit.append(entry(subjects[1] ?? '', 'denied')),
        runs.accept(spec, samplePlan(['r1']), undefined, entry(spec.id, 'allowed')),
      ]);
      written.push(...subjects);
    }
    const read: string[] = [];
    for (let cursor: string | null = null, isFirst = true; isFirst || cursor !== null; isFirst = false) {
      const page: Awaited<ReturnType<typeof audit.list>> = await audit.list({}, cursor, 5);
      read.push(...page.items.map(({ subject }) => subject));
      cursor = page.cursor;
    }
    expect(read.filter((subject) => written.includes(subject)).toSorted()).toEqual(written.toSorted());
  });
});

describeOnRedis('the audit log of accepted runs', () => {
  it('is read with the other one, newest first, page by page, and pushes nothing out of it', async () => {
    const audit = createAuditLog(connection, keys);
    const runs = createRunStore({ connection, keys, nowMs: clock.nowMs });
    const entry = (action: string, subject: string) => ({ actor: 'ada', action, subject, detail: {} });
    const written: string[] = [];
    for (let count = 0; count < 7; count += 1) {
      const spec = sampleSpec();
      await runs.accept(spec, samplePlan(['r1']), undefined, entry('run.accept', spec.id));
      written.push(spec.id);
      if (count % 3 > 0) continue;
      await audit.append(entry('lock.break', `lock-${count}`));
      written.push(`lock-${count}`);
    }
    const pages: string[][] = [];
    let cursor: string | null = null;
    do {
      const page = await audit.list({}, cursor, 3);
      pages.push(page.items.map(({ subject }) => subject));
      cursor = page.cursor;
    } while (cursor !== null && pages.length < 20);
    // Within one millisecond each log counts for itself.
    expect(pages.flat().toSorted()).toEqual(written.toSorted());
    expect(pages.every(({ length }) => length <= 3)).toBe(true);
    const ofRuns = (await audit.list({}, null, 100)).items.filter(({ action }) => action === 'run.accept');
    expect(ofRuns.map(({ subject }) => subject)).toEqual(written.filter((id) => !id.startsWith('lock')).toReversed());
    expect((await audit.list({ action: 'lock.break' }, null, 100)).items).toHaveLength(3);
  });
});
