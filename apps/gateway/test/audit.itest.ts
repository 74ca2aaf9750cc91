import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { basicLogin, startGateway, type TestGateway } from './start-gateway.ts';

let gateway: TestGateway;
beforeEach(async () => {
  gateway = await startGateway();
});
afterEach(() => gateway.stop());

const entries = async (query = '') => (await gateway.call(`/v1/audit${query}`)).json.items;

describe('the audit log', () => {
  it('tells by which credential something was done', async () => {
    const key = (await gateway.call('/v1/api-keys', { json: { name: 'ci', user: 'ada' } })).json;
    const headers = { authorization: `Bearer ${key.token}` };
    const pool = { name: 'core', devices: [] };
    await gateway.call('/v1/pools/core', { method: 'PUT', json: pool, login: null, headers });
    expect(await entries('?action=catalog.put')).toMatchObject([
      { actor: 'ada', credential: key.id, decision: 'allowed', subject: 'pool/core' },
    ]);
  });

  it('shows and filters what the engine decided', async () => {
    const denied = {
      actor: 'olga',
      initiator: 'ada',
      principal: 'sa_ci',
      credential: 'password',
      chain: ['r1', 'r2'],
      decision: 'denied',
      reason: 'SERVICE_RUN_DENIED: no',
      action: 'run.accept',
      subject: 'service/show',
      detail: {},
    } as const;
    await gateway.audit.append(denied);
    await gateway.audit.append({ ...denied, principal: 'sa_other', decision: 'allowed' });
    const shown = { ...denied, id: expect.any(String), at: '2026-11-21T00:23:15.311Z' };
    expect(await entries('?principal=sa_ci')).toEqual([shown]);
    expect(await entries('?decision=denied&actor=olga')).toEqual([shown]);
    expect((await gateway.call('/v1/audit?decision=perhaps')).json.code).toBe('PARAMETER_INVALID');
  });

  it('is for those with the permission audit:read', async () => {
    const role = { name: 'auditor', permissions: ['audit:read'] };
    await gateway.call('/v1/roles/auditor', { method: 'PUT', json: role });
    await gateway.call('/v1/users', { json: { name: 'aud', roles: ['auditor'], password: 'long enough' } });
    expect((await gateway.call('/v1/audit', { login: 'aud:long enough' })).status).toBe(200);
    expect((await gateway.call('/v1/users', { login: 'aud:long enough' })).status).toBe(403);
    expect((await gateway.call('/v1/audit', { login: 'olga:secret' })).status).toBe(403);
  });
});

describe('a failed login', () => {
  it('is written down once a minute for each account, by whatever door it came', async () => {
    for (let count = 0; count < 3; count += 1) await gateway.call('/v1/me', { login: 'olga:wrong' });
    await gateway.call('/v1/session', { json: { username: 'olga', password: 'wrong' }, login: null });
    await gateway.call('/v1/me', { login: 'nobody:wrong' });
    await gateway.call('/v1/me', { login: null, headers: { authorization: 'Bearer nothing' } });
    const denied = { action: 'login', decision: 'denied', detail: { address: '127.0.0.1' } };
    expect(await entries('?action=login')).toMatchObject([
      { ...denied, actor: 'bearer' },
      { ...denied, actor: 'nobody' },
      { ...denied, actor: 'olga', reason: expect.stringContaining('CREDENTIALS_WRONG') },
    ]);
    gateway.clock.advance(60_000);
    await gateway.call('/v1/me', { login: 'olga:wrong' });
    const ofOlga = await entries('?action=login&actor=olga');
    expect(ofOlga.map(({ detail }: { detail: { repeated?: number } }) => detail.repeated)).toEqual([
      undefined,
      3,
      undefined,
    ]);
  });

  it('cannot flood the log, however many names are tried', async () => {
    for (let count = 0; count < 400; count += 1) await gateway.call('/v1/me', { login: `n${count}:hunter2-secret` });
    expect(gateway.audit.entries.length).toBeLessThanOrEqual(100);
    expect(gateway.audit.entries.length).toBeGreaterThan(10);
    expect(JSON.stringify(gateway.audit.entries)).not.toContain('hunter2');
  });

  it('is limited and cut for names that nobody can have, which take no room from what others are denied', async () => {
    const statuses = new Set<number>();
    await gateway.call('/v1/me', { login: 'olga:secret' });
    for (let count = 0; count < 120; count += 1) {
      statuses.add((await gateway.call('/v1/me', { login: `${'n'.repeat(5_000)}${count}:wrong` })).status);
    }
    expect([...statuses]).toEqual([401, 429]);
    expect(Math.max(...gateway.audit.entries.map(({ subject }) => subject.length))).toBeLessThanOrEqual(65);
    await gateway.call('/v1/users', { login: 'olga:secret' });
    expect(gateway.audit.entries.at(-1)).toMatchObject({ actor: 'olga', action: 'call', decision: 'denied' });
  });

  it('is refused also when it cannot be written down', async () => {
    gateway.audit.append = () => Promise.reject(new Error('full'));
    expect((await gateway.call('/v1/me', { login: 'olga:wrong' })).status).toBe(401);
    expect(gateway.log.entries).toContainEqual(expect.objectContaining({ level: 'warn' }));
  });
});

describe('a login', () => {
  it.each([
    ['a session', '/v1/session', { username: 'olga', password: 'secret' }],
    ['a token of the Gateway Manager', '/login', { username: 'olga', password: 'secret' }],
    [
      'an OAuth token',
      '/oauth/token',
      { grant_type: 'client_credentials', client_id: 'olga', client_secret: 'secret' },
    ],
  ])('by %s is written down, once a minute', async (_, path, json) => {
    for (let count = 0; count < 3; count += 1) await gateway.call(path, { json, login: null });
    const login = { actor: 'olga', subject: 'olga', credential: 'password', decision: 'allowed' };
    expect(await entries('?action=login')).toMatchObject([{ ...login, detail: { address: '127.0.0.1' } }]);
    await gateway.decisions.stop();
    expect((await entries('?action=login'))[0]).toMatchObject({ ...login, detail: { repeated: 2 } });
  });

  it('of a program is written down with its API key', async () => {
    const key = (await gateway.call('/v1/api-keys', { json: { name: 'ci', serviceAccount: 'sa_ci' } })).json;
    const json = { grant_type: 'client_credentials', client_id: 'ci', client_secret: key.token };
    await gateway.call('/oauth/token', { json, login: null });
    expect(await entries('?action=login')).toMatchObject([{ actor: 'sa_ci', credential: key.id }]);
  });
});

describe('what somebody may not do', () => {
  it('is written down with the address and the permission that is missing', async () => {
    const headers = { authorization: basicLogin('olga:secret') };
    await gateway.call('/v1/users/ada', { method: 'DELETE', headers, login: null });
    expect(await entries('?decision=denied')).toMatchObject([
      {
        actor: 'olga',
        credential: 'password',
        action: 'call',
        subject: 'DELETE /v1/users/{name}',
        reason: "PERMISSION_DENIED: 'olga' has not the permission user:admin.",
        detail: { path: '/v1/users/ada', code: 'PERMISSION_DENIED' },
      },
    ]);
  });

  it('is written down for who tries to take his own rights', async () => {
    await gateway.call('/v1/users/ada', { method: 'PUT', json: { roles: ['viewer'] } });
    await gateway.call('/v1/users/ada', { method: 'DELETE' });
    const denied = { actor: 'ada', subject: 'ada', decision: 'denied' };
    expect(await entries()).toMatchObject([
      { ...denied, action: 'user.delete' },
      { ...denied, action: 'user.change' },
    ]);
  });
});

describe('what somebody did to a run', () => {
  it('is written down, by whatever door it came', async () => {
    const start = async () =>
      (await gateway.call('/rest/run_service', { json: { name: 'show', devices: ['d1'], async: true } })).json;
    const [first, second] = [await start(), await start()];
    await gateway.call(`/v1/runs/${first.job_id}/pause`, { json: { reason: 'new router' } });
    await gateway.call(`/v1/runs/${first.job_id}/resume`, { method: 'POST' });
    await gateway.call(`/v1/runs/${first.job_id}/cancel`, { method: 'POST' });
    await gateway.call(`/rest/stop_run/${encodeURIComponent(second.runtime)}`, { method: 'POST' });
    const allowed = { actor: 'ada', credential: 'password', decision: 'allowed' };
    const [stopped, cancelled, resumed, paused] = await entries();
    expect(paused).toMatchObject({
      ...allowed,
      action: 'run.pause',
      detail: { service: 'show', reason: 'new router' },
    });
    expect(resumed).toMatchObject({ ...allowed, action: 'run.resume', subject: first.job_id });
    expect(cancelled).toMatchObject({ ...allowed, action: 'run.cancel', subject: first.job_id });
    expect(stopped).toMatchObject({
      ...allowed,
      action: 'run.cancel',
      subject: second.job_id,
      detail: { door: 'enms' },
    });
  });

  it('is written down for a job of the queue board, before it is done', async () => {
    const job = `${'a'.repeat(24)}-3`;
    await gateway.call(`/queues/api/queues/ams/${job}/clean`, { method: 'PUT' });
    await gateway.call(`/queues/api/queues/ams/${job}/clean`, { method: 'PUT', login: 'olga:secret' });
    expect(await entries()).toMatchObject([
      { actor: 'olga', action: 'call', subject: 'PUT /queues', decision: 'denied' },
      { actor: 'ada', action: 'job.clean', subject: `ams/${job}`, decision: 'allowed' },
    ]);
  });
});

describe('a change of rights', () => {
  it('of a user tells roles and groups as they were and as they are', async () => {
    const json = { roles: ['operator', 'viewer'], groups: ['noc'], password: 'another one' };
    await gateway.call('/v1/users/olga', { method: 'PUT', json });
    await gateway.call('/v1/users/olga', { method: 'PUT', json: { groups: [], disabled: true } });
    expect((await entries('?action=user.change')).map(({ detail }: { detail: object }) => detail)).toEqual([
      { changed: 'disabled, groups', groupsFrom: 'noc', groupsTo: '', disabled: true },
      {
        changed: 'groups, password, roles',
        rolesFrom: 'operator',
        rolesTo: 'operator, viewer',
        groupsFrom: '',
        groupsTo: 'noc',
      },
    ]);
    expect(JSON.stringify(gateway.audit.entries)).not.toContain('another one');
  });

  it('in the catalog tells which roles, groups and service accounts were written', async () => {
    const roles = Array.from({ length: 25 }, (_, index) => ({ name: `r${index}`, permissions: [] }));
    const catalog = { roles: roles.slice(0, 1), groups: [{ name: 'noc', roles: [] }], clusters: [{ name: 'osl' }] };
    await gateway.call('/v1/catalog/apply', { json: { catalog } });
    await gateway.call('/v1/catalog/import', { json: { catalog: { roles } } });
    await gateway.call('/v1/catalog/apply', { json: { catalog: { clusters: [{ name: 'par' }] } } });
    const [plain, imported, applied] = await entries();
    expect(applied).toMatchObject({ action: 'catalog.apply', detail: { rights: 'role/r0, group/noc' } });
    expect(imported.detail.rights).toMatch(/^role\/r1, .*role\/r20 and 4 more$/);
    expect(plain.detail).not.toHaveProperty('rights');
  });
});
