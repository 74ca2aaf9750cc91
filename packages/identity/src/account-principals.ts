import { type AccessView, type Principal, serviceAccountOf, withGrants } from '@runyard/domain';
import type { ApiKey, IdentityStore, User } from './ports.ts';

/** A user as a principal. What it may do is in the catalog: `principalOn` adds that. */
export function principalOfUser(
  { name, roles, groups }: User,
  credential: Pick<Principal, 'credentialId' | 'services'>,
): Principal {
  return { name, kind: 'user', roles, ...(groups ? { groups } : {}), ...credential };
}

/** The holder of a key as a principal; null when its user is gone or disabled. Service accounts are in the catalog. */
export async function principalOfKey(key: ApiKey, store: Pick<IdentityStore, 'getUser'>): Promise<Principal | null> {
  const credential = { credentialId: key.id, ...(key.services ? { services: key.services } : {}) };
  const { kind, name } = key.account;
  if (kind === 'service-account') return { name, kind, roles: key.roles ?? [], ...credential };
  const user = await store.getUser(name);
  return user === null || user.disabled ? null : principalOfUser(user, credential);
}

/**
 * A principal of this package with its roles and what they allow. Null when it is a service account that is not in the
 * catalog or is disabled there. One that has roles already is the holder of a key with roles of its own.
 */
export function principalOn(principal: Principal, access: AccessView): Principal | null {
  const { kind, name, roles, credentialId, services } = principal;
  if (kind === 'user' || roles.length > 0) return withGrants(principal, access);
  return serviceAccountOf(name, access, { credentialId, ...(services ? { services } : {}) });
}
