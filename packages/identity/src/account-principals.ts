import { type AccessView, type Principal, serviceAccountOf, withGrants } from '@runyard/domain';
import type { ApiKey, IdentityStore, User } from './ports.ts';

/** A user as a principal. What it may do is in the catalog: `principalOn` adds that. */
export function principalOfUser(
  { name, roles, groups, createdAtMs }: User,
  credential: Pick<Principal, 'credentialId' | 'credentialEndsAtMs' | 'services'>,
): Principal {
  return { name, kind: 'user', roles, createdAtMs, ...(groups ? { groups } : {}), ...credential };
}

/** The holder of a key as a principal; null when its user is gone or disabled. Service accounts are in the catalog. */
export async function principalOfKey(key: ApiKey, store: Pick<IdentityStore, 'getUser'>): Promise<Principal | null> {
  const credential = {
    credentialId: key.id,
    ...(key.expiresAtMs === null ? {} : { credentialEndsAtMs: key.expiresAtMs }),
    ...(key.services ? { services: key.services } : {}),
  };
  const { kind, name } = key.account;
  if (kind === 'service-account') return { ...accountOfKey(name, key.roles), ...credential };
  const user = await store.getUser(name);
  return user === null || user.disabled ? null : principalOfUser(user, credential);
}

/** A service account; its roles are in the catalog, but for the holder of a key from the time when keys had roles. */
export function accountOfKey(name: string, ownRoles: readonly string[] = []) {
  const account = { name, kind: 'service-account', roles: ownRoles } as const;
  return ownRoles.length > 0 ? ({ ...account, hasOwnRoles: true } as const) : account;
}

/**
 * A principal of this package with its roles and what they allow. Null when it is a service account that is not in the
 * catalog or is disabled there.
 */
export function principalOn(principal: Principal, access: AccessView): Principal | null {
  if (principal.kind === 'user' || principal.hasOwnRoles) return withGrants(principal, access);
  return serviceAccountOf(principal.name, access, principal);
}
