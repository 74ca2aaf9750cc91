import { describe, expect, it } from '@jest/globals';
import { TestClock } from '@runyard/testkit';
import { admin, ciKey, setup, setupWithAnn, wrong } from '../test/identity-bundle.ts';

describe('API keys', () => {
  async function setupWithKey(expiresAtMs?: number) {
    const parts = setup();
    await parts.identity.start();
    const created = await parts.identity.createApiKey({
      ...ciKey,
      createdBy: 'admin',
      ...(expiresAtMs === undefined ? {} : { expiresAtMs }),
    });
    const use = () => parts.identity.authenticateBearer(created.token);
    const lastUsedAtMs = async () => (await parts.identity.listApiKeys(null, 10)).items[0]?.lastUsedAtMs;
    return { ...parts, ...created, use, lastUsedAtMs };
  }

  it('look alike, differ, and are stored as a hash only', async () => {
    const { identity, store, token, key } = await setupWithKey();
    expect(token).toMatch(/^ry_[0-9A-Za-z]{40}$/);
    const second = await identity.createApiKey({ ...ciKey, createdBy: 'admin' });
    expect(second.token).not.toBe(token);
    expect(second.key.id).not.toBe(key.id);
    const stored = JSON.stringify((await store.listApiKeys(null, 10)).items);
    expect(stored).not.toContain(token.slice(3));
    expect(JSON.stringify(await identity.listApiKeys(null, 10))).not.toContain('hash');
    expect(JSON.stringify(second.key)).not.toContain('hash');
  });

  it('are read once while nothing changes, and every 30 seconds', async () => {
    const { use, store, clock } = await setupWithKey();
    await use();
    await use();
    expect(store.reads.getApiKey).toBe(1);
    clock.advance(30_000);
    await use();
    expect(store.reads.getApiKey).toBe(2);
  });

  it('stop working at once when they are revoked, here and by another process', async () => {
    const { use, identity, key, store, clock } = await setupWithKey();
    await use();
    expect(await identity.revokeApiKey(key.id)).toBe(true);
    await expect(use()).rejects.toMatchObject(wrong);
    expect(await identity.revokeApiKey(key.id)).toBe(false);
    const second = await identity.createApiKey({ ...ciKey, createdBy: 'admin' });
    await identity.authenticateBearer(second.token);
    await setup({ store, clock }).identity.revokeApiKey(second.key.id);
    await expect(identity.authenticateBearer(second.token)).rejects.toMatchObject(wrong);
  });

  it('stop working within a second when the message about it is lost, also without start', async () => {
    const { use, identity, key, store, clock } = await setupWithKey();
    await identity.stop();
    await use();
    await setup({ store, clock }).identity.revokeApiKey(key.id);
    clock.advance(1_000);
    await expect(use()).rejects.toMatchObject(wrong);
  });

  it('end at their time, to the millisecond', async () => {
    const clock = new TestClock();
    const { use, clock: own } = await setupWithKey(clock.nowMs() + 5_000);
    own.advance(4_999);
    await expect(use()).resolves.toMatchObject({ name: 'sa_ci' });
    own.advance(1);
    await expect(use()).rejects.toMatchObject(wrong);
  });

  it.each([[0], [Number.NaN], [Number.POSITIVE_INFINITY], [new TestClock().nowMs()]])(
    'cannot be made to end at %s',
    async (expiresAtMs) => {
      const { identity } = setup();
      const key = { ...ciKey, createdBy: 'admin', expiresAtMs } as const;
      await expect(identity.createApiKey(key)).rejects.toMatchObject({
        code: 'BODY_INVALID',
        errors: [{ path: '/expiresAtMs' }],
      });
    },
  );

  it('of a user have the roles and groups that the user has now, and end with him', async () => {
    const { identity } = await setupWithAnn();
    const account = { kind: 'user', name: 'ann' } as const;
    const given = { name: 'laptop', account, services: ['show'], createdBy: 'admin' };
    const { token, key } = await identity.createApiKey(given);
    const use = () => identity.authenticateBearer(token);
    const createdAtMs: unknown = expect.any(Number);
    const expected = { name: 'ann', kind: 'user', createdAtMs, credentialId: key.id, services: ['show'] };
    expect(await use()).toEqual({ ...expected, roles: ['operator'] });
    await identity.changeUser(admin, 'ann', { roles: ['viewer'], groups: ['noc'] });
    expect(await use()).toEqual({ ...expected, roles: ['viewer'], groups: ['noc'] });
    await identity.changeUser(admin, 'ann', { disabled: true });
    await expect(use()).rejects.toMatchObject(wrong);
  });

  it('of a user do not work for the next user of that name', async () => {
    const { identity } = await setupWithAnn();
    const { token } = await identity.createApiKey({
      ...ciKey,
      account: { kind: 'user', name: 'ann' },
      createdBy: 'admin',
    });
    await identity.deleteUser(admin, 'ann');
    await identity.createUser({ name: 'ann', roles: ['operator'], password: 'other-password' });
    await expect(identity.authenticateBearer(token)).rejects.toMatchObject(wrong);
  });

  it('are not made for a user who is not there', async () => {
    const { identity } = setup();
    const key = { ...ciKey, account: { kind: 'user', name: 'ann' }, createdBy: 'admin' } as const;
    await expect(identity.createApiKey(key)).rejects.toMatchObject({ code: 'ACCOUNT_NOT_FOUND' });
    expect((await identity.listApiKeys(null, 10)).items).toEqual([]);
  });

  it('note their last use once a minute at most', async () => {
    const { use, clock, identity, lastUsedAtMs } = await setupWithKey();
    const startedMs = clock.nowMs();
    expect(await lastUsedAtMs()).toBeNull();
    await use();
    clock.advance(59_999);
    await use();
    await identity.stop();
    expect(await lastUsedAtMs()).toBe(startedMs);
    clock.advance(1);
    await use();
    await identity.stop();
    expect(await lastUsedAtMs()).toBe(startedMs + 60_000);
  });

  it('let the process stop only when their use is noted', async () => {
    const { use, store, identity } = await setupWithKey();
    let finish = (): void => undefined;
    const noted = new Promise<void>((resolve) => (finish = resolve));
    store.touchApiKey = () => noted;
    await use();
    let isStopped = false;
    const stopped = identity.stop().then(() => (isStopped = true));
    await new Promise((resolve) => setImmediate(resolve));
    expect(isStopped).toBe(false);
    finish();
    await stopped;
  });

  it('work when their use cannot be noted, and the log says so', async () => {
    const { use, store, log, identity, key } = await setupWithKey();
    store.touchApiKey = () => Promise.reject(new Error('read only'));
    await expect(use()).resolves.toMatchObject({ name: 'sa_ci' });
    await identity.stop();
    expect(log.entries).toMatchObject([{ level: 'warn', fields: { keyId: key.id, error: { message: 'read only' } } }]);
  });
});
