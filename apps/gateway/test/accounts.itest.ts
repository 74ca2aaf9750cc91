import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { startGateway, type TestGateway } from './start-gateway.ts';

let gateway: TestGateway;
beforeEach(async () => {
  gateway = await startGateway();
});
afterEach(() => gateway.stop());

const eve = { name: 'eve', roles: ['operator'], password: 'long enough' };

describe('users', () => {
  it('are created, changed and deleted, and their passwords are nowhere', async () => {
    const created = await gateway.call('/v1/users', { json: eve });
    expect([created.status, created.json]).toEqual([
      201,
      {
        name: 'eve',
        roles: ['operator'],
        groups: [],
        disabled: false,
        createdAt: '2026-11-21T00:23:15.311Z',
        external: false,
      },
    ]);
    expect((await gateway.call('/v1/me', { login: 'eve:long enough' })).json).toMatchObject({
      name: 'eve',
      roles: ['operator'],
    });
    const listed = await gateway.call('/v1/users');
    expect(listed.json.items.map(({ name }: { name: string }) => name)).toEqual(['ada', 'eve', 'olga']);
    expect(listed.text).not.toContain('hash');
    await gateway.call('/v1/users/eve', { method: 'PUT', json: { disabled: true } });
    expect((await gateway.call('/v1/me', { login: 'eve:long enough' })).status).toBe(401);
    expect((await gateway.call('/v1/users/eve', { method: 'DELETE' })).status).toBe(204);
    expect((await gateway.call('/v1/users/eve', { method: 'DELETE' })).json.code).toBe('USER_NOT_FOUND');
  });

  it('have names of their own', async () => {
    await gateway.call('/v1/users', { json: eve });
    const again = await gateway.call('/v1/users', { json: eve });
    expect([again.status, again.json.code]).toEqual([409, 'USER_EXISTS']);
    const other = await gateway.call('/v1/users', { json: { ...eve, name: 'Eve' } });
    expect([other.status, other.json.code]).toEqual([409, 'USER_EXISTS']);
    expect(other.json.detail).toContain("the user 'eve'");
  });

  it('cannot take their own rights', async () => {
    const { status, json } = await gateway.call('/v1/users/ada', { method: 'DELETE' });
    expect([status, json.code]).toEqual([403, 'PERMISSION_DENIED']);
  });

  it('keep the last one who can administer users, whoever would take that', async () => {
    const account = { name: 'sa_ci', roles: ['administrator'] };
    await gateway.call('/v1/service-accounts/sa_ci', { method: 'PUT', json: account });
    const { token } = (await gateway.call('/v1/api-keys', { json: { name: 'ci', serviceAccount: 'sa_ci' } })).json;
    const asKey = { login: null, headers: { authorization: `Bearer ${token}` } };
    const take = () => gateway.call('/v1/users/ada', { ...asKey, method: 'DELETE' });
    const { status, json } = await take();
    expect([status, json.code]).toEqual([409, 'LAST_ADMINISTRATOR']);
    await gateway.call('/v1/groups/heads', { method: 'PUT', json: { name: 'heads', roles: ['administrator'] } });
    await gateway.call('/v1/users', { json: { ...eve, groups: ['heads'] } });
    expect((await take()).status).toBe(204);
  });

  it.each([
    ['role', { name: 'netops', permissions: ['run:read'] }, { roles: ['netops'] }],
    ['group', { name: 'netops', roles: ['viewer'] }, { groups: ['netops'] }],
  ])('keep the %s that they have from being deleted, by whatever way', async (kind, item, having) => {
    const path = `/v1/${kind}s/netops`;
    const only = { catalog: { clusters: [{ name: 'fra' }] } };
    const all = { catalog: { ...only.catalog, [`${kind}s`]: [item] } };
    await gateway.call('/v1/catalog/import?set=site', { json: all });
    await gateway.call('/v1/users', { json: { ...eve, ...having } });
    const refused = await gateway.call(path, { method: 'DELETE' });
    expect([refused.status, refused.json.code]).toEqual([409, 'CATALOG_ITEM_IN_USE']);
    expect(refused.json.usedBy).toEqual([{ kind: 'user', name: 'eve' }]);
    const pruned = await gateway.call('/v1/catalog/import?set=site&prune=true', { json: only });
    expect(pruned.json.items).toContainEqual(expect.objectContaining({ kind, name: 'netops', state: 'conflict' }));
    await gateway.call('/v1/users/eve', { method: 'DELETE' });
    expect((await gateway.call(path, { method: 'DELETE' })).status).toBe(204);
  });

  it.each([{}, { ...eve, roles: ['root'] }, { ...eve, password: 'short' }, { ...eve, isAdmin: true }])(
    'are refused when they are not valid: %j',
    async (json) => {
      const answer = await gateway.call('/v1/users', { json });
      expect([answer.status, answer.json.code]).toEqual([400, 'BODY_INVALID']);
    },
  );
});

describe('API keys', () => {
  it('let a program in until they are revoked, and are shown once', async () => {
    const { status, json } = await gateway.call('/v1/api-keys', { json: { name: 'ci', serviceAccount: 'sa_ci' } });
    expect([status, json.createdBy]).toEqual([201, 'ada']);
    const headers = { authorization: `Bearer ${json.token}` };
    expect((await gateway.call('/v1/me', { login: null, headers })).json).toMatchObject({
      name: 'sa_ci',
      kind: 'service-account',
      roles: ['operator'],
    });
    expect((await gateway.call('/v1/api-keys')).text).not.toContain(json.token);
    expect((await gateway.call(`/v1/api-keys/${json.id}`, { method: 'DELETE' })).status).toBe(204);
    expect((await gateway.call('/v1/me', { login: null, headers })).status).toBe(401);
    expect((await gateway.call(`/v1/api-keys/${json.id}`, { method: 'DELETE' })).json.code).toBe('API_KEY_NOT_FOUND');
  });

  it('may end by themselves', async () => {
    const expiresAt = new Date(gateway.clock.nowMs() + 60_000).toISOString();
    const { json } = await gateway.call('/v1/api-keys', { json: { name: 'ci', serviceAccount: 'sa_ci', expiresAt } });
    const headers = { authorization: `Bearer ${json.token}` };
    expect((await gateway.call('/v1/me', { login: null, headers })).status).toBe(200);
    gateway.clock.advance(61_000);
    expect((await gateway.call('/v1/me', { login: null, headers })).status).toBe(401);
  });
});

it.each(['/v1/users', '/v1/api-keys'])('%s is for administrators', async (path) => {
  expect((await gateway.call(path, { login: 'olga:secret' })).status).toBe(403);
});

describe('an API key that cannot be made', () => {
  it.each([
    ['is for nobody', {}, 'BODY_INVALID'],
    ['is for two', { user: 'ada', serviceAccount: 'sa_ci' }, 'BODY_INVALID'],
    ['is for a user who is not there', { user: 'nobody' }, 'ACCOUNT_NOT_FOUND'],
    ['is for a service account that is not there', { serviceAccount: 'nobody' }, 'ACCOUNT_NOT_FOUND'],
    ['reaches a service that is not there', { user: 'ada', services: ['show', 'nothing'] }, 'BODY_INVALID'],
    ['reaches no service at all', { user: 'ada', services: [] }, 'BODY_INVALID'],
  ])('%s', async (_, body, code) => {
    const answer = await gateway.call('/v1/api-keys', { json: { name: 'ci', ...body } });
    expect(answer.json.code).toBe(code);
    expect((await gateway.call('/v1/api-keys')).json.items).toEqual([]);
  });
});

it('an API key with a list of services administers nothing, whoever made it', async () => {
  const given = { name: 'ci', user: 'ada', services: ['show'] };
  const { json } = await gateway.call('/v1/api-keys', { json: given });
  const headers = { authorization: `Bearer ${json.token}` };
  expect((await gateway.call('/v1/me', { login: null, headers })).json).toMatchObject({ services: ['show'] });
  for (const path of ['/v1/users', '/v1/audit', '/v1/catalog/export', '/v1/services', '/queues/api/queues']) {
    expect([path, (await gateway.call(path, { login: null, headers })).status]).toEqual([path, 403]);
  }
  const other = { method: 'PUT', json: { type: 'no-op' }, login: null, headers };
  expect((await gateway.call('/v1/services/other', other)).status).toBe(403);
});

it('an API key with a list of services sees and ends the runs of these alone', async () => {
  const start = async (service: string) =>
    (await gateway.call('/v1/runs', { json: { service, devices: ['d1'] } })).json.id as string;
  const [own, foreign] = [await start('show'), await start('own')];
  const { json } = await gateway.call('/v1/api-keys', { json: { name: 'ci', user: 'ada', services: ['show'] } });
  const as = { login: null, headers: { authorization: `Bearer ${json.token}` } };
  for (const path of ['', '/devices', '/devices/d1', '/log', '/events', '/tree', '/steps', '/why']) {
    const answer = await gateway.call(`/v1/runs/${foreign}${path}`, as);
    expect([path, answer.status, answer.json.code]).toEqual([path, 403, 'SERVICE_RUN_DENIED']);
  }
  const bodies = { cancel: null, pause: null, resume: null, rerun: {}, approve: { step: 'a' } };
  for (const [verb, json] of Object.entries(bodies)) {
    const given = json ? { json } : { method: 'POST' };
    const answer = await gateway.call(`/v1/runs/${foreign}/${verb}`, { ...as, ...given });
    expect([verb, answer.json.code]).toEqual([verb, 'SERVICE_RUN_DENIED']);
  }
  expect((await gateway.call('/v1/runs', as)).json.items.map(({ id }: { id: string }) => id)).toEqual([own]);
  const found = await gateway.call('/rest/search', { ...as, json: { type: 'run' } });
  expect(found.json.map(({ job_id: id }: { job_id: string }) => id)).toEqual([own]);
  const denied = await gateway.call('/v1/audit?decision=denied&action=call');
  expect(denied.json.items.at(-1)).toMatchObject({
    actor: 'ada',
    reason: expect.stringMatching(/^SERVICE_RUN_DENIED/),
  });
  expect((await gateway.call(`/v1/runs/${own}/cancel`, { ...as, method: 'POST' })).status).toBe(202);
});
