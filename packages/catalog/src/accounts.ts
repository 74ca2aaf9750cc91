import type { CatalogChange } from '@runyard/domain';

/** What is kept outside the catalog and hangs on its items: the keys of service accounts. */
export interface Accounts {
  revokeApiKeysOf(account: { readonly kind: 'service-account'; readonly name: string }): Promise<void>;
}

/**
 * Revokes the keys of service accounts that these changes delete. Before they are deleted: a crash in between leaves an
 * account without keys, and no keys that work for the next one of its name.
 */
export async function revokeKeys(accounts: Accounts | undefined, changes: readonly CatalogChange[]): Promise<void> {
  for (const change of changes) {
    if (change.action !== 'delete' || change.kind !== 'service-account') continue;
    await accounts?.revokeApiKeysOf({ kind: change.kind, name: change.name });
  }
}
