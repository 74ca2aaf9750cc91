import { describe, expect, it } from '@jest/globals';
import { admin, ciKey, setup, setupWithAnn, wrong } from '../test/identity-bundle.ts';

const ADDRESS = '10.0.0.1';

async function setupWithToken() {
  const bundle = await setupWithAnn();
  const { token } = await bundle.identity.issueToken('ann', PASSWORD, ADDRESS);
  const enter = (identity = bundle.identity) => identity.authenticateBearer(token);
  return { ...bundle, token, enter };
}

const PASSWORD = 'right-password';

describe('a token of a login', () => {
  it('stands for the user, as Bearer or by itself', async () => {
    const { identity, token, enter } = await setupWithToken();
    const ann = { name: 'ann', kind: 'user', credentialId: 'password' };
    await expect(enter()).resolves.toMatchObject(ann);
    await expect(identity.authenticate({ token, address: ADDRESS })).resolves.toMatchObject(ann);
    const authorization = `Bearer ${token}`;
    await expect(identity.authenticate({ authorization, address: ADDRESS })).resolves.toMatchObject(ann);
  });

  it('is not looked at beside an Authorization header', async () => {
    const { identity, token } = await setupWithToken();
    await expect(identity.authenticate({ authorization: 'Bearer x', token, address: ADDRESS })).rejects.toMatchObject(
      wrong,
    );
  });

  it('is not given for a wrong password, which counts as a guess', async () => {
    const { identity, passwords } = await setupWithAnn();
    await expect(identity.issueToken('ann', 'wrong-password', ADDRESS)).rejects.toMatchObject(wrong);
    expect(passwords.verified).toBe(1);
  });

  it('works in every gateway, and costs one look for many calls', async () => {
    const { enter, store, clock } = await setupWithToken();
    const { identity } = setup({ store, clock });
    await enter(identity);
    const { getUser } = store.reads;
    for (let call = 0; call < 10; call += 1) await enter(identity);
    expect(store.reads.getUser).toBe(getUser);
  });

  it('ends after an hour', async () => {
    const { enter, clock } = await setupWithToken();
    clock.advance(3_599_999);
    await enter();
    clock.advance(1);
    await expect(enter()).rejects.toMatchObject(wrong);
  });

  it('ends when it is revoked, here and elsewhere, and no other with it', async () => {
    const { identity, token, enter, store, clock } = await setupWithToken();
    const elsewhere = setup({ store, clock }).identity;
    const { token: other } = await identity.issueToken('ann', PASSWORD, ADDRESS);
    await enter(elsewhere);
    await expect(identity.revokeToken(token)).resolves.toBe(true);
    await expect(identity.revokeToken(token)).resolves.toBe(false);
    await expect(enter()).rejects.toMatchObject(wrong);
    clock.advance(1_000);
    await expect(enter(elsewhere)).rejects.toMatchObject(wrong);
    await expect(elsewhere.authenticateBearer(other)).resolves.toMatchObject({ name: 'ann' });
  });

  it.each([
    ['has another password', { password: 'second-password' }],
    ['is disabled', { disabled: true }],
  ])('ends when the user %s', async (_, change) => {
    const { identity, enter } = await setupWithToken();
    await enter();
    await identity.changeUser(admin, 'ann', change);
    await expect(enter()).rejects.toMatchObject(wrong);
  });

  it('ends when the user is deleted, also when there is another of that name', async () => {
    const { identity, enter } = await setupWithToken();
    await identity.deleteUser(admin, 'ann');
    await identity.createUser({ name: 'ann', roles: ['operator'], password: 'other-password' });
    await expect(enter()).rejects.toMatchObject(wrong);
  });

  it('carries role and groups of now', async () => {
    const { identity, enter } = await setupWithToken();
    await identity.changeUser(admin, 'ann', { roles: ['administrator'], groups: ['noc'] });
    await expect(enter()).resolves.toMatchObject({ roles: ['administrator'], groups: ['noc'] });
  });

  it('cannot be made up', async () => {
    const { identity, token } = await setupWithToken();
    const other = token.endsWith('a') ? 'b' : 'a';
    for (const text of [
      `${token.slice(0, -1)}${other}`,
      `rt_${'0'.repeat(16)}_${'a'.repeat(43)}`,
      'rt_',
      `${token} `,
    ]) {
      await expect(identity.authenticate({ token: text, address: ADDRESS })).rejects.toMatchObject(wrong);
    }
  });
});

describe('a token of a client', () => {
  it('stands for the API key whose id or name the client gives', async () => {
    const { identity } = setup();
    const { key, token: secret } = await identity.createApiKey({ ...ciKey, createdBy: 'admin' });
    for (const client of [key.id, 'ci', 'sa_ci']) {
      const { token } = await identity.issueClientToken(client, secret, ADDRESS);
      const expected = { name: 'sa_ci', kind: 'service-account', credentialId: key.id };
      await expect(identity.authenticateBearer(token)).resolves.toMatchObject(expected);
    }
    await expect(identity.issueClientToken('other', secret, ADDRESS)).rejects.toMatchObject(wrong);
  });

  it('ends with the API key', async () => {
    const { identity, clock } = setup();
    const given = { ...ciKey, createdBy: 'admin', expiresAtMs: clock.nowMs() + 60_000 } as const;
    const [short, long] = [await identity.createApiKey(given), await identity.createApiKey(given)];
    const { token } = await identity.issueClientToken('ci', short.token, ADDRESS);
    const { token: revoked } = await identity.issueClientToken('ci', long.token, ADDRESS);
    await identity.revokeApiKey(long.key.id);
    await expect(identity.authenticateBearer(revoked)).rejects.toMatchObject(wrong);
    await identity.authenticateBearer(token);
    clock.advance(60_000);
    await expect(identity.authenticateBearer(token)).rejects.toMatchObject(wrong);
  });
});
