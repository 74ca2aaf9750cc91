import { describe, expect, it } from '@jest/globals';
import type { RoleHolder, SecretBox } from '@runyard/domain';
import { MemoryCatalogStore, TestClock } from '@runyard/testkit';
import type { Accounts } from './accounts.ts';
import { documentsOf } from './catalog-document.ts';
import { deleteItem } from './edit-item.ts';
import { importCatalog } from './import-catalog.ts';

const secrets: SecretBox = { seal: (text) => text, open: (text) => text };

async function setup(holders: readonly RoleHolder[] = []) {
  const catalog = new MemoryCatalogStore(new TestClock());
  const revoked: [string, 'there' | 'gone'][] = [];
  const accounts: Accounts = {
    listRoleHolders: async () => holders,
    async revokeApiKeysOf({ kind, name }) {
      revoked.push([name, (await catalog.view()).get(kind, name) ? 'there' : 'gone']);
    },
  };
  const bring = (content: Parameters<typeof documentsOf>[0], prune = false) =>
    importCatalog({ catalog, secrets, accounts, documents: documentsOf(content), set: 'site', prune });
  const whole = {
    roles: ['viewers', 'free'].map((name) => ({ name, permissions: ['run:read'] })),
    groups: ['noc', 'lab'].map((name) => ({ name, roles: [] })),
    serviceAccounts: ['sa_one', 'sa_two'].map((name) => ({ name, roles: [] })),
    services: [{ name: 'show', type: 'no-op' as const }],
    schedules: [{ name: 'nightly', service: 'show', runAs: 'sa_one', cron: '0 3 * * *' }],
  };
  await bring(whole);
  return { catalog, accounts, revoked, whole, bring };
}

describe('the keys of a service account', () => {
  it('are revoked while it is still there, when it is deleted', async () => {
    const { catalog, accounts, revoked } = await setup();
    await deleteItem({ catalog, accounts, kind: 'service-account', name: 'sa_two' });
    expect(revoked).toEqual([['sa_two', 'there']]);
  });

  it('are revoked while it is still there, when it is pruned', async () => {
    const { revoked, whole, bring } = await setup();
    await bring({ ...whole, serviceAccounts: whole.serviceAccounts.slice(0, 1) }, true);
    expect(revoked).toEqual([['sa_two', 'there']]);
  });

  it('stay when it is not deleted after all', async () => {
    const { catalog, accounts, revoked, whole, bring } = await setup();
    const remove = { catalog, accounts, kind: 'service-account' } as const;
    await expect(deleteItem({ ...remove, name: 'sa_one' })).rejects.toMatchObject({ code: 'CATALOG_ITEM_IN_USE' });
    const other = { ...remove, name: 'sa_two', expectedVersion: 7 };
    await expect(deleteItem(other)).rejects.toMatchObject({ code: 'PRECONDITION_FAILED' });
    await bring({ ...whole, serviceAccounts: whole.serviceAccounts.slice(0, 1) });
    expect(revoked).toEqual([]);
  });
});

describe('a role or group that is held', () => {
  const olga = { kind: 'user', name: 'olga', roles: ['viewers'], groups: ['noc'] } as const;
  const key = { kind: 'api-key', name: 'key-1', roles: ['viewers'], groups: [] } as const;

  it.each([
    ['role', 'viewers', [olga, key]],
    ['group', 'noc', [olga]],
  ] as const)('cannot be deleted, the %s %s, and those who hold it are named', async (kind, name, holders) => {
    const { catalog, accounts } = await setup([olga, key]);
    const remove = deleteItem({ catalog, accounts, kind, name });
    const usedBy = holders.map((holder) => ({ kind: holder.kind, name: holder.name }));
    await expect(remove).rejects.toMatchObject({ code: 'CATALOG_ITEM_IN_USE', extensions: { usedBy } });
    await expect(remove).rejects.toThrow('user olga');
    expect((await catalog.view()).get(kind, name)).toBeDefined();
  });

  it('cannot be pruned, while what nobody holds is', async () => {
    const { bring } = await setup([olga]);
    const { items } = await bring({ clusters: [{ name: 'ams' }] }, true);
    const reason = 'is used by user olga';
    expect(items).toEqual(
      expect.arrayContaining([
        { kind: 'role', name: 'viewers', state: 'conflict', reason },
        { kind: 'role', name: 'free', state: 'delete' },
        { kind: 'group', name: 'noc', state: 'conflict', reason },
        { kind: 'group', name: 'lab', state: 'delete' },
      ]),
    );
  });

  it('does not hold back another item of its name', async () => {
    const { catalog, accounts, bring } = await setup([olga]);
    await bring({ groups: [{ name: 'viewers', roles: [] }] });
    await deleteItem({ catalog, accounts, kind: 'group', name: 'viewers' });
    expect((await catalog.view()).get('group', 'viewers')).toBeUndefined();
  });
});
