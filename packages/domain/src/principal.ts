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
  | 'user:admin'
  | 'gateway:create'
  | 'gateway:read'
  | 'gateway:update'
  | 'gateway:delete'
  | 'certificate:create'
  | 'certificate:read'
  | 'certificate:update'
  | 'certificate:delete'
  | 'connection:read'
  | 'service-group:create'
  | 'service-group:read'
  | 'service-group:update'
  | 'service-group:delete'
  | 'service:read'
  | 'service:run';

const OPERATOR: readonly Permission[] = [
  'run:create',
  'run:read',
  'run:cancel',
  'catalog:read',
  'gateway:read',
  'certificate:read',
  'connection:read',
  'service-group:read',
  'service:read',
  'service:run',
];

const PERMISSIONS: Readonly<Record<Role, ReadonlySet<Permission>>> = {
  administrator: new Set([
    ...OPERATOR,
    'catalog:write',
    'queue:admin',
    'worker:admin',
    'user:admin',
    'gateway:create',
    'gateway:update',
    'gateway:delete',
    'certificate:create',
    'certificate:update',
    'certificate:delete',
    'service-group:create',
    'service-group:update',
    'service-group:delete',
  ]),
  operator: new Set(OPERATOR),
};

/** Who calls, after the credentials were verified. */
export interface Principal {
  readonly name: string;
  readonly kind: 'user' | 'service-account';
  readonly role: Role;
  /** Names of the groups that it is in. */
  readonly groups?: readonly string[];
  /** Which credential proved it: `password` or the id of an API key. */
  readonly credentialId: string;
}

export function may(principal: Principal, permission: Permission): boolean {
  return PERMISSIONS[principal.role].has(permission);
}
