import { describe, expect, it } from '@jest/globals';
import { type AccessView, withGrants } from './access.ts';
import { isVisibleTo } from './gateway-manager.ts';
import { isAdministrator, type Principal } from './principal.ts';

const GROUPS: Readonly<Record<string, readonly string[]>> = { heads: ['administrator'], noc: ['operator'] };
const access: AccessView = {
  revision: 1,
  get: (kind, name) => {
    const roles = kind === 'group' ? GROUPS[name] : undefined;
    return roles && ({ item: { name, roles } } as never);
  },
  names: () => [],
};
const user = (roles: readonly string[], ...groups: string[]): Principal => ({
  name: 'ann',
  kind: 'user',
  roles,
  groups,
  credentialId: 'password',
});

describe('an administrator', () => {
  it.each([
    ['by a role of its own', user(['administrator'])],
    ['by a role of its own, let in', withGrants(user(['viewer', 'administrator']), access)],
    ['by the role of a group', withGrants(user([], 'noc', 'heads'), access)],
  ])('is one %s, and sees what only other groups may see', (_, principal) => {
    expect(isAdministrator(principal)).toBe(true);
    expect(isVisibleTo(principal, ['others'])).toBe(true);
  });

  it.each([
    ['of few rights', withGrants(user(['operator'], 'noc'), access)],
    ['who names a group that is not there', withGrants(user([], 'administrator'), access)],
    ['of a group, before the catalog was asked', user([], 'heads')],
  ])('is nobody %s', (_, principal) => {
    expect(isAdministrator(principal)).toBe(false);
    expect(isVisibleTo(principal, ['others'])).toBe(false);
  });
});
