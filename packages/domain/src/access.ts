import type { Pool } from './pool.ts';
import { BUILT_IN_ROLES, Grants } from './permission.ts';
import type { Principal, PrincipalReference } from './principal.ts';

/** A named set of permissions. */
export interface RoleItem {
  readonly name: string;
  readonly description?: string;
  readonly permissions: readonly string[];
}

/** A set of users, as their records or their identity provider name it, and the roles that its members have. */
export interface GroupItem {
  readonly name: string;
  readonly description?: string;
  readonly roles: readonly string[];
}

/** As whom services run, and programs call: it has no password, only API keys and those who may act as it. */
export interface ServiceAccount {
  readonly name: string;
  readonly description?: string;
  readonly roles: readonly string[];
  readonly disabled?: boolean;
}

/** A named set of services, for permissions. */
export interface ServiceGroupItem {
  readonly name: string;
  readonly description?: string;
  readonly services: readonly string[];
}

/** The kinds of the catalog that decide who may do what. */
export interface AccessKinds {
  role: RoleItem;
  group: GroupItem;
  'service-account': ServiceAccount;
  'service-group': ServiceGroupItem;
  pool: Pool;
}
export type AccessKind = keyof AccessKinds;
export const ACCESS_KINDS = ['role', 'group', 'service-account', 'service-group', 'pool'] as const;

/** Who may do what at one revision of the catalog; a whole view of the catalog is one too. */
export interface AccessView {
  readonly revision: number;
  get<Kind extends AccessKind>(kind: Kind, name: string): { readonly item: AccessKinds[Kind] } | undefined;
  names(kind: AccessKind): readonly string[];
}

/** Accounts as they are now, for who comes back to something that was asked for before. */
export interface Principals {
  /** Null when there is no such account any more, it is disabled, or its credential was revoked. */
  current(reference: PrincipalReference, access: AccessView): Promise<Principal | null>;
  /** A number that grows with each change of users and keys, as new as the call. */
  revision(): Promise<number>;
}

/** Stands for the rights of who has a credential that ends by itself: they are looked at before each start. */
export const RIGHTS_UNSURE = 'unsure';

/** The revisions of users and of the catalog as one text: while it is the same, so are everybody's rights. */
export function rightsRevisionOf(identityRevision: number, catalogRevision: number): string {
  return `${identityRevision}:${catalogRevision}`;
}

const grantsByView = new WeakMap<AccessView, Map<string, Grants>>();

/** What an account may do: the union of its roles and of those of its groups. Unknown roles and groups give nothing. */
export function grantsOf({ roles, groups = [] }: Pick<Principal, 'roles' | 'groups'>, access: AccessView): Grants {
  const key = JSON.stringify([roles, groups]);
  const known = grantsByView.get(access) ?? new Map<string, Grants>();
  grantsByView.set(access, known);
  const found = known.get(key);
  if (found) return found;
  const all = new Set([...roles, ...groups.flatMap((group) => access.get('group', group)?.item.roles ?? [])]);
  const permissions = [...all].flatMap(
    (role) => BUILT_IN_ROLES.get(role) ?? access.get('role', role)?.item.permissions ?? [],
  );
  const grants = new Grants(permissions);
  known.set(key, grants);
  return grants;
}

/** The account with what it may do on this view. */
export function withGrants(principal: Principal, access: AccessView): Principal {
  return { ...principal, grants: grantsOf(principal, access) };
}

/** The service account as a principal; null when there is none or it is disabled. */
export function serviceAccountOf(
  name: string,
  access: AccessView,
  { credentialId, credentialEndsAtMs, services }: Pick<Principal, 'credentialId' | 'credentialEndsAtMs' | 'services'>,
): Principal | null {
  const account = access.get('service-account', name)?.item;
  if (!account || account.disabled) return null;
  const credential = {
    credentialId,
    ...(credentialEndsAtMs === undefined ? {} : { credentialEndsAtMs }),
    ...(services ? { services } : {}),
  };
  return withGrants({ name, kind: 'service-account', roles: account.roles, ...credential }, access);
}
