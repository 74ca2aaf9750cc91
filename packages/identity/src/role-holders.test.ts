import { describe, expect, it } from '@jest/globals';
import { MemoryIdentityStore, sampleApiKey, sampleUser } from '@runyard/testkit';
import { setup } from '../test/identity-bundle.ts';

describe('listRoleHolders', () => {
  it('names users with their roles and groups, disabled ones too, and keys that have roles of their own', async () => {
    const store = new MemoryIdentityStore();
    await store.putUser(sampleUser('ann', { roles: ['viewer', 'netops'], groups: ['noc'], disabled: true }));
    await store.putApiKey(sampleApiKey('key-1', { roles: ['netops'] }));
    await store.putApiKey(sampleApiKey('key-2'));
    expect(await setup({ store }).identity.listRoleHolders()).toEqual([
      { kind: 'user', name: 'ann', roles: ['viewer', 'netops'], groups: ['noc'] },
      { kind: 'api-key', name: 'key-1', roles: ['netops'], groups: [] },
    ]);
  });

  it('leaves out groups that an identity provider tells: nobody can take somebody out of one here', async () => {
    const store = new MemoryIdentityStore();
    await store.putUser(sampleUser('ann', { roles: ['viewer'], groups: ['noc'], oidcSubject: 'issuer subject' }));
    expect(await setup({ store }).identity.listRoleHolders()).toEqual([
      { kind: 'user', name: 'ann', roles: ['viewer'], groups: [] },
    ]);
  });

  it('leaves out nobody when there are more than a page', async () => {
    const store = new MemoryIdentityStore();
    for (let number = 0; number < 1_001; number += 1) await store.putUser(sampleUser(`u${number}`));
    expect(await setup({ store }).identity.listRoleHolders()).toHaveLength(1_001);
  });
});
