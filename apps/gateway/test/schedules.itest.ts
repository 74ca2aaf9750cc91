import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { startGateway, type TestGateway } from './start-gateway.ts';

let gateway: TestGateway;
beforeEach(async () => {
  gateway = await startGateway();
});
afterEach(() => gateway.stop());

const nightly = {
  name: 'nightly',
  service: 'show',
  runAs: 'sa_nightly',
  cron: '30 2 * * *',
  timeZone: 'Europe/Oslo',
  devices: ['d1'],
};
const put = (changes: object = {}) =>
  gateway.call('/v1/schedules/nightly', { method: 'PUT', json: { ...nightly, ...changes } });
const get = async () => (await gateway.call('/v1/schedules/nightly')).json;
const post = (path: string, options: Parameters<TestGateway['call']>[1] = {}) =>
  gateway.call(`/v1/schedules/nightly/${path}`, { method: 'POST', ...options });

describe('a schedule', () => {
  it('is created with its defaults and shows its next five slots', async () => {
    expect((await put()).status).toBe(201);
    expect(await get()).toEqual({
      item: { ...nightly, enabled: true, overlap: 'skip', misfire: 'skip' },
      version: 1,
      updatedAt: '2026-11-21T00:23:15.311Z',
      timeZone: 'Europe/Oslo',
      next: [21, 22, 23, 24, 25].map((day) => `2026-11-${day}T01:30:00.000Z`),
      pause: null,
      waiting: null,
      last: null,
      lastRun: null,
    });
    await put({ enabled: false });
    expect((await get()).next).toEqual([]);
  });

  it.each([
    ['six fields', { cron: '0 30 2 * * *' }, '/cron'],
    ['a zone that is none', { timeZone: 'Europe/Olso' }, '/timeZone'],
    ['a zone in another case', { timeZone: 'europe/oslo' }, '/timeZone'],
    ['an offset as zone', { timeZone: '+02:00' }, '/timeZone'],
    ['no account to run as', { runAs: undefined }, '/runAs'],
  ])('with %s is a 400 that names the place', async (_, changes, path) => {
    const { status, json } = await put(changes);
    expect([status, json.errors.map((error: { path: string }) => error.path)]).toEqual([400, [path]]);
  });

  it('of a service that is not there is refused, and keeps what it uses from being deleted', async () => {
    expect((await put({ service: 'none' })).json.code).toBe('CATALOG_INVALID');
    await put();
    const { json } = await gateway.call('/v1/services/show', { method: 'DELETE' });
    expect([json.code, json.usedBy]).toEqual(['CATALOG_ITEM_IN_USE', [{ kind: 'schedule', name: 'nightly' }]]);
    expect((await gateway.call('/v1/devices/d1', { method: 'DELETE' })).status).toBe(409);
    expect((await gateway.call('/v1/schedules/nightly', { method: 'DELETE' })).status).toBe(204);
    expect((await gateway.call('/v1/services/show', { method: 'DELETE' })).status).toBe(204);
  });

  it('must be disabled to get another cron expression or zone, whichever way', async () => {
    await put();
    for (const changes of [{ cron: '31 2 * * *' }, { timeZone: 'UTC' }]) {
      const { status, json } = await put(changes);
      expect([status, json.code]).toEqual([409, 'SCHEDULE_ENABLED']);
      expect(json.errors.map((error: { path: string }) => error.path)).toEqual([`/${Object.keys(changes)[0]}`]);
    }
    const schedules = [{ ...nightly, cron: '31 2 * * *' }];
    const applied = await gateway.call('/v1/catalog/apply', { json: { catalog: { schedules } } });
    expect([applied.json.code, applied.json.errors]).toEqual([
      'SCHEDULE_ENABLED',
      [{ path: '/catalog/schedules/0/cron', message: expect.stringContaining("'nightly' is enabled; disable it") }],
    ]);
    const imported = await gateway.call('/v1/catalog/import?force=true', { json: { catalog: { schedules } } });
    expect(imported.json.code).toBe('SCHEDULE_ENABLED');
    expect((await put({ misfire: 'once' })).status).toBe(200);
    expect((await put({ enabled: false })).status).toBe(200);
    expect((await put({ enabled: false, cron: '31 2 * * *' })).status).toBe(200);
    expect((await put({ cron: '31 2 * * *' })).status).toBe(200);
    expect((await get()).next[0]).toBe('2026-11-21T01:31:00.000Z');
  });

  it('is exported, and importing that changes nothing', async () => {
    await put();
    const { text } = await gateway.call('/v1/catalog/export');
    expect(text).toContain('time-zone: Europe/Oslo');
    const headers = { 'content-type': 'application/yaml' };
    const { json } = await gateway.call('/v1/catalog/import', { method: 'POST', body: text, headers });
    expect([json.items, json.warnings]).toEqual([[], []]);
  });

  it('runs now as its account for a caller who may act as it, and shows that', async () => {
    await put();
    const refused = await post('run-now', { login: 'olga:secret' });
    expect([refused.status, refused.json.code]).toEqual([403, 'ACT_AS_DENIED']);
    const { status, headers, json } = await post('run-now');
    expect([status, headers.get('location')]).toEqual([202, `/v1/runs/${json.id}`]);
    const run = (await gateway.call(`/v1/runs/${json.id}`)).json;
    expect(run).toMatchObject({ principal: 'sa_nightly', actor: 'ada', door: 'schedule', timeZone: 'Europe/Oslo' });
    expect(run.labels).toEqual({ schedule: 'nightly' });
    const { last, lastRun } = await get();
    expect(lastRun).toBe(json.id);
    expect(last).toEqual({
      slot: null,
      outcome: 'fired',
      at: '2026-11-21T00:23:15.311Z',
      run: json.id,
      by: 'ada',
    });
  });

  it('runs now once for one idempotency key', async () => {
    await put();
    const headers = { 'idempotency-key': 'k' };
    const [first, again] = [await post('run-now', { headers }), await post('run-now', { headers })];
    expect([again.status, again.json.id]).toEqual([202, first.json.id]);
  });

  it('says why it cannot run now', async () => {
    await put({ service: 'off' });
    expect((await post('run-now')).json.code).toBe('SERVICE_DISABLED');
    await put({ devices: [] });
    expect((await post('run-now')).json.code).toBe('TARGETS_EMPTY');
    expect((await gateway.call('/v1/schedules/none/run-now', { method: 'POST' })).json.code).toBe(
      'CATALOG_ITEM_NOT_FOUND',
    );
  });

  it('is not paused because one of its name was, that was deleted', async () => {
    await put();
    await post('run-now');
    await post('pause', { json: {} });
    await gateway.call('/v1/schedules/nightly', { method: 'DELETE' });
    await put();
    const { pause, last, lastRun, next } = await get();
    expect({ pause, last, lastRun, slots: next.length }).toEqual({ pause: null, last: null, lastRun: null, slots: 5 });
  });

  it('is paused by whom and why, shows no next slots meanwhile, and goes on', async () => {
    await put();
    const expected = { at: '2026-11-21T00:23:15.311Z', by: 'ada', reason: 'new core router' };
    const paused = await post('pause', { json: { reason: 'new core router' } });
    expect([paused.status, paused.json.pause, paused.json.next]).toEqual([200, expected, []]);
    await post('pause', { json: { reason: 'again' } });
    expect((await get()).pause).toEqual(expected);
    const { json } = await post('resume');
    expect([json.pause, json.next.length]).toEqual([null, 5]);
    expect((await post('pause', { login: 'olga:secret' })).status).toBe(403);
    const allowed = gateway.audit.entries.filter(({ decision }) => decision === 'allowed');
    const noted = allowed.map(({ action, subject }) => `${action} ${subject}`);
    expect(noted.slice(1)).toEqual(['schedule.pause nightly', 'schedule.resume nightly']);
  });

  it('is paused and resumed only by who may act as its account, as it is saved', async () => {
    await put();
    const editor = { name: 'editor', permissions: ['catalog:read', 'catalog:write'] };
    await gateway.call('/v1/roles/editor', { method: 'PUT', json: editor });
    await gateway.call('/v1/users', { json: { name: 'ed', roles: ['editor'], password: 'long enough' } });
    const asEditor = { login: 'ed:long enough' };
    for (const action of ['pause', 'resume']) {
      const { status, json } = await post(action, asEditor);
      expect([status, json.code]).toEqual([403, 'ACT_AS_DENIED']);
      expect(json.detail).toContain('act-as:sa_nightly');
    }
    expect((await get()).pause).toBeNull();
    expect(gateway.audit.entries.slice(-2)).toMatchObject([
      { actor: 'ed', action: 'schedule.pause', subject: 'nightly', decision: 'denied' },
      { actor: 'ed', action: 'schedule.resume', subject: 'nightly', decision: 'denied' },
    ]);
    const more = { ...editor, permissions: [...editor.permissions, 'act-as:sa_nightly'] };
    await gateway.call('/v1/roles/editor', { method: 'PUT', json: more });
    expect((await post('pause', asEditor)).status).toBe(200);
  });
});

describe('the time zone of a run', () => {
  const run = async (json: object, headers: Record<string, string> = {}) => {
    const answer = await gateway.call('/v1/runs', { json, headers });
    if (answer.status !== 202) return answer.json;
    return (await gateway.call(`/v1/runs/${answer.json.id}`)).json.timeZone;
  };

  it('is that of the request, the header, the service, or none', async () => {
    const service = { name: 'zoned', type: 'no-op', runMethod: 'once', timeZone: 'Europe/Oslo' };
    await gateway.call('/v1/services/zoned', { method: 'PUT', json: service });
    const header = { 'x-time-zone': 'Asia/Tokyo' };
    expect(await run({ service: 'zoned', timeZone: 'America/New_York' }, header)).toBe('America/New_York');
    expect(await run({ service: 'zoned' }, header)).toBe('Asia/Tokyo');
    expect(await run({ service: 'zoned' })).toBe('Europe/Oslo');
    expect(await run({ service: 'once' })).toBeUndefined();
  });

  it('is refused when there is none of that name', async () => {
    expect((await run({ service: 'once' }, { 'x-time-zone': 'Europe/Olso' })).code).toBe('PARAMETER_INVALID');
    expect((await run({ service: 'once', timeZone: 'Europe/Olso' })).errors[0].path).toBe('/timeZone');
  });

  it('of a schedule is before that of its service, and behind the header', async () => {
    const service = { name: 'zoned', type: 'no-op', runMethod: 'once', timeZone: 'Europe/Oslo' };
    await gateway.call('/v1/services/zoned', { method: 'PUT', json: service });
    const zoneOf = async (headers: Record<string, string> = {}) => {
      const { id } = (await post('run-now', { headers })).json;
      return (await gateway.call(`/v1/runs/${id}`)).json.timeZone;
    };
    await put({ service: 'zoned', timeZone: 'UTC' });
    expect(await zoneOf()).toBe('UTC');
    expect(await zoneOf({ 'x-time-zone': 'Asia/Tokyo' })).toBe('Asia/Tokyo');
    await gateway.call('/v1/schedules/nightly', { method: 'DELETE' });
    const { timeZone: _zone, ...zoneless } = nightly;
    await gateway.call('/v1/schedules/nightly', { method: 'PUT', json: { ...zoneless, service: 'zoned' } });
    expect(await zoneOf()).toBe('Europe/Oslo');
    expect((await get()).timeZone).toBe('Europe/Oslo');
  });
});
