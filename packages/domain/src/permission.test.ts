import { describe, expect, it } from '@jest/globals';
import {
  BUILT_IN_ROLES,
  Grants,
  isPermission,
  type Permission,
  PLAIN_PERMISSIONS,
  scopeOfPermission,
  SCOPED_PERMISSIONS,
} from './permission.ts';
import { may, type Principal } from './principal.ts';

describe('the text of a permission', () => {
  it.each(['run:read', 'catalog:write', 'service:run:show', 'service:run:*', 'act-as:sa_ci', 'secret:update:a:b'])(
    'may be %s',
    (text) => expect(isPermission(text)).toBe(true),
  );

  it.each(['', 'run', 'run:*', 'run:read:x', '*', 'service:run', 'service:run:', 'act-as', 'device:use:', 'RUN:READ'])(
    'may not be %j',
    (text) => expect(isPermission(text)).toBe(false),
  );

  it('is cut after the permission, so that a name may have colons', () => {
    expect(scopeOfPermission('device:use:site:ams')).toEqual({ permission: 'device:use', scope: 'site:ams' });
    expect(scopeOfPermission('run:read')).toBeNull();
  });
});

describe('grants', () => {
  it('allow what was granted, by name or for any, and nothing else', () => {
    const grants = new Grants(['run:read', 'service:run:show', 'service:run:push', 'device:use:*']);
    expect(grants.has('run:read')).toBe(true);
    expect(grants.has('run:cancel')).toBe(false);
    expect(grants.has('service:run:show')).toBe(true);
    expect(grants.has('service:run:reboot')).toBe(false);
    expect(grants.has('device:use:cores')).toBe(true);
    expect(grants.has('act-as:sa_ci')).toBe(false);
  });

  it('of single names are no grant for any', () => {
    expect(new Grants(['service:run:show']).has('service:run:*')).toBe(false);
    expect(new Grants(['service:run:*']).has('service:run:*')).toBe(true);
  });

  it('name the scopes that they have, and none for any name', () => {
    expect(new Grants(['act-as:a', 'act-as:b']).scopesOf('act-as')).toEqual(new Set(['a', 'b']));
    expect(new Grants(['act-as:a', 'act-as:*']).scopesOf('act-as')).toBeNull();
    expect(new Grants([]).scopesOf('act-as')).toEqual(new Set());
  });

  it('of nothing allow nothing', () => {
    const all: readonly Permission[] = [
      ...PLAIN_PERMISSIONS,
      ...SCOPED_PERMISSIONS.map((name) => `${name}:x` as const),
    ];
    expect(all.filter((permission) => new Grants([]).has(permission))).toEqual([]);
  });
});

describe('the built-in roles', () => {
  const allowed = (role: string) => new Grants(BUILT_IN_ROLES.get(role) ?? []);

  it('let the administrator do everything', () => {
    const all: readonly Permission[] = [
      ...PLAIN_PERMISSIONS,
      ...SCOPED_PERMISSIONS.map((name) => `${name}:x` as const),
    ];
    expect(all.filter((permission) => !allowed('administrator').has(permission))).toEqual([]);
  });

  it('let an operator run and cancel everything, and act as nobody', () => {
    for (const permission of ['service:run:x', 'device:use:x', 'run:cancel', 'run:approve', 'run:read'] as const) {
      expect(allowed('operator').has(permission)).toBe(true);
    }
    for (const permission of ['act-as:x', 'catalog:write', 'user:admin', 'secret:update:x', 'audit:read'] as const) {
      expect(allowed('operator').has(permission)).toBe(false);
    }
  });

  it('let a viewer only read', () => {
    expect(BUILT_IN_ROLES.get('viewer')?.every((permission) => permission.endsWith(':read'))).toBe(true);
  });
});

describe('who is let in', () => {
  const ann: Principal = { name: 'ann', kind: 'user', roles: [], credentialId: 'password' };

  it('may what the grants say, and without any what the built-in roles say', () => {
    expect(may({ ...ann, roles: ['operator'] }, 'run:cancel')).toBe(true);
    expect(may({ ...ann, roles: ['operator'], grants: new Grants([]) }, 'run:cancel')).toBe(false);
    expect(may({ ...ann, roles: ['of-the-catalog'] }, 'run:read')).toBe(false);
  });

  it('has never user:admin with a credential for some services: it could make itself one for all', () => {
    const admin = { ...ann, roles: ['administrator'] };
    expect(may(admin, 'user:admin')).toBe(true);
    expect(may({ ...admin, services: ['show'] }, 'user:admin')).toBe(false);
    expect(may({ ...admin, services: ['show'] }, 'run:read')).toBe(true);
  });
});
