import { type AccessView, AppError, type CatalogStore, grantsOf, type Page } from '@runyard/domain';
import type { IdentityStore, User } from './ports.ts';

const PAGE_SIZE = 1_000;

export interface AdministratorsParts {
  readonly store: Pick<IdentityStore, 'listUsers' | 'revision'>;
  /** Where it stands what roles and groups allow. */
  readonly catalog: Pick<CatalogStore, 'access'>;
}

/** Sees to it that somebody can administer users: an enabled user with `user:admin`, by a role or by that of a group. */
export class Administrators {
  private readonly parts: AdministratorsParts;

  constructor(parts: AdministratorsParts) {
    this.parts = parts;
  }

  async exist(): Promise<boolean> {
    return this.isAnother(null, await this.parts.catalog.access());
  }

  /**
   * The revision on which somebody else can administer users, when this change takes that from the user; null stands for
   * deleting it. Written on this very revision, the change cannot meet another one that takes it from the others.
   * Undefined when it takes nothing of the kind. Rejects with LAST_ADMINISTRATOR.
   */
  async revisionWithout(before: User, after: User | null): Promise<number | undefined> {
    const access = await this.parts.catalog.access();
    if (!administers(before, access) || (after !== null && administers(after, access))) return undefined;
    // Before the look: whatever changes during it makes the write fail.
    const revision = await this.parts.store.revision();
    if (await this.isAnother(before.name, access)) return revision;
    throw new AppError(
      'LAST_ADMINISTRATOR',
      `'${before.name}' is the last enabled user with the permission user:admin. Give it to another one first: runyard users update NAME --role administrator.`,
    );
  }

  private async isAnother(name: string | null, access: AccessView): Promise<boolean> {
    let cursor: string | null = null;
    do {
      const page: Page<User> = await this.parts.store.listUsers(cursor, PAGE_SIZE);
      if (page.items.some((user) => user.name !== name && administers(user, access))) return true;
      cursor = page.cursor;
    } while (cursor !== null);
    return false;
  }
}

function administers(user: User, access: AccessView): boolean {
  return !user.disabled && grantsOf(user, access).has('user:admin');
}
