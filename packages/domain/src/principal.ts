import { AppError } from './errors.ts';
import { BUILT_IN_ROLES, Grants, type Permission, scopeOfPermission } from './permission.ts';

export type AccountKind = 'user' | 'service-account';

/** Who calls, or as whom something runs, after that was verified. */
export interface Principal {
  readonly name: string;
  readonly kind: AccountKind;
  /** Names of its roles, its own ones; those of its groups come beside them. */
  readonly roles: readonly string[];
  /** Names of the groups that it is in. */
  readonly groups?: readonly string[];
  /** The holder of a key with roles of its own: no account of the catalog stands behind it. */
  readonly hasOwnRoles?: true;
  /** When the account of a user was made: another one may get its name. Milliseconds since the epoch. */
  readonly createdAtMs?: number;
  /** Which credential proved it: `password`, `session`, `oidc`, `anonymous` or the id of an API key. */
  readonly credentialId: string;
  /** When the credential ends by itself, in milliseconds since the epoch; never when absent. */
  readonly credentialEndsAtMs?: number;
  /** The only services that the credential reaches, whatever the roles say; any when absent. */
  readonly services?: readonly string[];
  /** What it may do, by the catalog as it was when it was let in. Absent: what the built-in roles give. */
  readonly grants?: Grants;
}

/** What finds an account again: by whom a run was asked for, say. */
export type PrincipalReference = Pick<Principal, 'name' | 'kind' | 'createdAtMs' | 'credentialId' | 'services'>;

/**
 * True when its grants, as they were when it was let in, have this permission. A credential that reaches only some
 * services runs them and looks after their runs, and nothing else: with more it could write itself a way to the others.
 */
export function may(principal: Principal, permission: Permission): boolean {
  if (principal.services && !OF_SERVICES.has(scopeOfPermission(permission)?.permission ?? permission)) return false;
  return (principal.grants ?? builtInGrants(principal.roles)).has(permission);
}

const OF_SERVICES: ReadonlySet<string> = new Set([
  'service:run',
  'device:use',
  'act-as',
  'run:read',
  'run:cancel',
  'run:approve',
]);

/** Throws SERVICE_RUN_DENIED when the credential is one for other services than this: their runs are none of its business. */
export function requireReach({ services, credentialId }: Principal, service: string): void {
  if (!services || services.includes(service)) return;
  throw new AppError('SERVICE_RUN_DENIED', unreached(credentialId, service));
}

export function unreached(credentialId: string, service: string): string {
  return `The API key '${credentialId}' does not reach the service '${service}'.`;
}

/** Throws PERMISSION_DENIED, which names the permission, unless `may`. */
export function requirePermission(principal: Principal, permission: Permission): void {
  if (!may(principal, permission)) throw permissionMissing(principal, permission);
}

export function permissionMissing({ name }: Principal, permission: string): AppError {
  return new AppError('PERMISSION_DENIED', `'${name}' has not the permission ${permission}.`);
}

const EVERYTHING = BUILT_IN_ROLES.get('administrator') ?? [];
const known = new Map<string, Grants>();

/** What roles give that are always there; others give nothing here. */
function builtInGrants(roles: readonly string[]): Grants {
  const key = roles.filter((role) => BUILT_IN_ROLES.has(role)).join(' ');
  const found = known.get(key);
  if (found) return found;
  const grants = new Grants(roles.flatMap((role) => BUILT_IN_ROLES.get(role) ?? []));
  known.set(key, grants);
  return grants;
}

/** True for who may do everything, by a role of its own or of a group, whatever groups things carry. */
export function isAdministrator({
  roles,
  grants = builtInGrants(roles),
}: Pick<Principal, 'roles' | 'grants'>): boolean {
  return EVERYTHING.every((permission) => grants.has(permission));
}
