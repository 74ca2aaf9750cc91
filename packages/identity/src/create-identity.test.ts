import { describe, expect, it } from '@jest/globals';
import { MemoryIdentityStore, TestClock } from '@runyard/testkit';
import { catalogOf, ciKey, setup, setupWithAnn, wrong } from '../test/identity-bundle.ts';
import { createIdentity } from './create-identity.ts';
import type { IdentityStore } from './ports.ts';

const basic = (name: string, password: string) => `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`;

describe('authenticate', () => {
  it('tells who calls by user and password', async () => {
    const { identity } = await setupWithAnn();
    await expect(
      identity.authenticate({ authorization: basic('ann', 'right-password'), address: '192.0.2.1' }),
    ).resolves.toEqual({
      name: 'ann',
      kind: 'user',
      roles: ['operator'],
      createdAtMs: expect.any(Number),
      credentialId: 'password',
    });
  });

  it('tells who calls by API key', async () => {
    const { identity } = await setupWithAnn();
    const { key, token } = await identity.createApiKey({ ...ciKey, createdBy: 'ann' });
    await expect(identity.authenticate({ authorization: `Bearer ${token}`, address: '192.0.2.1' })).resolves.toEqual({
      name: 'sa_ci',
      kind: 'service-account',
      roles: [],
      credentialId: key.id,
    });
  });

  it.each([[undefined], ['']])('asks for credentials when there are none', async (authorization) => {
    const { identity } = setup();
    await expect(identity.authenticate({ authorization, address: '::1' })).rejects.toMatchObject({
      code: 'CREDENTIALS_MISSING',
    });
  });

  it.each([
    ['another scheme', 'Digest username="ann"'],
    ['no value', 'Basic '],
    ['what is no base64', 'Basic {}'],
    ['no colon', `Basic ${Buffer.from('ann').toString('base64')}`],
    ['no name', basic('', 'right-password')],
    ['an empty password', basic('ann', '')],
    ['a wrong password', basic('ann', 'wrong-password')],
    ['a name in other case', basic('Ann', 'right-password')],
    ['an unknown user', basic('bob', 'right-password')],
    ['a name of objects', basic('__proto__', 'right-password')],
    ['a key that does not exist', `Bearer ry_${'a'.repeat(40)}`],
    ['a key of another form', 'Bearer abc'],
    ['a password that is endless', basic('ann', 'x'.repeat(1_025))],
    ['a header that is endless', `Bearer ${'x'.repeat(100_000)}`],
  ])('refuses %s', async (_, authorization) => {
    const { identity } = await setupWithAnn();
    await expect(identity.authenticate({ authorization, address: '::1' })).rejects.toMatchObject(wrong);
  });

  it('takes passwords with colons and letters of any language', async () => {
    const { identity } = setup();
    await identity.createUser({ name: 'ann', roles: ['operator'], password: 'pä:ss:日本語' });
    await expect(
      identity.authenticate({ authorization: basic('ann', 'pä:ss:日本語'), address: '::1' }),
    ).resolves.toMatchObject({ name: 'ann' });
  });
});

describe('start and stop', () => {
  it('listen once, and stop before start and twice without harm', async () => {
    const listeners = new Set<() => void>();
    const store: IdentityStore = new MemoryIdentityStore();
    store.onChange = (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    };
    const identity = createIdentity({ store, catalog: catalogOf(), clock: new TestClock() });
    await identity.stop();
    await identity.start();
    await identity.start();
    expect(listeners.size).toBe(1);
    await identity.stop();
    await identity.stop();
    expect(listeners.size).toBe(0);
    await identity.start();
    expect(listeners.size).toBe(1);
  });
});
