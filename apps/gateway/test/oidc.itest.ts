import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { createOidcLogin } from '@runyard/identity';
import { freePort } from '@runyard/testkit';
import { CLIENT_ID, REDIRECT_URL, startIdentityProvider, type TestProvider } from './identity-provider.ts';
import { startGateway, type TestGateway } from './start-gateway.ts';

let provider: TestProvider;
let gateway: TestGateway;

beforeAll(async () => {
  // The provider says on the console, at length, that it is set up for tests.
  for (const level of ['info', 'warn'] as const) jest.spyOn(console, level).mockImplementation(() => undefined);
  provider = await startIdentityProvider();
});
afterAll(() => provider.stop());
beforeEach(async () => {
  provider.accounts.clear();
  provider.accounts.set('u1', { preferred_username: 'ann', groups: ['noc', 'lab'] });
  gateway = await gatewayWith({});
});
afterEach(() => gateway.stop());

/** A gateway with the provider as its own. */
async function gatewayWith({
  issuer = provider.issuer,
  roles = [] as readonly string[],
  nameClaim = 'preferred_username',
  scope = 'openid profile',
  groupsClaim = 'groups',
}) {
  const { clientSecret } = provider;
  const clock = { nowMs: Date.now };
  const settings = {
    issuer,
    clientId: CLIENT_ID,
    clientSecret,
    redirectUrl: REDIRECT_URL,
    scope,
    groupsClaim,
    nameClaim,
    roles,
  };
  return startGateway({ oidc: { login: createOidcLogin(settings, clock), roles } });
}

/** Fetch that does not follow, for the browser's part at the gateway. */
async function visit(path: string, cookie = '') {
  const answer = await fetch(gateway.url + path, { redirect: 'manual', headers: { cookie } });
  const text = await answer.text();
  const cookies = answer.headers.getSetCookie();
  const pairOf = (name: string) => cookies.find((one) => one.startsWith(`${name}=`))?.split(';')[0] ?? '';
  const code = text.startsWith('{') ? (JSON.parse(text) as { code?: string; detail?: string }) : {};
  return { status: answer.status, location: answer.headers.get('location') ?? '', cookies, pairOf, ...code };
}

/** The first half: to the provider and back, up to the address of the callback. */
async function atProvider(account = 'u1') {
  const begun = await visit('/v1/session/oidc');
  const back = await provider.logIn(begun.location, account);
  return { begun, attempt: begun.pairOf('runyard_oidc'), path: back.pathname + back.search };
}

async function logIn(account = 'u1') {
  const { attempt, path } = await atProvider(account);
  return visit(path, attempt);
}

const users = async () => (await gateway.call('/v1/users')).json.items;
const me = async (pair: string) => (await gateway.call('/v1/session', { login: null, headers: { cookie: pair } })).json;

describe('a login at an identity provider', () => {
  it('leads there with state, nonce and PKCE, which only the browser keeps, sealed', async () => {
    const { status, location, cookies } = await visit('/v1/session/oidc');
    const query = new URL(location).searchParams;
    expect([status, new URL(location).origin]).toEqual([302, provider.issuer]);
    expect(Object.fromEntries(query)).toMatchObject({
      response_type: 'code',
      client_id: CLIENT_ID,
      redirect_uri: REDIRECT_URL,
      scope: 'openid profile',
      code_challenge_method: 'S256',
    });
    expect(cookies).toEqual([
      expect.stringMatching(/^runyard_oidc=[^;]+; Path=\/v1\/session\/oidc; Max-Age=600; HttpOnly; SameSite=Lax$/),
    ]);
    for (const name of ['state', 'nonce', 'code_challenge']) expect(cookies[0]).not.toContain(query.get(name));
  });

  it('makes a user with the groups of the provider, and sets the cookie of a session', async () => {
    await gateway.call('/v1/groups/noc', { method: 'PUT', json: { name: 'noc', roles: ['viewer'] } });
    const answer = await logIn();
    expect([answer.status, answer.location]).toEqual([302, '/']);
    expect(answer.cookies.find((one) => one.startsWith('runyard_session='))).toMatch(/HttpOnly; SameSite=Strict$/);
    expect(answer.cookies).toContainEqual(expect.stringMatching(/^runyard_oidc=; .*Max-Age=0/));
    const pair = answer.pairOf('runyard_session');
    expect(await me(pair)).toEqual({
      name: 'ann',
      kind: 'user',
      roles: [],
      groups: ['lab', 'noc'],
      credentialId: 'oidc',
    });
    expect((await gateway.call('/v1/runs', { login: null, headers: { cookie: pair } })).status).toBe(200);
    expect((await gateway.call('/v1/users', { login: null, headers: { cookie: pair } })).status).toBe(403);
    expect(await users()).toContainEqual(expect.objectContaining({ name: 'ann', external: true }));
    const { items } = (await gateway.call('/v1/audit?action=user.create')).json;
    expect(items).toMatchObject([{ actor: 'ann', credential: 'oidc', detail: { provider: provider.issuer } }]);
    const logins = (await gateway.call('/v1/audit?action=login')).json.items;
    expect(logins).toMatchObject([{ actor: 'ann', credential: 'oidc', decision: 'allowed' }]);
  });

  it('takes the groups of the last login, keeps roles that were given here, and adds those of the setting', async () => {
    await logIn();
    await gateway.call('/v1/users/ann', { method: 'PUT', json: { roles: ['operator'] } });
    provider.accounts.set('u1', { preferred_username: 'ann', groups: ['other'] });
    expect(await me((await logIn()).pairOf('runyard_session'))).toMatchObject({
      roles: ['operator'],
      groups: ['other'],
    });
    await gateway.stop();
    gateway = await gatewayWith({ roles: ['viewer'], nameClaim: 'mail' });
    provider.accounts.set('u1', { mail: 'ann@example.com' });
    expect(await me((await logIn()).pairOf('runyard_session'))).toMatchObject({
      name: 'ann@example.com',
      roles: ['viewer'],
      groups: [],
    });
  });

  it('has groups that the provider tells only for a scope of their own', async () => {
    provider.accounts.set('u1', { preferred_username: 'ann', teams: ['noc'], groups: [] });
    const groupsOf = async (scope: string) => {
      await gateway.stop();
      gateway = await gatewayWith({ scope, groupsClaim: 'teams' });
      return (await me((await logIn()).pairOf('runyard_session'))).groups;
    };
    expect(await groupsOf('openid profile')).toEqual([]);
    expect(await groupsOf('openid profile teams')).toEqual(['noc']);
  });

  it('lets nobody in with a password', async () => {
    await logIn();
    for (const password of ['', 'null', 'any']) {
      expect((await gateway.call('/v1/me', { login: `ann:${password}` })).status).toBe(401);
    }
  });

  it('never takes over a user with a password', async () => {
    provider.accounts.set('u1', { preferred_username: 'olga' });
    const answer = await logIn();
    expect([answer.status, answer.code, answer.pairOf('runyard_session')]).toEqual([409, 'USER_EXISTS', '']);
    expect((await gateway.call('/v1/me', { login: 'olga:secret' })).json).toMatchObject({ roles: ['operator'] });
  });

  it('never takes over the user of somebody else at the provider', async () => {
    await logIn();
    provider.accounts.set('u2', { preferred_username: 'ann', groups: ['root'] });
    expect((await logIn('u2')).code).toBe('USER_EXISTS');
    expect(await users()).toContainEqual(expect.objectContaining({ name: 'ann', groups: ['lab', 'noc'] }));
  });

  it('ends with the user, at once', async () => {
    const pair = (await logIn()).pairOf('runyard_session');
    await gateway.call('/v1/users/ann', { method: 'PUT', json: { disabled: true } });
    expect(await me(pair)).toMatchObject({ code: 'CREDENTIALS_WRONG' });
    const again = await logIn();
    expect([again.status, again.code, again.detail]).toEqual([
      403,
      'PERMISSION_DENIED',
      expect.stringContaining('disabled'),
    ]);
  });

  it.each([
    ['no name', {}],
    ['a name that is none', { preferred_username: 'a b' }],
    ['groups that are no list', { preferred_username: 'ann', groups: 'noc' }],
    [
      'too many groups',
      { preferred_username: 'ann', groups: Array.from({ length: 1_001 }, (_, index) => `g${index}`) },
    ],
  ])('is refused with %s, and makes no user', async (_, claims) => {
    provider.accounts.set('u1', claims);
    const answer = await logIn();
    expect([answer.status, answer.code]).toEqual([403, 'PERMISSION_DENIED']);
    expect(answer.detail).toMatch(/claim '(preferred_username|groups)'/);
    expect((await users()).map(({ name }: { name: string }) => name)).toEqual(['ada', 'olga']);
  });
});

describe('the callback', () => {
  const wrong = [401, 'CREDENTIALS_WRONG', ''];
  const answerOf = ({ status, code, pairOf }: Awaited<ReturnType<typeof visit>>) => [
    status,
    code,
    pairOf('runyard_session'),
  ];

  it('is nothing without the cookie of the browser that began', async () => {
    const { path } = await atProvider();
    expect(answerOf(await visit(path))).toEqual(wrong);
    const other = (await visit('/v1/session/oidc')).pairOf('runyard_oidc');
    expect(answerOf(await visit(path, other))).toEqual(wrong);
  });

  it('is nothing with a cookie that was changed, or made of something else that is sealed', async () => {
    const { path, attempt } = await atProvider();
    const { secrets } = gateway.deps;
    const kept = JSON.parse(secrets.open(decodeURIComponent(attempt.slice('runyard_oidc='.length)))) as object;
    const sealed = encodeURIComponent(secrets.seal(JSON.stringify({ ...kept, purpose: 'something else' })));
    for (const cookie of [`${attempt}x`, 'runyard_oidc=', 'runyard_oidc=%', `runyard_oidc=${sealed}`]) {
      expect(answerOf(await visit(path, cookie))).toEqual(wrong);
    }
  });

  it('is nothing after ten minutes, and with a code that was used or made up', async () => {
    const { path, attempt } = await atProvider();
    expect(answerOf(await visit(path.replace(/code=[^&]+/, 'code=made-up'), attempt))).toEqual(wrong);
    expect(answerOf(await visit('/v1/session/oidc/callback', attempt))).toEqual(wrong);
    expect(answerOf(await visit(path.replace(/state=[^&]+/, 'state=other'), attempt))).toEqual(wrong);
    expect((await visit(path, attempt)).status).toBe(302);
    expect(answerOf(await visit(path, attempt))).toEqual(wrong);
    const late = await atProvider();
    gateway.clock.advance(600_000);
    expect(answerOf(await visit(late.path, late.attempt))).toEqual(wrong);
  });

  it('has refusals written down, once a minute', async () => {
    for (let count = 0; count < 3; count += 1) await visit('/v1/session/oidc/callback?code=x&state=y');
    const { items } = (await gateway.call('/v1/audit?action=login')).json;
    expect(items).toMatchObject([{ actor: 'oidc', decision: 'denied', detail: { address: '127.0.0.1' } }]);
    expect(items).toHaveLength(1);
  });
});

it('a provider that does not answer is told as such, and looked for again at the next login', async () => {
  await gateway.stop();
  gateway = await gatewayWith({ issuer: `http://127.0.0.1:${await freePort()}` });
  for (let count = 0; count < 2; count += 1) {
    const { status, code } = await visit('/v1/session/oidc');
    expect([status, code]).toEqual([503, 'LOGIN_UNAVAILABLE']);
  }
});

it('an installation without a provider says so', async () => {
  await gateway.stop();
  gateway = await startGateway();
  for (const path of ['/v1/session/oidc', '/v1/session/oidc/callback']) {
    expect(await visit(path)).toMatchObject({ status: 404, code: 'ROUTE_NOT_FOUND' });
  }
});
