import type { CatalogChange, CatalogStore, Principal } from '@runyard/domain';
import { MemoryCatalogStore, MemoryIdentityStore, MemoryLog, TestClock } from '@runyard/testkit';
import { createIdentity, type Identity, type Passwords } from '../src/index.ts';

/** Fast, with a salt, and counts how often it was asked. */
class CountingPasswords implements Passwords {
  verified = 0;
  private salt = 0;

  async hash(password: string): Promise<string> {
    await Promise.resolve();
    return `${(this.salt += 1)}$${password}`;
  }

  async verify(hash: string | null, password: string): Promise<boolean> {
    this.verified += 1;
    await Promise.resolve();
    return hash !== null && hash.slice(hash.indexOf('$') + 1) === password;
  }
}

/** An administrator that is no user of the store. */
export const admin: Principal = { name: 'admin', kind: 'user', roles: ['administrator'], credentialId: 'password' };

/** What every key of these tests is for. */
export const ciKey = { name: 'ci', account: { kind: 'service-account', name: 'sa_ci' } } as const;

export const wrong = { code: 'CREDENTIALS_WRONG' };

export type { Identity };

/** A catalog that has these and nothing else. */
export function catalogOf(...changes: readonly CatalogChange[]): Pick<CatalogStore, 'access'> {
  const catalog = new MemoryCatalogStore(new TestClock());
  const written = catalog.write(changes, 0);
  return { access: () => written.then(() => catalog.access()) };
}

export function setup({ store = new MemoryIdentityStore(), clock = new TestClock(), catalog = catalogOf() } = {}) {
  const passwords = new CountingPasswords();
  const log = new MemoryLog();
  const identity = createIdentity({ store, catalog, clock, passwords, log });
  return { store, clock, passwords, log, identity };
}

export async function setupWithAnn() {
  const parts = setup();
  await parts.identity.createUser({ name: 'ann', roles: ['operator'], password: 'right-password' });
  await parts.identity.start();
  const login = (password = 'right-password', address = '192.0.2.1') =>
    parts.identity.authenticateBasic('ann', password, address);
  return { ...parts, login };
}
