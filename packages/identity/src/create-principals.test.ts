import { describe, expect, it } from '@jest/globals';
import { type AccessView, may, type PrincipalReference } from '@runyard/domain';
import { MemoryCatalogStore, sampleApiKey } from '@runyard/testkit';
import { admin, ciKey, setupWithAnn } from '../test/identity-bundle.ts';
import { createPrincipals } from './create-principals.ts';

const ann: PrincipalReference = { name: 'ann', kind: 'user', credentialId: 'password' };
const account: PrincipalReference = { name: 'sa_ci', kind: 'service-account', credentialId: 'anonymous' };

async function setupWithCatalog() {
  const bundle = await setupWithAnn();
  const catalog = new MemoryCatalogStore(bundle.clock);
  const put = async (disabled: boolean): Promise<AccessView> => {
    const item = { name: 'sa_ci', roles: ['reader'], ...(disabled ? { disabled } : {}) };
    await catalog.write(
      [
        { kind: 'role', action: 'put', item: { name: 'reader', permissions: ['run:read'] } },
        { kind: 'group', action: 'put', item: { name: 'noc', roles: ['reader'] } },
        { kind: 'service-account', action: 'put', item },
      ],
      (await catalog.view()).revision,
    );
    return catalog.access();
  };
  return { ...bundle, put, access: await put(false), principals: createPrincipals(bundle.store, bundle.clock) };
}

describe('principals', () => {
  it('are users with what their roles and groups allow now', async () => {
    const { principals, identity, access } = await setupWithCatalog();
    await identity.changeUser(admin, 'ann', { roles: [], groups: ['noc'] });
    const found = await principals.current({ ...ann, services: ['show'] }, access);
    expect(found).toMatchObject({ name: 'ann', roles: [], groups: ['noc'], services: ['show'] });
    expect(found && may(found, 'run:read')).toBe(true);
    expect(found && may(found, 'run:cancel')).toBe(false);
  });

  it('are gone when the user is disabled or deleted', async () => {
    const { principals, identity, access } = await setupWithCatalog();
    await identity.changeUser(admin, 'ann', { disabled: true });
    expect(await principals.current(ann, access)).toBeNull();
    await identity.deleteUser(admin, 'ann');
    expect(await principals.current(ann, access)).toBeNull();
  });

  it.each(['session', 'oidc', 'anonymous'])('need only the account with the credential %s', async (credentialId) => {
    const { principals, access } = await setupWithCatalog();
    expect(await principals.current({ ...ann, credentialId }, access)).toMatchObject({ name: 'ann', credentialId });
  });

  it('are gone when the key is revoked, also for a run as another account', async () => {
    const { principals, identity, access } = await setupWithCatalog();
    const account = { kind: 'user', name: 'ann' } as const;
    const { key } = await identity.createApiKey({ name: 'laptop', account, createdBy: 'ann' });
    const references = [
      { ...ann, credentialId: key.id },
      { name: 'sa_ci', kind: 'service-account', credentialId: key.id },
    ] as const;
    for (const reference of references) expect(await principals.current(reference, access)).toMatchObject(reference);
    await identity.revokeApiKey(key.id);
    for (const reference of references) expect(await principals.current(reference, access)).toBeNull();
  });

  it('are gone when the key has expired', async () => {
    const { principals, identity, clock, access } = await setupWithCatalog();
    const account = { kind: 'user', name: 'ann' } as const;
    const expiresAtMs = clock.nowMs() + 1_000;
    const { key } = await identity.createApiKey({ name: 'laptop', account, createdBy: 'ann', expiresAtMs });
    const reference = { ...ann, credentialId: key.id };
    expect(await principals.current(reference, access)).toMatchObject({ name: 'ann' });
    clock.advance(1_000);
    expect(await principals.current(reference, access)).toBeNull();
  });

  it('are others when the user was deleted and made again', async () => {
    const { principals, store, identity, clock, access } = await setupWithCatalog();
    const { createdAtMs } = (await store.getUser('ann')) ?? {};
    const reference = { ...ann, ...(createdAtMs === undefined ? {} : { createdAtMs }) };
    expect(await principals.current(reference, access)).toMatchObject({ name: 'ann', createdAtMs });
    await identity.deleteUser(admin, 'ann');
    clock.advance(1);
    await identity.createUser({ name: 'ann', roles: ['operator'], password: 'other-password' });
    expect(await principals.current(reference, access)).toBeNull();
    expect(await principals.current(ann, access)).toMatchObject({ name: 'ann' });
  });

  it('are service accounts of the catalog while they are enabled there', async () => {
    const { principals, put, access } = await setupWithCatalog();
    const found = await principals.current(account, access);
    expect(found).toMatchObject({ name: 'sa_ci', kind: 'service-account', roles: ['reader'] });
    expect(found && may(found, 'run:read')).toBe(true);
    expect(await principals.current({ ...account, name: 'nobody' }, access)).toBeNull();
    expect(await principals.current(account, await put(true))).toBeNull();
  });

  it('are the holders of keys of an older version, with the role of the key', async () => {
    const { principals, store, access } = await setupWithCatalog();
    await store.putApiKey(
      sampleApiKey('key-old', { account: { kind: 'service-account', name: 'ci' }, roles: ['operator'] }),
    );
    const reference = { name: 'ci', kind: 'service-account', credentialId: 'key-old' } as const;
    expect(await principals.current(reference, access)).toMatchObject({ name: 'ci', roles: ['operator'] });
    await store.deleteApiKey('key-old');
    expect(await principals.current(reference, access)).toBeNull();
  });

  it('were let in on a revision that the identity of a gateway knows', async () => {
    const { identity, principals, login, clock } = await setupWithCatalog();
    await login();
    const before = identity.lastRevision();
    expect(before).toBe(await principals.revision());
    await identity.createApiKey({ ...ciKey, createdBy: 'ann' });
    expect(identity.lastRevision()).toBe(before);
    clock.advance(1_000);
    await login();
    expect(identity.lastRevision()).toBe(await principals.revision());
  });

  it('have a revision that grows with each change of users and keys', async () => {
    const { principals, identity } = await setupWithCatalog();
    const before = await principals.revision();
    await identity.createApiKey({ ...ciKey, createdBy: 'ann' });
    expect(await principals.revision()).toBeGreaterThan(before);
  });
});
