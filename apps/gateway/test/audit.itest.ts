import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { startGateway, type TestGateway } from './start-gateway.ts';

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
    expect(await entries('?action=login&actor=olga')).toHaveLength(2);
  });

  it('cannot flood the log, however many names are tried', async () => {
    for (let count = 0; count < 400; count += 1) await gateway.call('/v1/me', { login: `n${count}:hunter2-secret` });
    expect(gateway.audit.entries.length).toBeLessThanOrEqual(300);
    expect(gateway.audit.entries.length).toBeGreaterThan(10);
    expect(JSON.stringify(gateway.audit.entries)).not.toContain('hunter2');
  });

  it('is refused also when it cannot be written down', async () => {
    gateway.audit.append = () => Promise.reject(new Error('full'));
    expect((await gateway.call('/v1/me', { login: 'olga:wrong' })).status).toBe(401);
    expect(gateway.log.entries).toContainEqual(expect.objectContaining({ level: 'warn' }));
  });
});
