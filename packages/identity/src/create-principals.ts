import type { AccessView, Principal, PrincipalReference, Principals } from '@runyard/domain';
import { principalOfUser, principalOn } from './account-principals.ts';
import type { ApiKey, IdentityStore } from './ports.ts';

const API_KEY_ID = /^key-/;

/**
 * Accounts as they are now, read anew with each call. A revoked key takes all along that was asked for with it; a
 * password or session that ended does not, the account counts there.
 */
export function createPrincipals(store: Pick<IdentityStore, 'getUser' | 'findApiKey' | 'revision'>): Principals {
  return {
    async current(reference, access) {
      const key = API_KEY_ID.test(reference.credentialId) ? await store.findApiKey(reference.credentialId) : undefined;
      if (key === null) return null;
      return reference.kind === 'user' ? userNow(reference, access) : accountNow(reference, access, key);
    },
    revision: () => store.revision(),
  };

  async function userNow({ name, ...reference }: PrincipalReference, access: AccessView): Promise<Principal | null> {
    const user = await store.getUser(name);
    return user === null || user.disabled ? null : principalOn(principalOfUser(user, credentialOf(reference)), access);
  }
}

function accountNow(reference: PrincipalReference, access: AccessView, key: ApiKey | undefined): Principal | null {
  // The key may be that of who asked, for a run as another account.
  const isHolder = key?.account.kind === reference.kind && key.account.name === reference.name;
  const roles = isHolder ? (key.roles ?? []) : [];
  return principalOn({ name: reference.name, kind: reference.kind, roles, ...credentialOf(reference) }, access);
}

function credentialOf({ credentialId, services }: Pick<PrincipalReference, 'credentialId' | 'services'>) {
  return { credentialId, ...(services ? { services } : {}) };
}
