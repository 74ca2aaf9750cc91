import { describe, expect, it } from '@jest/globals';
import type { SecretBox } from '@runyard/domain';
import { MemoryCatalogStore, TestClock } from '@runyard/testkit';
import type { Accounts } from './accounts.ts';
import { documentsOf } from './catalog-document.ts';
import { deleteItem } from './edit-item.ts';
import { importCatalog } from './import-catalog.ts';

const secrets: SecretBox = { seal: (text) => text, open: (text) => text };

async function setup() {
  const catalog = new MemoryCatalogStore(new TestClock());
  const revoked: [string, 'there' | 'gone'][] = [];
  const accounts: Accounts = {
    async revokeApiKeysOf({ kind, name }) {
      revoked.push([name, (await catalog.view()).get(kind, name) ? 'there' : 'gone']);
    },
  };
  const bring = (content: Parameters<typeof documentsOf>[0], prune = false) =>
    importCatalog({ catalog, secrets, accounts, documents: documentsOf(content), set: 'site', prune });
  const whole = {
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
