import { describe, expect, it } from '@jest/globals';
import { type AccessKinds, type AccessView, grantsOf, serviceAccountOf } from './access.ts';
import type { Device } from './device.ts';
import type { Principal } from './principal.ts';
import { devicesRefusal, mayUseEveryDevice, mayUsePool, type RunParties, runRefusal } from './run-rights.ts';

type Items = { readonly [Kind in keyof AccessKinds]?: readonly AccessKinds[Kind][] };

/** A catalog of only what decides about rights. */
function accessOf(items: Items): AccessView {
  return {
    revision: 1,
    get<Kind extends keyof AccessKinds>(kind: Kind, name: string) {
      const all = (items[kind] ?? []) as readonly AccessKinds[Kind][];
      const item = all.find((candidate) => candidate.name === name);
      return item && { item };
    },
    names: (kind) => (items[kind] ?? []).map(({ name }) => name),
  };
}

/** A role for each permission, with the permission as its name. */
function access(...permissions: string[]): AccessView {
  return accessOf({
    role: permissions.map((permission) => ({ name: permission, permissions: [permission] })),
    group: [{ name: 'noc', roles: ['service:run:show'] }],
    'service-group': [{ name: 'reads', services: ['show', 'ping'] }],
    'service-account': [
      { name: 'sa_ci', roles: ['service:run:show'] },
      { name: 'sa_off', roles: ['administrator'], disabled: true },
    ],
    pool: [
      { name: 'cores', devices: ['core-1'] },
      { name: 'ams', rule: { all: [{ property: 'name', matches: '^ams-' }] } },
    ],
  });
}

const who = (name: string, ...roles: string[]): Principal => ({ name, kind: 'user', roles, credentialId: 'password' });
const asked = (actor: Principal): RunParties => ({ actor, principal: actor });
const device = (name: string): Device => ({ name, address: '10.0.0.1', cluster: 'ams', attributes: {} });

describe('whether a service may be run', () => {
  const view = access('service:run:show', 'service:run:reads', 'service:run:push', 'act-as:sa_ci', 'act-as:sa_x');
  const account = { ...who('sa_ci', 'service:run:show'), kind: 'service-account' } as const;

  it.each<[string, RunParties, string, string | null]>([
    ['its name is granted', asked(who('ann', 'service:run:show')), 'show', null],
    ['another one is granted', asked(who('ann', 'service:run:push')), 'show', 'SERVICE_RUN_DENIED'],
    ['nothing is granted', asked(who('ann')), 'show', 'SERVICE_RUN_DENIED'],
    ['a group with it is granted', asked(who('ann', 'service:run:reads')), 'ping', null],
    ['a group without it is granted', asked(who('ann', 'service:run:reads')), 'push', 'SERVICE_RUN_DENIED'],
    ['any is granted', asked(who('ann', 'operator')), 'push', null],
    ['the role of its group grants it', asked({ ...who('ann'), groups: ['noc'] }), 'show', null],
    ['its group and role are unknown', asked({ ...who('ann', 'no'), groups: ['no'] }), 'show', 'SERVICE_RUN_DENIED'],
    ['two roles grant each a part', asked(who('ann', 'service:run:push', 'service:run:show')), 'show', null],
    // Identity is replaced, not intersected.
    [
      'who may act as the account has no right of his own',
      { actor: who('ann', 'act-as:sa_ci'), principal: account },
      'show',
      null,
    ],
    [
      'the account lacks it that who asks has',
      { actor: who('ann', 'act-as:sa_ci', 'service:run:push'), principal: account },
      'push',
      'SERVICE_RUN_DENIED',
    ],
    [
      'who asks may not act as the account',
      { actor: who('ann', 'service:run:show'), principal: account },
      'show',
      'ACT_AS_DENIED',
    ],
    [
      'who asks may act as another account',
      { actor: who('ann', 'act-as:sa_x'), principal: account },
      'show',
      'ACT_AS_DENIED',
    ],
    ['an operator asks as the account', { actor: who('ann', 'operator'), principal: account }, 'show', 'ACT_AS_DENIED'],
    ['an administrator asks as the account', { actor: who('ann', 'administrator'), principal: account }, 'show', null],
    ['it was proved that who asks may act', { actor: who('ann'), principal: account, isActProved: true }, 'show', null],
    [
      'a user has the name of the account',
      { actor: who('sa_ci', 'service:run:show'), principal: account },
      'show',
      'ACT_AS_DENIED',
    ],
    ['the key reaches it', asked({ ...who('ann', 'operator'), services: ['show'] }), 'show', null],
    [
      'the key does not reach it',
      asked({ ...who('ann', 'operator'), services: ['ping'] }),
      'show',
      'SERVICE_RUN_DENIED',
    ],
    ['the key reaches nothing', asked({ ...who('ann', 'operator'), services: [] }), 'show', 'SERVICE_RUN_DENIED'],
    [
      'the key reaches what the roles do not grant',
      asked({ ...who('ann'), services: ['show'] }),
      'show',
      'SERVICE_RUN_DENIED',
    ],
    [
      'the key of an administrator does not reach it',
      asked({ ...who('ada', 'administrator'), services: ['ping'] }),
      'show',
      'SERVICE_RUN_DENIED',
    ],
    [
      'the key of who acts as the account does not reach it',
      { actor: { ...who('ann', 'act-as:sa_ci'), services: ['ping'] }, principal: account },
      'show',
      'SERVICE_RUN_DENIED',
    ],
  ])('is decided when %s', (_, parties, service, code) => {
    expect(runRefusal(parties, service, view)?.code ?? null).toBe(code);
  });

  it('is told with the permission that it takes', () => {
    expect(runRefusal(asked(who('ann')), 'show', view)?.message).toContain('service:run:show');
    const acting = { actor: who('ann'), principal: account };
    expect(runRefusal(acting, 'show', view)?.message).toContain('act-as:sa_ci');
  });
});

describe('whether devices may be used', () => {
  const view = access('device:use:cores', 'device:use:ams', 'device:use:gone');

  it.each<[string, string[], string[], string | null]>([
    ['listed in a pool', ['device:use:cores'], ['core-1'], null],
    ['in a pool by its rule', ['device:use:ams'], ['ams-1', 'ams-2'], null],
    ['each in one of the pools', ['device:use:cores', 'device:use:ams'], ['core-1', 'ams-1'], null],
    ['of which one is in no pool', ['device:use:cores'], ['core-1', 'ams-1'], "1 of the 2 devices: 'ams-1'"],
    ['when the pool is not there', ['device:use:gone'], ['core-1'], "1 of the 1 devices: 'core-1'"],
    ['without any right', [], ['core-1'], "'core-1'"],
    ['of any pool or none', ['operator'], ['edge-1'], null],
    ['when there are none', [], [], null],
  ])('is decided for those %s', (_, roles, names, message) => {
    const refusal = devicesRefusal(who('ann', ...roles), names.map(device), view);
    const expected = { code: 'DEVICE_USE_DENIED', message: expect.stringContaining(message ?? '') };
    expect(refusal).toEqual(message === null ? null : expected);
  });

  it('is told with the names of ten at most', () => {
    const names = Array.from({ length: 1_000 }, (_, index) => `d${index}`);
    const { message = '' } = devicesRefusal(who('ann'), names.map(device), view) ?? {};
    expect(message).toContain("'d9' and 990 more");
    expect(message).not.toContain("'d10'");
  });

  it('needs no look at devices for who may use any, or the pool itself', () => {
    expect(mayUseEveryDevice(who('ann', 'operator'), view)).toBe(true);
    expect(mayUseEveryDevice(who('ann', 'device:use:cores'), view)).toBe(false);
    expect(mayUsePool(who('ann', 'device:use:cores'), 'cores', view)).toBe(true);
    expect(mayUsePool(who('ann', 'device:use:cores'), 'ams', view)).toBe(false);
  });
});

describe('a service account', () => {
  it('has the roles of the catalog, and the credential of who acts as it', () => {
    const credential = { credentialId: 'key-1', services: ['show'] };
    const found = serviceAccountOf('sa_ci', access('service:run:show'), credential);
    expect(found).toMatchObject({ kind: 'service-account', roles: ['service:run:show'], ...credential });
    expect(found?.grants?.has('service:run:show')).toBe(true);
  });

  it.each(['sa_off', 'sa_gone'])('is none when it is disabled or not there: %s', (name) => {
    expect(serviceAccountOf(name, access(), { credentialId: 'password' })).toBeNull();
  });

  it('gets from a built-in role what is built in, whatever the catalog has under that name', () => {
    const view = accessOf({ role: [{ name: 'viewer', permissions: ['user:admin'] }] });
    expect(grantsOf({ roles: ['viewer'] }, view).has('user:admin')).toBe(false);
  });
});
