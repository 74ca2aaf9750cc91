import { afterEach, describe, expect, it } from '@jest/globals';
import { type CatalogChange, type CorsRule, type Endpoint, SERVICE_DEFAULTS } from '@runyard/domain';
import { putService } from '@runyard/testkit';
import { basicLogin, type CallOptions, startGateway, type TestGateway } from './start-gateway.ts';

const endpoints: readonly Endpoint[] = [{ name: 'e', methods: ['GET', 'POST'], parameters: [], async: true }];
const PORTAL = 'https://portal.example.com';
const OTHER = 'https://evil.example';

let gateway: TestGateway | undefined;
const toStop: TestGateway[] = [];
afterEach(async () => {
  await Promise.all(toStop.splice(0).map((running) => running.stop()));
});

interface Given {
  readonly anonymousAccount?: string;
  readonly allowUnauthenticated?: boolean;
  readonly disabled?: boolean;
  readonly cors?: CorsRule;
}

/** A gateway with one service at /api/services/s/e. */
async function started({ anonymousAccount, allowUnauthenticated, disabled = false, cors }: Given) {
  const changes: CatalogChange[] = [
    { kind: 'service-account', action: 'put', item: { name: 'guest', roles: ['operator'], disabled } },
    putService({
      ...SERVICE_DEFAULTS,
      name: 's',
      type: 'no-op',
      settings: {},
      runMethod: 'once',
      endpoints,
      ...(allowUnauthenticated === undefined ? {} : { allowUnauthenticated }),
      ...(cors ? { cors } : {}),
    }),
  ];
  const plain = await startGateway();
  const { settings } = plain.deps;
  await plain.stop();
  const running = await startGateway({ settings: { ...settings, anonymousAccount } });
  gateway = running;
  toStop.push(running);
  await running.catalog.write(changes, (await running.catalog.view()).revision);
  return (options: CallOptions = {}) => running.call('/api/services/s/e', options);
}

const both = { anonymousAccount: 'guest', allowUnauthenticated: true };
const withoutCredentials: CallOptions = { login: null };

describe('a call without credentials', () => {
  it.each([
    ['neither the installation nor the service says so', {}],
    ['only the installation names an account', { anonymousAccount: 'guest' }],
    ['the service says no', { anonymousAccount: 'guest', allowUnauthenticated: false }],
    ['only the service says so', { allowUnauthenticated: true }],
    ['the account is not there', { ...both, anonymousAccount: 'nobody' }],
    ['the account is disabled', { ...both, disabled: true }],
  ])('is refused when %s', async (_, given) => {
    const call = await started(given);
    const { status, json } = await call(withoutCredentials);
    expect([status, json.code, gateway?.queue.slices.size]).toEqual([401, 'CREDENTIALS_MISSING', 0]);
  });

  it('runs as the account that the installation names when the service says so too', async () => {
    const call = await started(both);
    const { status, json } = await call(withoutCredentials);
    expect(status).toBe(202);
    const record = await gateway?.runs.get(json.id);
    expect(record?.spec).toMatchObject({ principal: 'guest', credentialId: 'anonymous', door: 'endpoint' });
  });

  it('is not what a call with wrong credentials becomes', async () => {
    const call = await started(both);
    for (const headers of [
      { authorization: basicLogin('ada:wrong') },
      { authorization: 'Bearer ry_wrong' },
      { authorization: 'nonsense' },
      { authorization: '' },
      { cookie: 'runyard_session=rt_wrong' },
      { cookie: `runyard_session=${'x'.repeat(201)}` },
      { cookie: 'runyard_session=' },
      { cookie: 'theme=dark; runyard_session' },
    ]) {
      expect((await call({ login: null, headers })).status).toBe(401);
    }
    expect(gateway?.queue.slices.size).toBe(0);
    const { json } = await call();
    expect((await gateway?.runs.get(json.id))?.spec.principal).toBe('ada');
  });

  it('is not what a call with two credentials becomes, of which one is wrong', async () => {
    const call = await started(both);
    const cookie = 'runyard_session=rt_wrong';
    const wrong = await call({ login: null, headers: { authorization: basicLogin('ada:wrong'), cookie } });
    expect([wrong.status, wrong.json.code, gateway?.queue.slices.size]).toEqual([401, 'CREDENTIALS_WRONG', 0]);
    const { json } = await call({ headers: { cookie } });
    expect((await gateway?.runs.get(json.id))?.spec.principal).toBe('ada');
  });

  it('opens nothing else', async () => {
    await started(both);
    expect((await gateway?.call('/v1/runs', withoutCredentials))?.status).toBe(401);
  });
});

describe('a page of another origin', () => {
  const from = (origin: string, more: CallOptions = {}): CallOptions => ({
    ...more,
    headers: { origin, ...more.headers },
  });
  const preflight = (origin: string): CallOptions =>
    from(origin, { method: 'OPTIONS', login: null, headers: { 'access-control-request-method': 'POST' } });
  const shown = (headers: Headers) => [
    headers.get('access-control-allow-origin'),
    headers.get('access-control-allow-credentials'),
    headers.get('vary'),
  ];

  it('may call and read when the service names it', async () => {
    const call = await started({ cors: { origins: [PORTAL] } });
    const asked = await call(preflight(PORTAL));
    expect([asked.status, ...shown(asked.headers)]).toEqual([204, PORTAL, 'true', 'Origin']);
    expect(asked.headers.get('access-control-allow-methods')).toBe('GET, POST');
    expect(asked.headers.get('access-control-max-age')).toBe('600');
    for (const header of ['authorization', 'content-type', 'idempotency-key', 'x-time-zone', 'prefer']) {
      expect(asked.headers.get('access-control-allow-headers')).toContain(header);
    }
    const answer = await call(from(PORTAL, { method: 'POST' }));
    expect([answer.status, ...shown(answer.headers)]).toEqual([202, PORTAL, 'true', 'Origin']);
    // An error that the page cannot read would look to it as if the gateway were away.
    const refused = await call(from(PORTAL, { login: null }));
    expect([refused.status, ...shown(refused.headers)]).toEqual([401, PORTAL, 'true', 'Origin']);
  });

  it('that is not named may read nothing and change nothing', async () => {
    for (const cors of [undefined, { origins: [PORTAL] }]) {
      const call = await started(cors ? { cors } : {});
      const vary = cors ? 'Origin' : null;
      const asked = await call(preflight(OTHER));
      expect([asked.status, ...shown(asked.headers)]).toEqual([204, null, null, vary]);
      expect([asked.headers.get('allow'), asked.headers.get('access-control-allow-methods')]).toEqual([
        'GET, POST',
        null,
      ]);
      const posted = await call(from(OTHER, { method: 'POST' }));
      expect([posted.status, posted.json.code, ...shown(posted.headers)]).toEqual([
        403,
        'PERMISSION_DENIED',
        null,
        null,
        vary,
      ]);
      // Even a GET runs something, and the browser may have added the login by itself.
      const got = await call(from(OTHER));
      expect([got.status, ...shown(got.headers)]).toEqual([403, null, null, vary]);
      const withKey = await call(from(OTHER, { login: null, headers: { authorization: 'Bearer ry_x' } }));
      expect([withKey.status, ...shown(withKey.headers)]).toEqual([401, null, null, vary]);
    }
  });

  it('that is not named may change nothing without a login either', async () => {
    const call = await started({ ...both, cors: { origins: [PORTAL] } });
    const { status, json } = await call(from(OTHER, { method: 'POST', login: null }));
    expect([status, json.code, gateway?.queue.slices.size]).toEqual([403, 'PERMISSION_DENIED', 0]);
  });

  it('may not have a browser run something with the login that it keeps', async () => {
    const call = await started({ ...both, cors: { origins: [PORTAL] } });
    const image = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' };
    const answer = await call({ headers: image });
    expect([answer.status, answer.json.code]).toEqual([403, 'PERMISSION_DENIED']);
    expect(gateway?.queue.slices.size).toBe(0);
    expect((await call({ headers: { 'sec-fetch-site': 'none' } })).status).toBe(202);
    expect((await call({ headers: { ...image, origin: PORTAL } })).status).toBe(202);
    expect((await call({ headers: image, login: null })).status).toBe(202);
  });

  it('may call without a login when the service lets in any', async () => {
    const call = await started({ ...both, cors: { origins: ['*'] } });
    const answer = await call(from(OTHER, { method: 'POST', login: null }));
    expect([answer.status, ...shown(answer.headers)]).toEqual([202, '*', null, 'Origin']);
    const withLogin = await call(from(OTHER, { method: 'POST' }));
    expect([withLogin.status, withLogin.json.code]).toEqual([403, 'PERMISSION_DENIED']);
    const withKey = await call(from(OTHER, { login: null, headers: { authorization: 'Bearer ry_x' } }));
    expect(withKey.status).toBe(401);
  });

  it('is no page of our own, nor a program', async () => {
    const call = await started({ cors: { origins: [PORTAL] } });
    const own = await call(from(gateway?.url ?? '', { method: 'POST' }));
    expect([own.status, own.headers.get('access-control-allow-origin')]).toEqual([202, null]);
    expect((await call({ method: 'POST' })).status).toBe(202);
  });
});
