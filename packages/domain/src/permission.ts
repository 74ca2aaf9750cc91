/** What may be allowed as a whole. */
export const PLAIN_PERMISSIONS = [
  'run:read',
  'run:cancel',
  'run:approve',
  'catalog:read',
  'catalog:write',
  'queue:admin',
  'worker:admin',
  'user:admin',
  'audit:read',
  'gateway:create',
  'gateway:read',
  'gateway:update',
  'gateway:delete',
  'certificate:create',
  'certificate:read',
  'certificate:update',
  'certificate:delete',
  'connection:read',
  'service-group:create',
  'service-group:read',
  'service-group:update',
  'service-group:delete',
  'service:read',
] as const;
export type PlainPermission = (typeof PLAIN_PERMISSIONS)[number];

/**
 * What is allowed for something by name: `service:run:<service or service group>`, `device:use:<pool>`,
 * `act-as:<service account>`, `secret:update:<secret>`; `*` for each of them (contracts/run-service-step.md, "Identity").
 */
export const SCOPED_PERMISSIONS = ['service:run', 'device:use', 'act-as', 'secret:update'] as const;
export type ScopedPermission = (typeof SCOPED_PERMISSIONS)[number];

export type Permission = PlainPermission | `${ScopedPermission}:${string}`;

const ANY = '*';
const PLAIN: ReadonlySet<string> = new Set(PLAIN_PERMISSIONS);

/** The parts of a scoped permission; null for a text that is none. */
export function scopeOfPermission(
  text: string,
): { readonly permission: ScopedPermission; readonly scope: string } | null {
  const permission = SCOPED_PERMISSIONS.find((candidate) => text.startsWith(`${candidate}:`));
  if (permission === undefined) return null;
  const scope = text.slice(permission.length + 1);
  return scope === '' ? null : { permission, scope };
}

export function isPermission(text: string): text is Permission {
  return PLAIN.has(text) || scopeOfPermission(text) !== null;
}

/** What somebody may do: roles only ever add to it, and what is not in it is not allowed. */
export class Grants {
  private readonly plain: ReadonlySet<string>;
  private readonly scopes: ReadonlyMap<ScopedPermission, ReadonlySet<string>>;

  constructor(permissions: Iterable<string>) {
    const plain = new Set<string>();
    const scopes = new Map<ScopedPermission, Set<string>>();
    for (const text of permissions) {
      const scoped = scopeOfPermission(text);
      if (!scoped) plain.add(text);
      else scopes.set(scoped.permission, (scopes.get(scoped.permission) ?? new Set()).add(scoped.scope));
    }
    this.plain = plain;
    this.scopes = scopes;
  }

  has(permission: Permission): boolean {
    if (this.plain.has(permission)) return true;
    const scoped = scopeOfPermission(permission);
    return scoped !== null && this.includes(scoped.permission, scoped.scope);
  }

  includes(permission: ScopedPermission, scope: string): boolean {
    const scopes = this.scopes.get(permission);
    return scopes !== undefined && (scopes.has(ANY) || scopes.has(scope));
  }

  /** The names for which it is allowed; null for any name. */
  scopesOf(permission: ScopedPermission): ReadonlySet<string> | null {
    const scopes = this.scopes.get(permission) ?? NOTHING;
    return scopes.has(ANY) ? null : scopes;
  }
}

const NOTHING: ReadonlySet<string> = new Set();

const VIEWER: readonly Permission[] = [
  'run:read',
  'catalog:read',
  'gateway:read',
  'certificate:read',
  'connection:read',
  'service-group:read',
  'service:read',
];

const OPERATOR: readonly Permission[] = [...VIEWER, 'run:cancel', 'run:approve', 'service:run:*', 'device:use:*'];

/** The roles that are always there. Nobody can change them; those of the catalog come beside them. */
export const BUILT_IN_ROLES: ReadonlyMap<string, readonly Permission[]> = new Map([
  ['viewer', VIEWER],
  ['operator', OPERATOR],
  ['administrator', [...PLAIN_PERMISSIONS, ...SCOPED_PERMISSIONS.map((scoped) => `${scoped}:${ANY}` as const)]],
]);
