import { describe, expect, it } from '@jest/globals';
import { auditLogConformance } from '../conformance/audit-log.ts';
import { catalogStoreConformance } from '../conformance/catalog-store.ts';
import { idempotencyStoreConformance } from '../conformance/idempotency-store.ts';
import { lockStoreConformance } from '../conformance/lock-store.ts';
import { runQueueConformance } from '../conformance/run-queue.ts';
import { runRetentionConformance } from '../conformance/run-retention.ts';
import { runStoreConformance } from '../conformance/run-store.ts';
import { MemoryAuditLog } from './memory-audit-log.ts';
import { MemoryCatalogStore } from './memory-catalog-store.ts';
import { MemoryIdempotencyStore } from './memory-idempotency-store.ts';
import { MemoryLockStore } from './memory-lock-store.ts';
import { MemoryRunQueue } from './memory-run-queue.ts';
import { MemoryRunRetention } from './memory-run-retention.ts';
import { MemoryRunStore } from './memory-run-store.ts';
import { TestClock } from './test-clock.ts';

import { runTreeConformance } from '../conformance/run-tree.ts';
import { stepStoreConformance } from '../conformance/step-store.ts';
import { MemoryRunTree } from './memory-run-tree.ts';
import { MemoryStepStore } from './memory-step-store.ts';

describe('the run store in memory', () => {
  it.each(runStoreConformance)('$title', async ({ check }) => {
    await expect(check(new MemoryRunStore({ clock: new TestClock() }))).resolves.toBeUndefined();
  });
});

describe('the step store in memory', () => {
  it.each(stepStoreConformance)('$title', async ({ check }) => {
    const runs = new MemoryRunStore({ clock: new TestClock() });
    await expect(check({ runs, steps: new MemoryStepStore({ records: runs.records }) })).resolves.toBeUndefined();
  });
});

describe('the tree of runs in memory', () => {
  it.each(runTreeConformance)('$title', async ({ check }) => {
    await expect(check(new MemoryRunTree())).resolves.toBeUndefined();
  });
});

describe('the run retention in memory', () => {
  it.each(runRetentionConformance)('$title', async ({ check }) => {
    const runs = new MemoryRunStore({ clock: new TestClock() });
    await expect(check({ runs, retention: new MemoryRunRetention(runs) })).resolves.toBeUndefined();
  });
});

describe('the run queue in memory', () => {
  it.each(runQueueConformance)('$title', async ({ check }) => {
    const queue = new MemoryRunQueue();
    const observed = {
      queue,
      waitingSlices: async (cluster: string) =>
        [...queue.slices].filter(([, job]) => job.cluster === cluster).map(([id]) => id),
      waitingPlans: async () => [...queue.plans.keys()],
    };
    await expect(check(observed)).resolves.toBeUndefined();
  });
});

describe('the catalog store in memory', () => {
  it.each(catalogStoreConformance)('$title', async ({ check }) => {
    await expect(check(new MemoryCatalogStore(new TestClock()))).resolves.toBeUndefined();
  });
});

describe('the idempotency store in memory', () => {
  it.each(idempotencyStoreConformance)('$title', async ({ check }) => {
    await expect(check(new MemoryIdempotencyStore(new TestClock()))).resolves.toBeUndefined();
  });
});

describe('the lock store in memory', () => {
  it.each(lockStoreConformance)('$title', async ({ check }) => {
    const clock = new TestClock();
    const store = new MemoryLockStore(clock);
    const age = async (milliseconds: number) => clock.advance(milliseconds);
    await expect(check({ store, other: store.another(), age })).resolves.toBeUndefined();
  });
});

describe('the audit log in memory', () => {
  it.each(auditLogConformance)('$title', async ({ check }) => {
    await expect(check(new MemoryAuditLog(new TestClock()))).resolves.toBeUndefined();
  });
});
