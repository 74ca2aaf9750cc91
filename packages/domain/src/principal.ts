/** The two roles of this edition. Finer permissions attach to roles later; callers ask only `may()`. */
export type Role = 'administrator' | 'operator';

export type Permission =
  | 'run:create'
  | 'run:read'
  | 'run:cancel'
  | 'catalog:read'
  | 'catalog:write'
  | 'queue:admin'
  | 'worker:admin'
  | 'user:admin';

const PERMISSIONS: Readonly<Record<Role, ReadonlySet<Permission>>> = {
  administrator: new Set([
    'run:create',
    'run:read',
    'run:cancel',
    'catalog:read',
    'catalog:write',
    'queue:admin',
    'worker:admin',
    'user:admin',
  ]),
  operator: new Set(['run:create', 'run:read', 'run:cancel', 'catalog:read']),
};

/** Who calls, after the credentials were verified. */
export interface Principal {
  readonly name: string;
  readonly kind: 'user' | 'service-account';
  readonly role: Role;
  /** Which credential proved it: `password` or the id of an API key. */
  readonly credentialId: string;
}

export function may(principal: Principal, permission: Permission): boolean {
  return PERMISSIONS[principal.role].has(permission);
}
