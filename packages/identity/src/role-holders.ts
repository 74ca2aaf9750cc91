import type { Page, RoleHolder } from '@runyard/domain';
import type { ApiKey, IdentityStore, User } from './ports.ts';

const PAGE_SIZE = 1_000;

/** Every user, and every API key that has roles of its own, with the roles and groups that they name. */
export async function listRoleHolders(
  store: Pick<IdentityStore, 'listUsers' | 'listApiKeys'>,
): Promise<readonly RoleHolder[]> {
  const users = await allOf((cursor) => store.listUsers(cursor, PAGE_SIZE));
  const keys = await allOf((cursor) => store.listApiKeys(cursor, PAGE_SIZE));
  return [...users.map(ofUser), ...keys.flatMap(ofKey)];
}

/** The groups that an identity provider tells are its own: there nobody can take somebody out of one here. */
function ofUser({ name, roles, groups = [], oidcSubject }: User): RoleHolder {
  return { kind: 'user', name, roles, groups: oidcSubject === undefined ? groups : [] };
}

function ofKey({ id, roles = [] }: ApiKey): RoleHolder[] {
  return roles.length === 0 ? [] : [{ kind: 'api-key', name: id, roles, groups: [] }];
}

async function allOf<Item>(read: (cursor: string | null) => Promise<Page<Item>>): Promise<Item[]> {
  const items: Item[] = [];
  let cursor: string | null = null;
  do {
    const page: Page<Item> = await read(cursor);
    items.push(...page.items);
    cursor = page.cursor;
  } while (cursor !== null);
  return items;
}
