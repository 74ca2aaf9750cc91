import { describe, expect, it } from '@jest/globals';
import { TestClock } from '@runyard/testkit';
import { admin, type Identity, setup, setupWithAnn, wrong } from '../test/identity-bundle.ts';

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

  it('leaves a disabled administrator disabled', async () => {
    const { identity } = setup();
    await identity.ensureAdministrator({ password: 'pw' });
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
    await identity.changeUser(admin, 'zoe', { disabled: true });
    expect(await identity.ensureAdministrator({})).not.toBeNull();
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
      identity.changeUser(admin, 'ann', { roles: ['administrator'] }),
      setup({ store, clock }).identity.changeUser(admin, 'ann', { disabled: true }),
    ]);
    expect(await store.getUser('ann')).toMatchObject({ roles: ['administrator'], disabled: true, version: 3 });
  });
});
