import type { AccessView, Clock, Principal, PrincipalReference, Principals } from '@runyard/domain';
import { accountOfKey, principalOfUser, principalOn } from './account-principals.ts';
import type { ApiKey, IdentityStore } from './ports.ts';

const API_KEY_ID = /^key-/;

/**
 * Accounts as they are now, read anew with each call. A key that was revoked or has expired takes all along that was
 * asked for with it; a password or session that ended does not, the account counts there. A user who was deleted and
 * made again is another one.
 */
export function createPrincipals(
  store: Pick<IdentityStore, 'getUser' | 'findApiKey' | 'revision'>,
  clock: Clock,
): Principals {
  return {
    async current(reference, access) {
      const key = API_KEY_ID.test(reference.credentialId) ? await store.findApiKey(reference.credentialId) : undefined;
      if (key === null || hasExpired(key)) return null;
      return reference.kind === 'user' ? userNow(reference, access) : accountNow(reference, access, key);
    },
    revision: () => store.revision(),
  };

  function hasExpired(key: ApiKey | undefined): boolean {
    const { expiresAtMs = null } = key ?? {};
    return expiresAtMs !== null && expiresAtMs <= clock.nowMs();
  }

  async function userNow(reference: PrincipalReference, access: AccessView): Promise<Principal | null> {
    const user = await store.getUser(reference.name);
    if (user === null || user.disabled) return null;
    // Runs that are older than this look do not say when their user was made.
    if (reference.createdAtMs !== undefined && reference.createdAtMs !== user.createdAtMs) return null;
    return principalOn(principalOfUser(user, credentialOf(reference)), access);
  }
}

function accountNow(reference: PrincipalReference, access: AccessView, key: ApiKey | undefined): Principal | null {
  // The key may be that of who asked, for a run as another account.
  const isHolder = key?.account.kind === reference.kind && key.account.name === reference.name;
  const account = accountOfKey(reference.name, isHolder ? key.roles : []);
  return principalOn({ ...account, ...credentialOf(reference) }, access);
}

function credentialOf({ credentialId, services }: Pick<PrincipalReference, 'credentialId' | 'services'>) {
  return { credentialId, ...(services ? { services } : {}) };
}
