import { describe, expect, it } from '@jest/globals';
import { TestClock } from '@runyard/testkit';
import { admin, type Identity, setup, setupWithAnn, wrong } from '../test/identity-bundle.ts';

describe('passwords', () => {
  it('are hashed once while nothing changes', async () => {
    const { login, passwords, store, clock } = await setupWithAnn();
    await login();
    const { getUser } = store.reads;
    for (let call = 0; call < 10; call += 1) await login();
    expect(store.reads.getUser).toBe(getUser);
    clock.advance(30_000);
    await login();
    expect(store.reads.getUser).toBe(getUser + 1);
    expect(passwords.verified).toBe(1);
  });

  it('are hashed once when many calls come at the same time', async () => {
    const { login, passwords } = await setupWithAnn();
    await Promise.all(Array.from({ length: 100 }, () => login()));
    expect(passwords.verified).toBe(1);
  });

  it('are not hashed when they are endless', async () => {
    const { login, passwords } = await setupWithAnn();
    await expect(login('x'.repeat(1_025))).rejects.toMatchObject(wrong);
    expect(passwords.verified).toBe(0);
    await expect(login('x'.repeat(1_024))).rejects.toMatchObject(wrong);
    expect(passwords.verified).toBe(1);
  });

  it('are hashed for a user that does not exist as well', async () => {
    const { identity, passwords } = setup();
    await expect(identity.authenticateBasic('nobody', 'any-password', '::1')).rejects.toMatchObject(wrong);
    expect(passwords.verified).toBe(1);
  });

  it('stop working at once when they are changed, here and by another process', async () => {
    const { login, identity, store, clock } = await setupWithAnn();
    await login();
    await identity.changeUser(admin, 'ann', { password: 'second-password' });
    await expect(login()).rejects.toMatchObject(wrong);
    await login('second-password');
    const elsewhere = setup({ store, clock });
    await elsewhere.identity.changeUser(admin, 'ann', { password: 'third-password' });
    await expect(login('second-password')).rejects.toMatchObject(wrong);
    await expect(login('third-password')).resolves.toMatchObject({ name: 'ann' });
  });

  it.each([
    ['deleted', (identity: Identity) => identity.deleteUser(admin, 'ann')],
    ['disabled', (identity: Identity) => identity.changeUser(admin, 'ann', { disabled: true })],
  ])('stop working at once when the user is %s by another process', async (_, change) => {
    const { login, store, clock } = await setupWithAnn();
    await login();
    await change(setup({ store, clock }).identity);
    await expect(login()).rejects.toMatchObject(wrong);
  });

  it('carry a changed role at once, without a slow hash', async () => {
    const { login, identity, passwords } = await setupWithAnn();
    await login();
    await identity.changeUser(admin, 'ann', { roles: ['administrator'] });
    await expect(login()).resolves.toMatchObject({ roles: ['administrator'] });
    expect(passwords.verified).toBe(1);
  });

  it('stop working within a second when the message about the change is lost', async () => {
    const { login, store, clock } = await setupWithAnn();
    await login();
    store.isSilent = true;
    await setup({ store, clock }).identity.changeUser(admin, 'ann', { disabled: true });
    clock.advance(999);
    await expect(login()).resolves.toMatchObject({ name: 'ann' });
    clock.advance(1);
    await expect(login()).rejects.toMatchObject(wrong);
  });

  it('ask for the revision once a second at most, however many calls come', async () => {
    const { login, store, clock } = await setupWithAnn();
    await login();
    const { revision } = store.reads;
    clock.advance(1_000);
    await Promise.all(Array.from({ length: 50 }, () => login()));
    clock.advance(500);
    await login();
    expect(store.reads.revision).toBe(revision + 1);
  });

  it('are checked again when the clock was set back', async () => {
    const { login, store, clock } = await setupWithAnn();
    await login();
    const { getUser, revision } = store.reads;
    clock.advance(-3_600_000);
    await login();
    expect(store.reads).toMatchObject({ getUser: getUser + 1, revision: revision + 1 });
  });

  it('do not stay trusted when the user changes while it is being read', async () => {
    const { store, clock, identity, login } = await setupWithAnn();
    const getUser = store.getUser.bind(store);
    store.getUser = async (name) => {
      const before = await getUser(name);
      store.getUser = getUser;
      await setup({ store, clock }).identity.changeUser(admin, 'ann', { disabled: true });
      return before;
    };
    await identity.authenticateBasic('ann', 'right-password', '::1');
    await expect(login()).rejects.toMatchObject(wrong);
  });

  it('are not let through when the store cannot say whether anything changed', async () => {
    const { login, store, clock } = await setupWithAnn();
    await login();
    clock.advance(1_000);
    store.revision = () => Promise.reject(new Error('connection lost'));
    await expect(login()).rejects.toThrow('connection lost');
  });

  it('are forgotten ten minutes after their last use', async () => {
    const { login, identity, passwords, clock } = await setupWithAnn();
    await identity.createUser({ name: 'bob', roles: ['operator'], password: 'bobs-password' });
    await login();
    clock.advance(600_001);
    await identity.authenticateBasic('bob', 'bobs-password', '::1');
    await login();
    expect(passwords.verified).toBe(3);
  });
});

describe('wrong passwords', () => {
  it('are refused unseen after ten for one account, from wherever they come, and later again', async () => {
    const { login, passwords, clock } = await setupWithAnn();
    for (let guess = 0; guess < 10; guess += 1) {
      await expect(login(`guess-${guess}`, `192.0.2.${guess}`)).rejects.toMatchObject(wrong);
    }
    await expect(login('guess-11', '198.51.100.1')).rejects.toMatchObject({ code: 'TOO_MANY_LOGINS', retryAfter: 6 });
    await expect(login('right-password', '198.51.100.1')).rejects.toMatchObject({ code: 'TOO_MANY_LOGINS' });
    expect(passwords.verified).toBe(10);
    clock.advance(6_000);
    await expect(login('right-password')).resolves.toMatchObject({ name: 'ann' });
  });

  it('are refused unseen after thirty from one address, whatever the accounts', async () => {
    const { identity, passwords } = setup();
    const guess = (number: number) => identity.authenticateBasic(`user${number}`, 'any-password', '2001:db8::1');
    for (let number = 0; number < 30; number += 1) await expect(guess(number)).rejects.toMatchObject(wrong);
    await expect(guess(31)).rejects.toMatchObject({ code: 'TOO_MANY_LOGINS', retryAfter: 2 });
    expect(passwords.verified).toBe(30);
  });

  it.each([
    ['a name', 'n'.repeat(65), 'x', 30],
    ['a password', 'ann', 'x'.repeat(1_025), 10],
  ])('are counted like others for %s that is too long, and not hashed', async (_, name, password, triesMax) => {
    const { identity, passwords } = await setupWithAnn();
    for (let count = 0; count < triesMax; count += 1) {
      await expect(identity.authenticateBasic(name, password, '192.0.2.9')).rejects.toMatchObject(wrong);
    }
    const more = identity.authenticateBasic(name, password, '192.0.2.9');
    await expect(more).rejects.toMatchObject({ code: 'TOO_MANY_LOGINS' });
    expect(passwords.verified).toBe(0);
  });

  it('count when they come all at once', async () => {
    const { login, passwords } = await setupWithAnn();
    const answers = await Promise.allSettled(Array.from({ length: 50 }, (_, guess) => login(`guess-${guess}`)));
    expect(answers.every(({ status }) => status === 'rejected')).toBe(true);
    expect(passwords.verified).toBe(10);
  });

  it('do not lock out who is logged in already, for as long as the attack lasts', async () => {
    const { login, clock, identity } = await setupWithAnn();
    await login();
    for (let second = 0; second < 120; second += 1) {
      await expect(login(`guess-${second}`, '198.51.100.1')).rejects.toBeDefined();
      await expect(login()).resolves.toMatchObject({ name: 'ann' });
      clock.advance(1_000);
    }
    await identity.changeUser(admin, 'ann', { roles: ['administrator'] });
    await expect(login()).resolves.toMatchObject({ roles: ['administrator'] });
  });

  it('are not counted when the password is right', async () => {
    const { identity, clock } = await setupWithAnn();
    for (let round = 0; round < 50; round += 1) {
      await identity.changeUser(admin, 'ann', { password: `password-${round}` });
      await expect(identity.authenticateBasic('ann', `password-${round}`, '::1')).resolves.toBeDefined();
    }
    expect(clock.nowMs()).toBe(new TestClock().nowMs());
  });

  it('are counted for a disabled user too', async () => {
    const { login, identity } = await setupWithAnn();
    await identity.changeUser(admin, 'ann', { disabled: true });
    for (let guess = 0; guess < 10; guess += 1) await expect(login()).rejects.toMatchObject(wrong);
    await expect(login()).rejects.toMatchObject({ code: 'TOO_MANY_LOGINS' });
  });
});
