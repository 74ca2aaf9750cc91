import type { ItemUser } from '@runyard/contracts';
import type { CatalogChange, CatalogKind, RoleHolder } from '@runyard/domain';

/** What is kept outside the catalog and hangs on its items: users, and the keys of users and service accounts. */
export interface Accounts {
  listRoleHolders(): Promise<readonly RoleHolder[]>;
  revokeApiKeysOf(account: { readonly kind: 'service-account'; readonly name: string }): Promise<void>;
}

/** Those who hold this item, which must be a role or group to be held by anybody. */
export function holdersOf(holders: readonly RoleHolder[], kind: CatalogKind, name: string): ItemUser[] {
  if (kind !== 'role' && kind !== 'group') return [];
  const held = kind === 'role' ? 'roles' : 'groups';
  return holders
    .filter((holder) => holder[held].includes(name))
    .map((holder) => ({ kind: holder.kind, name: holder.name }));
}

/** The same as it is now. Whoever gets the role between this look and the write holds one that is gone. */
export async function readHolders(
  accounts: Accounts | undefined,
  kind: CatalogKind,
  name: string,
): Promise<readonly ItemUser[]> {
  if (!accounts || (kind !== 'role' && kind !== 'group')) return [];
  return holdersOf(await accounts.listRoleHolders(), kind, name);
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
