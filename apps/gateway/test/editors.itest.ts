import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { AppError } from '@runyard/domain';
import { startGateway, type TestGateway } from './start-gateway.ts';

const LOGIN = 'ed:long enough';
const SCHEDULE = { name: 'nightly', service: 'show', runAs: 'sa_ci', cron: '0 3 * * *' };

let gateway: TestGateway;
beforeEach(async () => {
  gateway = await startGateway();
  await allow('catalog:read', 'catalog:write');
  await gateway.call('/v1/users', { json: { name: 'ed', roles: ['editor'], password: 'long enough' } });
});
afterEach(() => gateway.stop());

/** What `ed` may do from now on. */
async function allow(...permissions: string[]): Promise<void> {
  await gateway.call('/v1/roles/editor', { method: 'PUT', json: { name: 'editor', permissions } });
}

const put = (path: string, json: object) => gateway.call(path, { method: 'PUT', json, login: LOGIN });

/** Status, code and places. */
const refusal = ({ status, json }: Awaited<ReturnType<TestGateway['call']>>) => [
  status,
  json.code,
  (json.errors ?? []).map(({ path }: { path: string }) => path),
];

describe('an editor of the catalog', () => {
  it.each([
    ['/v1/roles/editor', { name: 'editor', permissions: ['user:admin'] }],
    ['/v1/groups/mine', { name: 'mine', roles: ['administrator'] }],
    ['/v1/service-accounts/sa_ci', { name: 'sa_ci', roles: ['administrator'] }],
  ])('cannot give himself rights with PUT %s', async (path, item) => {
    const { revision } = await gateway.catalog.view();
    expect(refusal(await put(path, item))).toEqual([403, 'PERMISSION_DENIED', []]);
    expect((await gateway.call(path, { method: 'DELETE', login: LOGIN })).status).toBe(403);
    expect((await gateway.catalog.view()).revision).toBe(revision);
  });

  it('cannot give himself rights with whole files', async () => {
    const { revision } = await gateway.catalog.view();
    const catalog = { roles: [{ name: 'editor', permissions: ['user:admin'] }] };
    const at = '/catalog/roles/0';
    const apply = await gateway.call('/v1/catalog/apply', { json: { catalog }, login: LOGIN });
    expect(refusal(apply)).toEqual([403, 'PERMISSION_DENIED', [at]]);
    const json = await gateway.call('/v1/catalog/import?force=true', { json: { catalog }, login: LOGIN });
    expect(refusal(json)).toEqual([403, 'PERMISSION_DENIED', [at]]);
    const body = 'roles:\n  - name: editor\n    permissions: [user:admin]\n';
    const headers = { 'content-type': 'application/yaml' };
    const yaml = await gateway.call('/v1/catalog/import?force=true', { body, headers, login: LOGIN });
    expect([yaml.status, yaml.json.code]).toEqual([403, 'PERMISSION_DENIED']);
    expect((await gateway.catalog.view()).revision).toBe(revision);
  });

  it('has a schedule run as an account with the permission to act as it, from the next call on', async () => {
    expect(refusal(await put('/v1/schedules/nightly', SCHEDULE))).toEqual([403, 'ACT_AS_DENIED', ['/runAs']]);
    expect((await gateway.catalog.view()).get('schedule', 'nightly')).toBeUndefined();
    await allow('catalog:read', 'catalog:write', 'act-as:sa_ci');
    expect((await put('/v1/schedules/nightly', SCHEDULE)).status).toBe(201);
    await allow('catalog:read', 'catalog:write');
    expect((await put('/v1/schedules/nightly', { ...SCHEDULE, description: 'x' })).status).toBe(403);
  });

  it('is written down with what he was not allowed', async () => {
    await put('/v1/schedules/nightly', SCHEDULE);
    await put('/v1/schedules/nightly', SCHEDULE);
    const { items } = (await gateway.call('/v1/audit?decision=denied&actor=ed')).json;
    const reason = expect.stringContaining('act-as:sa_ci');
    expect(items).toMatchObject([
      { action: 'catalog.put', subject: 'schedule/nightly', credential: 'password', reason },
    ]);
  });
});

describe('a program that renews a secret', () => {
  const renew = (name: string) => put(`/v1/secrets/${name}`, { name, value: 'new value' });

  it('needs the permission for that one, and no other', async () => {
    await allow('secret:update:token');
    expect((await renew('token')).status).toBe(201);
    expect((await renew('token')).status).toBe(200);
    expect(refusal(await renew('other'))).toEqual([403, 'PERMISSION_DENIED', []]);
    expect((await gateway.call('/v1/secrets/token', { method: 'DELETE', login: LOGIN })).status).toBe(403);
    expect((await gateway.call('/v1/secrets/token', { login: LOGIN })).status).toBe(403);
  });

  it('is not told which secrets there are when it has none', async () => {
    await allow('run:read');
    await gateway.call('/v1/secrets/token', { method: 'PUT', json: { name: 'token', value: 'x' } });
    for (const name of ['token', 'other']) {
      const headers = { 'if-match': '"7"' };
      const json = { name, value: 'x' };
      const answer = await gateway.call(`/v1/secrets/${name}`, { method: 'PUT', json, headers, login: LOGIN });
      expect(answer.status).toBe(403);
    }
  });
});

it('keys of a deleted service account do not work for the next one of that name', async () => {
  const key = (await gateway.call('/v1/api-keys', { json: { name: 'ci', serviceAccount: 'sa_ci' } })).json;
  const me = () => gateway.call('/v1/me', { login: null, headers: { authorization: `Bearer ${key.token}` } });
  const account = { name: 'sa_ci', roles: ['viewer'] };
  expect((await me()).json).toMatchObject({ name: 'sa_ci', roles: ['operator'] });
  await gateway.call('/v1/service-accounts/sa_ci', { method: 'PUT', json: { ...account, disabled: true } });
  expect((await me()).status).toBe(401);
  await gateway.call('/v1/service-accounts/sa_ci', { method: 'PUT', json: account });
  expect((await me()).json).toMatchObject({ roles: ['viewer'] });
  expect((await gateway.call('/v1/service-accounts/sa_ci', { method: 'DELETE' })).status).toBe(204);
  await gateway.call('/v1/service-accounts/sa_ci', { method: 'PUT', json: account });
  expect((await me()).status).toBe(401);
});

it.each([
  ['deleted', '/v1/service-accounts/sa_new', { method: 'DELETE' }],
  ['pruned', '/v1/catalog/import?prune=true&set=site', { json: { catalog: { clusters: [{ name: 'fra' }] } } }],
])('a service account that is %s by a gateway that dies then leaves no key that works', async (_, path, options) => {
  const account = { name: 'sa_new', roles: ['viewer'] };
  const catalog = { clusters: [{ name: 'fra' }], serviceAccounts: [account] };
  expect((await gateway.call('/v1/catalog/import?set=site', { json: { catalog } })).status).toBe(200);
  const key = (await gateway.call('/v1/api-keys', { json: { name: 'ci', serviceAccount: 'sa_new' } })).json;
  const me = () => gateway.call('/v1/me', { login: null, headers: { authorization: `Bearer ${key.token}` } });
  expect((await me()).status).toBe(200);
  const write = gateway.catalog.write.bind(gateway.catalog);
  gateway.catalog.write = async (...changes) => {
    await write(...changes);
    throw new AppError('STORE_UNAVAILABLE', 'The gateway dies.');
  };
  expect((await gateway.call(path, options)).status).toBe(503);
  gateway.catalog.write = write;
  await gateway.call('/v1/service-accounts/sa_new', { method: 'PUT', json: account });
  expect((await me()).status).toBe(401);
});
