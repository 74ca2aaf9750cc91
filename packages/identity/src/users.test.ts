import { describe, expect, it } from '@jest/globals';
import type { CatalogChange, Principal } from '@runyard/domain';
import { MemoryIdentityStore, sampleUser, TestClock } from '@runyard/testkit';
import { catalogOf, admin, ciKey, type Identity, setup, setupWithAnn, wrong } from '../test/identity-bundle.ts';

const heads = (...roles: string[]): CatalogChange => ({ kind: 'group', action: 'put', item: { name: 'heads', roles } });

describe('ensureAdministrator', () => {
  const login = (identity: Identity, password: string) => identity.authenticateBasic('admin', password, '::1');

  it('makes up a password at the first start only, and gives it once', async () => {
    const { identity } = setup();
    const password = await identity.ensureAdministrator({});
    expect(password).toMatch(/^[2-9A-HJ-NP-Za-hjkmnp-z]{20}$/);
    await expect(login(identity, password ?? '')).resolves.toMatchObject({ name: 'admin', roles: ['administrator'] });
    expect(await identity.ensureAdministrator({})).toBeNull();
    await expect(login(identity, password ?? '')).resolves.toBeDefined();
  });

  it('uses the given password, however weak, and applies another one at a later start', async () => {
    const { identity, store, clock } = setup();
    expect(await identity.ensureAdministrator({ password: 'pw' })).toBeNull();
    await expect(login(identity, 'pw')).resolves.toMatchObject({ roles: ['administrator'] });
    const later = setup({ store, clock });
    expect(await later.identity.ensureAdministrator({ password: 'other' })).toBeNull();
    await expect(login(later.identity, 'other')).resolves.toBeDefined();
    await expect(login(later.identity, 'pw')).rejects.toMatchObject(wrong);
  });

  it('writes nothing when the given password is the present one', async () => {
    const { identity, store } = setup();
    await identity.ensureAdministrator({ password: 'pw' });
    const before = await store.revision();
    await identity.ensureAdministrator({ password: 'pw' });
    expect(await store.revision()).toBe(before);
  });

  it('leaves a disabled administrator disabled while there is another one', async () => {
    const { identity } = setup();
    await identity.ensureAdministrator({ password: 'pw' });
    await identity.createUser({ name: 'ann', roles: ['administrator'], password: 'anns-password' });
    await identity.changeUser({ ...admin, name: 'ann' }, 'admin', { disabled: true });
    await identity.ensureAdministrator({ password: 'other' });
    await expect(login(identity, 'other')).rejects.toMatchObject(wrong);
  });

  it('does not bring `admin` back when somebody else is administrator', async () => {
    const { identity, store } = setup();
    for (let number = 0; number < 120; number += 1) {
      await identity.createUser({ name: `a${number}`, roles: ['operator'], password: 'some-password' });
    }
    await identity.createUser({ name: 'zoe', roles: ['administrator'], password: 'zoes-password' });
    expect(await identity.ensureAdministrator({})).toBeNull();
    expect(await store.getUser('admin')).toBeNull();
  });

  it('counts those who are administrators by a group, and makes `admin` when the group is none any more', async () => {
    const { identity, store, clock } = setup({ catalog: catalogOf(heads('administrator')) });
    await identity.createUser({ name: 'zoe', roles: [], groups: ['heads'], password: 'zoes-password' });
    expect(await identity.ensureAdministrator({})).toBeNull();
    const later = setup({ store, clock, catalog: catalogOf(heads('operator')) });
    expect(await later.identity.ensureAdministrator({})).not.toBeNull();
  });

  it.each([
    ['disabled', { disabled: true }],
    ['no administrator', { roles: ['viewer'] }],
  ])('lets `admin`, who is %s, in again when nobody else can administer users', async (_, change) => {
    const { identity, store } = setup();
    await identity.ensureAdministrator({ password: 'pw' });
    const user = await store.getUser('admin');
    if (user) await store.putUser({ ...user, ...change, version: 2 });
    const password = await identity.ensureAdministrator({});
    const found = await login(identity, password ?? '');
    expect(found.roles).toContain('administrator');
  });

  it('lets one of two gateways that start together print a password, the one that works', async () => {
    const { identity, store, clock } = setup();
    const passwords = await Promise.all([
      identity.ensureAdministrator({}),
      setup({ store, clock }).identity.ensureAdministrator({}),
    ]);
    const printed = passwords.filter((password) => password !== null);
    expect(printed).toHaveLength(1);
    await expect(login(identity, printed[0] ?? '')).resolves.toBeDefined();
  });

  it('agrees with another gateway that starts with the same setting', async () => {
    const { identity, store, clock } = setup();
    const both = [identity, setup({ store, clock }).identity];
    await Promise.all(both.map((one) => one.ensureAdministrator({ password: 'pw' })));
    await expect(login(identity, 'pw')).resolves.toBeDefined();
    expect((await store.getUser('admin'))?.version).toBe(1);
  });

  it('gives up when the user is changed again and again', async () => {
    const { identity, store } = setup();
    await identity.ensureAdministrator({ password: 'pw' });
    store.putUser = () => Promise.resolve(false);
    await expect(identity.ensureAdministrator({ password: 'other' })).rejects.toMatchObject({
      code: 'CATALOG_CONFLICT',
    });
    await expect(identity.changeUser(admin, 'admin', { roles: ['administrator'] })).rejects.toMatchObject({
      code: 'CATALOG_CONFLICT',
    });
  });
});

describe('users', () => {
  it('are created once and listed without their hash', async () => {
    const { identity } = setup();
    const bob = { name: 'bob', roles: ['operator'], password: 'bobs-password' } as const;
    const shown = {
      name: 'bob',
      roles: ['operator'],
      disabled: false,
      createdAtMs: new TestClock().nowMs(),
      version: 1,
    };
    expect(await identity.createUser(bob)).toEqual(shown);
    expect(await identity.createUser({ ...bob, password: 'other-password' })).toBeNull();
    expect(await identity.listUsers(null, 10)).toEqual({ items: [shown], cursor: null });
    await expect(identity.authenticateBasic('bob', 'bobs-password', '::1')).resolves.toBeDefined();
  });

  it('are told by their time from one who had the name before, also when the clock stands or is set back', async () => {
    const { store, clock } = await setupWithAnn();
    const times = [(await store.getUser('ann'))?.createdAtMs];
    const later = setup({ store, clock }).identity;
    for (const change of [0, -5_000, 0]) {
      clock.advance(change);
      await later.deleteUser(admin, 'ann');
      await later.createUser({ name: 'ann', roles: ['operator'], password: 'right-password' });
      times.push((await store.getUser('ann'))?.createdAtMs);
    }
    await later.changeUser(admin, 'ann', { password: 'other-password', groups: ['noc'] });
    expect((await store.getUser('ann'))?.createdAtMs).toBe(times.at(-1));
    await later.deleteUser(admin, 'ann');
    await later.admitExternal({ name: 'ann', subject: 'https://id.example.com u1', groups: [] }, []);
    times.push((await store.getUser('ann'))?.createdAtMs);
    expect(new Set(times).size).toBe(5);
  });

  it('have names that differ in more than capitals, whoever makes them', async () => {
    const { identity, store } = setup();
    await identity.ensureAdministrator({ password: 'pw' });
    const taken = { code: 'USER_EXISTS', message: expect.stringContaining("the user 'admin'") };
    const mallory = { roles: ['viewer'], password: 'some-password' };
    await expect(identity.createUser({ ...mallory, name: 'Admin' })).rejects.toMatchObject(taken);
    const external = { name: 'ADMIN', subject: 'https://id.example.com u1', groups: [] };
    await expect(identity.admitExternal(external, [])).rejects.toMatchObject(taken);
    expect((await store.listUsers(null, 10)).items).toHaveLength(1);
  });

  it('that are stored already stay, also when their names differ only in capitals', async () => {
    const { identity, store } = setup();
    await store.putUser(sampleUser('Admin', { roles: ['operator'] }));
    expect(await identity.ensureAdministrator({})).not.toBeNull();
    await expect(identity.changeUser(admin, 'Admin', { password: 'new-password' })).resolves.toBeDefined();
    await expect(identity.authenticateBasic('Admin', 'new-password', '::1')).resolves.toMatchObject({ name: 'Admin' });
  });

  it('are refused with every wrong member', async () => {
    const { identity } = setup();
    for (const name of ['', '-x', 'a b', 'a:b', 'a'.repeat(65), 'ä']) {
      await expect(identity.createUser({ name, roles: ['operator'], password: 'short' })).rejects.toMatchObject({
        code: 'BODY_INVALID',
        errors: [{ path: '/name' }, { path: '/password' }],
      });
    }
    await expect(identity.changeUser(admin, 'ann', { password: 'x'.repeat(1_025) })).rejects.toMatchObject({
      code: 'BODY_INVALID',
    });
  });

  it('answer null and false when they do not exist', async () => {
    const { identity } = setup();
    expect(await identity.changeUser(admin, 'nobody', { disabled: true })).toBeNull();
    expect(await identity.deleteUser(admin, 'nobody')).toBe(false);
  });

  it('cannot take their own rights', async () => {
    const { identity } = setup();
    await identity.ensureAdministrator({ password: 'pw' });
    const denied = { code: 'PERMISSION_DENIED' };
    await expect(identity.deleteUser(admin, 'admin')).rejects.toMatchObject(denied);
    await expect(identity.changeUser(admin, 'admin', { disabled: true })).rejects.toMatchObject(denied);
    await expect(identity.changeUser(admin, 'admin', { roles: ['operator'] })).rejects.toMatchObject(denied);
    await expect(identity.changeUser(admin, 'admin', { password: 'new-password' })).resolves.toMatchObject({
      version: 2,
    });
  });

  it('keep both of two changes that are made at the same time', async () => {
    const { identity, store, clock } = await setupWithAnn();
    await Promise.all([
      identity.changeUser(admin, 'ann', { roles: ['viewer'] }),
      setup({ store, clock }).identity.changeUser(admin, 'ann', { disabled: true }),
    ]);
    expect(await store.getUser('ann')).toMatchObject({ roles: ['viewer'], disabled: true, version: 3 });
  });
});

describe('the last administrator', () => {
  const isLast = { code: 'LAST_ADMINISTRATOR', message: expect.stringContaining('runyard users update') };
  const actor = (name: string): Principal => ({ ...admin, name });
  const takings: [string, (identity: Identity, by: string, name: string) => Promise<unknown>][] = [
    ['disabling', (identity, by, name) => identity.changeUser(actor(by), name, { disabled: true })],
    ['deleting', (identity, by, name) => identity.deleteUser(actor(by), name)],
    ['taking the roles of', (identity, by, name) => identity.changeUser(actor(by), name, { roles: ['operator'] })],
    ['taking the groups of', (identity, by, name) => identity.changeUser(actor(by), name, { groups: [] })],
  ];
  const enabled = async (store: MemoryIdentityStore) =>
    (await store.listUsers(null, 10)).items.filter(({ disabled }) => !disabled).map(({ name }) => name);

  /** Ann and Bob, administrators by a group for that taking and else by a role, each at a gateway of their own. */
  async function setupWithTwo(taking: string) {
    const store = new MemoryIdentityStore();
    const catalog = catalogOf(heads('administrator'));
    const [roles, groups] = taking.includes('groups') ? [[], ['heads']] : [['administrator'], []];
    for (const name of ['ann', 'bob']) await store.putUser(sampleUser(name, { roles, groups }));
    const [one, other] = [setup({ store, catalog }).identity, setup({ store, catalog }).identity];
    return { store, one, other };
  }

  it.each(takings)('is left when two are %s each other at the same moment', async (taking, take) => {
    const { store, one, other } = await setupWithTwo(taking);
    const both = await Promise.allSettled([take(one, 'ann', 'bob'), take(other, 'bob', 'ann')]);
    const refused = both.filter((each) => each.status === 'rejected').map(({ reason }) => reason as unknown);
    expect(refused).toEqual([expect.objectContaining(isLast)]);
    expect(await enabled(store)).toContain(both[0].status === 'rejected' ? 'bob' : 'ann');
    await expect(one.ensureAdministrator({})).resolves.toBeNull();
  });

  it.each(takings)('stays, and keeps its API keys, when somebody who was one is %s it', async (taking, take) => {
    const { store, one } = await setupWithTwo(taking);
    await store.putUser(sampleUser('ann', { version: 2, disabled: true }));
    const { token } = await one.createApiKey({ ...ciKey, account: { kind: 'user', name: 'bob' }, createdBy: 'bob' });
    await expect(take(one, 'ann', 'bob')).rejects.toMatchObject(isLast);
    await expect(one.authenticateBearer(token)).resolves.toMatchObject({ name: 'bob' });
    await expect(one.changeUser(actor('ann'), 'bob', { password: 'new-password' })).resolves.toBeDefined();
  });

  it('does not hinder that others are deleted many at a time', async () => {
    const { store, one } = await setupWithTwo('');
    const names = Array.from({ length: 20 }, (_, index) => `op${index}`);
    for (const name of names) await store.putUser(sampleUser(name));
    await Promise.all(names.map((name) => one.deleteUser(actor('ann'), name)));
    expect(await enabled(store)).toEqual(['ann', 'bob']);
  });
});

describe('a user of an identity provider', () => {
  const ann = { name: 'ann', subject: 'https://id.example.com u1', groups: ['noc'] };

  async function setupWithLogin(...roles: string[]) {
    const { identity, store } = setup();
    const rolesAfterLogin = async (...given: string[]) => {
      await identity.admitExternal(ann, given);
      return (await store.getUser('ann'))?.roles;
    };
    await rolesAfterLogin(...roles);
    return { identity, store, rolesAfterLogin };
  }

  it('has the roles that the setting gives at the last login, and no longer those that it gave before', async () => {
    const { rolesAfterLogin } = await setupWithLogin('administrator', 'viewer');
    expect(await rolesAfterLogin('viewer', 'operator')).toEqual(['viewer', 'operator']);
    expect(await rolesAfterLogin()).toEqual([]);
  });

  it('keeps the roles that an administrator gave, also one that the setting gives later and takes again', async () => {
    const { identity, rolesAfterLogin } = await setupWithLogin('viewer');
    await identity.changeUser(admin, 'ann', { roles: ['viewer', 'operator'] });
    expect(await rolesAfterLogin('operator')).toEqual(['operator']);
    expect(await rolesAfterLogin()).toEqual(['operator']);
  });

  it('loses at once what an administrator takes, and gets it again at the next login', async () => {
    const { identity, store, rolesAfterLogin } = await setupWithLogin('viewer');
    await identity.changeUser(admin, 'ann', { roles: [] });
    expect((await store.getUser('ann'))?.roles).toEqual([]);
    expect(await rolesAfterLogin('viewer')).toEqual(['viewer']);
    expect(await rolesAfterLogin()).toEqual([]);
  });

  it('of an older version keeps what the setting does not give at the first login after that', async () => {
    const { identity, store } = setup();
    const stored = { roles: ['viewer', 'operator'], groups: ['noc'], oidcSubject: ann.subject };
    await store.putUser(sampleUser('ann', { ...stored, passwordHash: null }));
    await identity.admitExternal(ann, ['viewer']);
    await identity.admitExternal(ann, []);
    expect((await store.getUser('ann'))?.roles).toEqual(['operator']);
  });

  it('is not written by a login that changes nothing', async () => {
    const { store, rolesAfterLogin } = await setupWithLogin('viewer');
    await rolesAfterLogin('viewer');
    expect((await store.getUser('ann'))?.version).toBe(1);
  });
});
