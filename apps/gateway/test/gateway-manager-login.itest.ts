import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { gatewayManagerClient, olga, startGatewayManager, V1 } from './gateway-manager-client.ts';
import type { TestGateway } from './start-gateway.ts';

let gateway: TestGateway;
const { ok, refused } = gatewayManagerClient(() => gateway);
beforeEach(async () => {
  gateway = await startGatewayManager();
});
afterEach(() => gateway.stop());

describe('logging in', () => {
  const login = (json: object) => gateway.call('/login', { json, login: null });
  const withHeader = (headers: Record<string, string>) => gateway.call(`${V1}/gateways`, { login: null, headers });

  it('gives a token for a cookie, the query, or as Bearer, in both forms of the body', async () => {
    const answer = await login({ user: { username: 'olga', password: 'secret' } });
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/plain; charset=utf-8']);
    const token = answer.text;
    expect(answer.headers.get('set-cookie')).toMatch(new RegExp(`^token=${token}; .*HttpOnly; SameSite=Strict`));
    expect((await withHeader({ cookie: `a=b; token=${token}` })).status).toBe(200);
    expect((await withHeader({ authorization: `Bearer ${token}` })).status).toBe(200);
    expect((await gateway.call(`${V1}/gateways?token=${token}`, { login: null })).status).toBe(200);
    // Neither logs nor answers hold it.
    expect(JSON.stringify(gateway.log.entries)).not.toContain(token);
    const flat = await gateway.call('/login/', { json: { username: 'ada', password: 'secret' }, login: null });
    expect(flat.text).toMatch(/^rt_/);
  });

  it('takes a token in cookie and query for this API only', async () => {
    const { text: token } = await login({ username: 'ada', password: 'secret' });
    expect((await gateway.call(`/v1/users?token=${token}`, { login: null })).status).toBe(401);
    expect((await gateway.call('/v1/users', { login: null, headers: { cookie: `token=${token}` } })).status).toBe(401);
    const headers = { authorization: `Bearer ${token}` };
    expect((await gateway.call('/v1/users', { login: null, headers })).status).toBe(200);
  });

  it('does not let a page of another site use the cookie', async () => {
    const { text: token } = await login({ username: 'ada', password: 'secret' });
    const headers = { cookie: `token=${token}`, origin: 'https://elsewhere.example' };
    const json = { name: 'x', cluster_id: 'c1' };
    expect((await refused(`${V1}/gateways`, { json, headers, login: null }))[0]).toBe(403);
  });

  it('gives clients a token for their API key, or user and password', async () => {
    const key = (await gateway.call('/v1/api-keys', { json: { name: 'ci', serviceAccount: 'sa_ci' } })).json;
    const ask = (fields: Record<string, string>) =>
      gateway.call('/oauth/token', {
        body: new URLSearchParams(fields).toString(),
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        login: null,
      });
    const grant = { grant_type: 'client_credentials' };
    const { json, status } = await ask({ ...grant, client_id: key.id, client_secret: key.token });
    expect([status, json.token_type, json.expires_in]).toEqual([200, 'Bearer', 3_600]);
    expect((await withHeader({ authorization: `Bearer ${json.access_token}` })).status).toBe(200);
    expect((await ask({ ...grant, client_id: 'olga', client_secret: 'secret' })).status).toBe(200);
    expect((await ask({ ...grant, client_id: 'somebody', client_secret: key.token })).status).toBe(401);
    expect((await ask({ grant_type: 'password', client_id: 'a', client_secret: 'b' })).status).toBe(400);
    await gateway.call(`/v1/api-keys/${key.id}`, { method: 'DELETE' });
    expect((await withHeader({ authorization: `Bearer ${json.access_token}` })).status).toBe(401);
  });

  it('ends with its time, with a logout, and with the password', async () => {
    const bearer = async () => `Bearer ${(await login({ username: 'olga', password: 'secret' })).text}`;
    const isIn = async (authorization: string) => (await withHeader({ authorization })).status === 200;
    const [first, second, third] = [await bearer(), await bearer(), await bearer()];
    const logout = { method: 'POST', login: null, headers: { authorization: first } };
    expect((await gateway.call('/logout', logout)).status).toBe(200);
    expect([await isIn(first), await isIn(second)]).toEqual([false, true]);
    await gateway.call('/v1/users/olga', { method: 'PUT', json: { password: 'another secret' } });
    expect(await isIn(second)).toBe(false);
    const fourth = `Bearer ${(await login({ username: 'olga', password: 'another secret' })).text}`;
    expect(await isIn(fourth)).toBe(true);
    gateway.clock.advance(3_600_000);
    expect([await isIn(third), await isIn(fourth)]).toEqual([false, false]);
  });

  it('refuses tokens that nobody gave', async () => {
    const { text: token } = await login({ username: 'olga', password: 'secret' });
    const forged = [
      `${token.slice(0, -1)}${token.endsWith('a') ? 'b' : 'a'}`,
      `rt_${'0'.repeat(16)}_${'a'.repeat(43)}`,
    ];
    for (const authorization of [
      ...forged.map((text) => `Bearer ${text}`),
      'Bearer x',
      `Bearer ${'x'.repeat(5_000)}`,
    ]) {
      const { status, json } = await withHeader({ authorization });
      expect([status, json.domain]).toEqual([401, 'gateway_manager']);
    }
    expect((await gateway.call(`${V1}/gateways?token=`, { login: null })).status).toBe(401);
  });

  it('slows down who guesses passwords', async () => {
    const statuses: number[] = [];
    for (let attempt = 0; attempt < 12; attempt += 1) {
      statuses.push((await login({ username: 'olga', password: `guess ${attempt}` })).status);
    }
    expect(statuses[0]).toBe(401);
    expect(statuses.at(-1)).toBe(429);
  });

  it('lets operators look and run, and not change', async () => {
    expect((await refused(`${V1}/gateways`, { json: { name: 'x', cluster_id: 'c' }, ...olga }))[0]).toBe(403);
    expect((await refused(`${V1}/service-groups`, { json: { name: 'x', cluster_id: 'ams' }, ...olga }))[0]).toBe(403);
    expect((await gateway.call(`${V1}/certificates`, olga)).status).toBe(200);
  });
});

describe('health and version', () => {
  it('need no login, and unknown addresses answer in the form of the API', async () => {
    await ok('GatewayManagerHealth', `${V1}/health/status/`, { login: null });
    await ok('GatewayManagerVersion', `${V1}/version?x=1`, { login: null });
    expect((await refused(`${V1}/nothing`))[0]).toBe(404);
    expect((await refused(`${V1}/gateways`, { method: 'DELETE' }))[0]).toBe(405);
    expect((await refused(`${V1}/gateways`, { login: null }))[0]).toBe(401);
  });
});
