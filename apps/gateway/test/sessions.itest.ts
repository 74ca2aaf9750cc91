import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type CallOptions, startGateway, type TestGateway } from './start-gateway.ts';

let gateway: TestGateway;
beforeEach(async () => {
  gateway = await startGateway();
});
afterEach(() => gateway.stop());

const USER = { name: 'eve', roles: ['viewer'], password: 'long enough' };

async function logIn(username = 'ada', password = 'secret', headers: Record<string, string> = {}) {
  const answer = await gateway.call('/v1/session', { json: { username, password }, login: null, headers });
  const cookie = answer.headers.get('set-cookie') ?? '';
  return { ...answer, cookie, pair: cookie.split(';')[0] ?? '' };
}

const withCookie = (pair: string, path: string, { headers, ...options }: CallOptions = {}) =>
  gateway.call(path, { ...options, login: null, headers: { cookie: pair, ...headers } });

describe('a session', () => {
  it('is a cookie that no script and no other site gets, and its token is nowhere else', async () => {
    const { status, cookie, pair, text } = await logIn();
    expect(status).toBe(201);
    expect(cookie).toMatch(/^runyard_session=rt_\w+; Path=\/; Max-Age=28800; HttpOnly; SameSite=Strict$/);
    expect(text).not.toContain(pair.split('=')[1]);
  });

  it('has a cookie only for HTTPS when the call came by that', async () => {
    const trusting = await startGateway({ settings: { ...gateway.deps.settings, trustedProxies: ['127.0.0.1'] } });
    try {
      const json = { username: 'ada', password: 'secret' };
      const headers = { 'x-forwarded-proto': 'https' };
      const { headers: answered } = await trusting.call('/v1/session', { json, login: null, headers });
      expect(answered.get('set-cookie')).toContain('; Secure');
    } finally {
      await trusting.stop();
    }
  });

  it('lets in as who logged in, with what he may do now', async () => {
    await gateway.call('/v1/users', { json: USER });
    const { pair } = await logIn('eve', USER.password);
    expect((await withCookie(pair, '/v1/session')).json).toEqual({
      name: 'eve',
      kind: 'user',
      roles: ['viewer'],
      groups: [],
      credentialId: 'session',
    });
    expect((await withCookie(pair, '/v1/users')).status).toBe(403);
    await gateway.call('/v1/users/eve', { method: 'PUT', json: { roles: ['administrator'] } });
    expect((await withCookie(pair, '/v1/users')).status).toBe(200);
  });

  it('is not given for a wrong password', async () => {
    const { status, json, cookie } = await logIn('ada', 'wrong');
    expect([status, json.code, cookie]).toEqual([401, 'CREDENTIALS_WRONG', '']);
  });

  it('ends for everybody who has its cookie when it is deleted', async () => {
    const { pair } = await logIn();
    const headers = { 'sec-fetch-site': 'same-origin' };
    const ended = await withCookie(pair, '/v1/session', { method: 'DELETE', headers });
    expect([ended.status, ended.headers.get('set-cookie')]).toEqual([204, expect.stringContaining('Max-Age=0')]);
    expect((await withCookie(pair, '/v1/session')).status).toBe(401);
    expect((await withCookie(pair, '/v1/session', { method: 'DELETE', headers })).status).toBe(204);
    expect((await gateway.call('/v1/session', { method: 'DELETE', login: null })).status).toBe(204);
  });

  it('ends with the password that proved it', async () => {
    await gateway.call('/v1/users', { json: USER });
    const { pair } = await logIn('eve', USER.password);
    await gateway.call('/v1/users/eve', { method: 'PUT', json: { password: 'another password' } });
    expect((await withCookie(pair, '/v1/session')).status).toBe(401);
  });

  it('counts only where no other credential came', async () => {
    const { pair } = await logIn();
    const authorization = `Basic ${Buffer.from('olga:secret').toString('base64')}`;
    expect((await withCookie(pair, '/v1/me', { headers: { authorization } })).json.name).toBe('olga');
    expect((await withCookie(pair, '/v1/me', { headers: { authorization: 'Bearer x' } })).status).toBe(401);
  });
});

describe('a change with the cookie of a session', () => {
  const change = { method: 'PUT', json: { disabled: true } };
  beforeEach(async () => void (await gateway.call('/v1/users', { json: USER })));

  it.each([
    ['the origin of the gateway', () => ({ origin: gateway.url })],
    ['a browser that says it is the same origin', () => ({ 'sec-fetch-site': 'same-origin' })],
    ['an address that a person typed', () => ({ 'sec-fetch-site': 'none' })],
  ])('is taken from %s', async (_, headers) => {
    const { pair } = await logIn();
    expect((await withCookie(pair, '/v1/users/eve', { ...change, headers: headers() })).status).toBe(200);
  });

  it.each([
    ['another origin', { origin: 'https://evil.example' }],
    ['another origin that claims to be the same', { origin: 'https://evil.example', 'sec-fetch-site': 'same-origin' }],
    ['another site', { 'sec-fetch-site': 'cross-site' }],
    ['a neighbour', { 'sec-fetch-site': 'same-site' }],
    ['who does not say from where', {}],
  ])('is refused from %s', async (_, headers) => {
    const { pair } = await logIn();
    const { status, json } = await withCookie(pair, '/v1/users/eve', { ...change, headers });
    expect([status, json.code]).toEqual([403, 'PERMISSION_DENIED']);
    const { items } = (await gateway.call('/v1/users')).json;
    expect(items.find(({ name }: { name: string }) => name === 'eve').disabled).toBe(false);
  });
});
