import { describe, expect, it } from '@jest/globals';
import { MemoryIdentityStore, identityStoreConformance } from '@runyard/testkit';

describe('the identity store in memory', () => {
  it.each(identityStoreConformance)('$title', async ({ check }) => {
    await expect(check(new MemoryIdentityStore())).resolves.toBeUndefined();
  });

  it('stops telling a listener that left', async () => {
    const store = new MemoryIdentityStore();
    let heard = 0;
    store.onChange(() => (heard += 1))();
    await store.deleteUser({ name: 'nobody', version: 1 });
    await store.putApiKey({} as never);
    expect(heard).toBe(0);
  });
});
