import { describe, expect, it } from '@jest/globals';
import { catalogStoreConformance } from '../conformance/catalog-store.ts';
import { idempotencyStoreConformance } from '../conformance/idempotency-store.ts';
import { runQueueConformance } from '../conformance/run-queue.ts';
import { runStoreConformance } from '../conformance/run-store.ts';
import { MemoryCatalogStore } from './memory-catalog-store.ts';
import { MemoryIdempotencyStore } from './memory-idempotency-store.ts';
import { MemoryRunQueue } from './memory-run-queue.ts';
import { MemoryRunStore } from './memory-run-store.ts';
import { TestClock } from './test-clock.ts';

describe('the run store in memory', () => {
  it.each(runStoreConformance)('$title', async ({ check }) => {
    await expect(check(new MemoryRunStore({ clock: new TestClock() }))).resolves.toBeUndefined();
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
