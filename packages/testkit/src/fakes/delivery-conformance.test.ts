import { describe, expect, it } from '@jest/globals';
import { deliveryStoreConformance } from '../conformance/delivery-store.ts';
import { MemoryDeliveryStore } from './memory-delivery-store.ts';

describe('deliveries in memory', () => {
  it.each(deliveryStoreConformance)('$title', async ({ check }) => {
    const store = new MemoryDeliveryStore();
    const enlist = (runId: string, atMs: number) => Promise.resolve(store.enlist(runId, atMs));
    await expect(check({ store, enlist })).resolves.toBeUndefined();
  });
});
