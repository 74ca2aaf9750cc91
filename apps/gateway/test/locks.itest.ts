import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { startGateway, type TestGateway } from './start-gateway.ts';

let gateway: TestGateway;
beforeEach(async () => {
  gateway = await startGateway();
});
afterEach(() => gateway.stop());

const OLGA = 'olga:secret';

function holder(device: string) {
  return { runId: 'a'.repeat(24), device, service: 'backup', principal: 'olga' };
}

async function hold(key: string, device = 'r1'): Promise<number> {
  const lease = await gateway.locks.acquire(key, holder(device));
  if (!('token' in lease)) throw new Error('somebody has the lock');
  return lease.token;
}

const path = (key: string) => `/v1/locks/${encodeURIComponent(key)}`;

describe('locks', () => {
  it('are shown page by page, and one by one, also to operators', async () => {
    for (const key of ['device/r1', 'device/r2', 'site ö?&#%']) await hold(key);
    await gateway.locks.acquire('device/r1', holder('r9'));
    const first = await gateway.call('/v1/locks?limit=2', { login: OLGA });
    expect(first.json.items).toEqual([
      {
        key: 'device/r1',
        holder: holder('r1'),
        token: gateway.clock.nowMs(),
        heldSince: '2026-11-21T00:23:15.311Z',
        expiresAt: '2026-11-21T00:23:25.311Z',
        waiting: 1,
      },
      expect.objectContaining({ key: 'device/r2' }),
    ]);
    const rest = await gateway.call(`/v1/locks?limit=2&cursor=${encodeURIComponent(first.json.cursor)}`);
    expect(rest.json).toMatchObject({ items: [{ key: 'site ö?&#%' }], cursor: null });
    const one = await gateway.call(path('site ö?&#%'), { login: OLGA });
    expect([one.status, one.json.holder.device]).toEqual([200, 'r1']);
  });

  it.each(['GET', 'DELETE'])('that nobody holds are not found by %s', async (method) => {
    for (const key of ['device/r1', 'k'.repeat(1_000), '%', '..%2F..', '__proto__']) {
      const { status, json } = await gateway.call(path(key), { method });
      expect([key, status, json.code]).toEqual([key, 404, 'LOCK_NOT_FOUND']);
    }
  });

  it('are broken by administrators only, who are told who had them, and it is written down', async () => {
    const token = await hold('device/r1');
    const refused = await gateway.call(path('device/r1'), { method: 'DELETE', login: OLGA });
    expect([refused.status, refused.json.code]).toEqual([403, 'PERMISSION_DENIED']);
    const broken = await gateway.call(path('device/r1'), { method: 'DELETE' });
    expect([broken.status, broken.json]).toEqual([200, expect.objectContaining({ key: 'device/r1', token })]);
    expect((await gateway.call(path('device/r1'))).status).toBe(404);
    const { json } = await gateway.call('/v1/audit?action=lock.break');
    expect(json.items).toEqual([
      {
        id: expect.any(String),
        at: '2026-11-21T00:23:15.311Z',
        actor: 'ada',
        credential: 'password',
        decision: 'allowed',
        action: 'lock.break',
        subject: 'device/r1',
        detail: { runId: 'a'.repeat(24), device: 'r1', service: 'backup', token },
      },
    ]);
  });
});

describe('the audit log', () => {
  const subjects = async (query = '') => {
    const { json } = await gateway.call(`/v1/audit${query}`);
    return json.items.map(({ action, subject }: { action: string; subject: string }) => `${action} ${subject}`);
  };

  it('has what was written to catalog, users and keys, newest first, and no secret', async () => {
    const password = 'long enough';
    await gateway.call('/v1/pools/core', { method: 'PUT', json: { name: 'core', devices: [] } });
    await gateway.call('/v1/pools/core', { method: 'DELETE' });
    await gateway.call('/v1/catalog/apply', { json: { catalog: { pools: [{ name: 'edge', devices: [] }] } } });
    await gateway.call('/v1/catalog/apply', { json: { catalog: { pools: [{ name: 'edge', devices: [] }] } } });
    await gateway.call('/v1/catalog/apply', {
      json: { catalog: { pools: [{ name: 'x', devices: [] }] }, dryRun: true },
    });
    await gateway.call('/v1/devices/import', {
      method: 'POST',
      body: 'name,address\nd99,10.9.9.9\n',
      headers: { 'content-type': 'text/csv' },
    });
    await gateway.call('/rest/instance/pool', { json: { name: 'enms', devices: [] } });
    await gateway.call('/rest/instance/pool/enms', { method: 'DELETE' });
    await gateway.call('/v1/users', { json: { name: 'eve', roles: ['operator'], password } });
    await gateway.call('/v1/users/eve', { method: 'PUT', json: { disabled: true, password } });
    await gateway.call('/v1/users/eve', { method: 'DELETE' });
    const { json: key } = await gateway.call('/v1/api-keys', { json: { name: 'ci', serviceAccount: 'sa_ci' } });
    await gateway.call(`/v1/api-keys/${key.id}`, { method: 'DELETE' });
    expect(await subjects()).toEqual([
      `api-key.revoke ${key.id}`,
      `api-key.create ${key.id}`,
      'user.delete eve',
      'user.change eve',
      'user.create eve',
      'catalog.delete pool/enms',
      'catalog.put pool/enms',
      'catalog.import catalog',
      'catalog.apply catalog',
      'catalog.delete pool/core',
      'catalog.put pool/core',
    ]);
    const written = JSON.stringify(gateway.audit.entries);
    expect([written.includes(password), written.includes(key.token)]).toEqual([false, false]);
  });

  it('has nothing of what was refused', async () => {
    await gateway.call('/v1/pools/core', { method: 'PUT', json: { name: 'other', devices: [] } });
    await gateway.call('/v1/pools/nothing', { method: 'DELETE' });
    await gateway.call('/v1/users', { json: { name: 'ada', roles: ['operator'], password: 'long enough' } });
    await gateway.call('/v1/users/nobody', { method: 'DELETE' });
    await gateway.call('/v1/api-keys/nothing', { method: 'DELETE' });
    expect(await subjects()).toEqual([]);
  });

  it('is filtered and paged', async () => {
    const write = (actor: string, action: string, subject: string) =>
      gateway.audit.append({ actor, action, subject, detail: {} });
    await write('ada', 'lock.break', 'a');
    await write('olga', 'lock.break', 'b');
    gateway.clock.advance(60_000);
    await write('ada', 'cluster.pause', 'ams');
    expect(await subjects('?actor=ada')).toEqual(['cluster.pause ams', 'lock.break a']);
    expect(await subjects('?subject=b')).toEqual(['lock.break b']);
    expect(await subjects('?since=2026-11-21T00:24:00Z')).toEqual(['cluster.pause ams']);
    const first = await gateway.call('/v1/audit?limit=2');
    expect(await subjects(`?limit=2&cursor=${first.json.cursor}`)).toEqual(['lock.break a']);
  });

  it('is for administrators', async () => {
    expect((await gateway.call('/v1/audit', { login: OLGA })).status).toBe(403);
    expect((await gateway.call('/v1/audit?cursor=nothing')).json.code).toBe('CURSOR_INVALID');
    expect((await gateway.call('/v1/audit?since=yesterday')).json.code).toBe('PARAMETER_INVALID');
  });
});
