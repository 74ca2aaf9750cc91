import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { startGateway, type TestGateway } from './start-gateway.ts';

let gateway: TestGateway;
beforeEach(async () => {
  gateway = await startGateway();
});
afterEach(() => gateway.stop());

const device = { name: 'r1', address: '10.1.0.1', cluster: 'ams' };
const put = (path: string, json: object, headers = {}) => gateway.call(path, { method: 'PUT', json, headers });
const names = (json: { items: { item: { name: string } }[] }) => json.items.map(({ item }) => item.name);

describe('one item', () => {
  it('is created, given back with its version, and replaced', async () => {
    const created = await put('/v1/devices/r1', device);
    expect([created.status, created.json.version, created.headers.get('etag')]).toEqual([201, 1, '"1"']);
    expect(created.headers.get('location')).toBe('/v1/devices/r1');
    const replaced = await put('/v1/devices/r1', { ...device, port: 22 });
    expect([replaced.status, replaced.json.version]).toEqual([200, 2]);
    const { json } = await gateway.call('/v1/devices/r1');
    expect(json).toEqual({ item: { ...device, port: 22 }, version: 2, updatedAt: '2026-11-21T00:23:15.311Z' });
  });

  it('is not sent again to who has it', async () => {
    const answer = await gateway.call('/v1/devices/d1', { headers: { 'if-none-match': '"1"' } });
    expect([answer.status, answer.text]).toEqual([304, '']);
  });

  it('is written only over the version that the caller saw', async () => {
    await put('/v1/devices/r1', device);
    expect((await put('/v1/devices/r1', { ...device, port: 23 }, { 'if-match': '"1"' })).status).toBe(200);
    const late = await put('/v1/devices/r1', { ...device, port: 24 }, { 'if-match': '"1"' });
    expect([late.status, late.json.code]).toEqual([412, 'PRECONDITION_FAILED']);
    const taken = await put('/v1/devices/r1', device, { 'if-none-match': '*' });
    expect([taken.status, taken.json.code]).toEqual([412, 'PRECONDITION_FAILED']);
    const gone = await gateway.call('/v1/devices/r1', { method: 'DELETE', headers: { 'if-match': '"1"' } });
    expect(gone.status).toBe(412);
  });

  it('has the name of its address', async () => {
    const answer = await put('/v1/devices/other', device);
    expect([answer.status, answer.json.errors]).toEqual([
      400,
      [{ path: '/name', message: "must be the name in the address, 'other'" }],
    ]);
  });

  it('that others use is not deleted, and they are named', async () => {
    const used = await gateway.call('/v1/devices/d3', { method: 'DELETE' });
    expect([used.status, used.json.code]).toEqual([409, 'CATALOG_ITEM_IN_USE']);
    expect(used.json.usedBy).toEqual([{ kind: 'service', name: 'own' }]);
    expect((await gateway.call('/v1/devices/d1', { method: 'DELETE' })).status).toBe(204);
    expect((await gateway.call('/v1/devices/d1')).json.code).toBe('CATALOG_ITEM_NOT_FOUND');
  });

  it('may have any name that fits into an address', async () => {
    const name = 'a/b c%ä?';
    expect((await put(`/v1/devices/${encodeURIComponent(name)}`, { ...device, name })).status).toBe(201);
    expect((await gateway.call(`/v1/devices/${encodeURIComponent(name)}`)).json.item.name).toBe(name);
  });

  it('is changed by administrators only', async () => {
    const answer = await gateway.call('/v1/devices/r1', { method: 'PUT', json: device, login: 'olga:secret' });
    expect([answer.status, answer.json.code]).toEqual([403, 'PERMISSION_DENIED']);
    expect((await gateway.call('/v1/devices/d1', { login: 'olga:secret' })).status).toBe(200);
  });

  it('is refused when a page of another site sends it', async () => {
    const foreign = await put('/v1/devices/r1', device, { origin: 'https://evil.example' });
    expect([foreign.status, foreign.json.code]).toEqual([403, 'PERMISSION_DENIED']);
    expect((await put('/v1/devices/r1', device, { origin: gateway.url })).status).toBe(201);
  });
});

describe('a list', () => {
  it('comes by name, in pages that neither repeat nor skip', async () => {
    const first = (await gateway.call('/v1/devices?limit=2')).json;
    expect(names(first)).toEqual(['d1', 'd2']);
    await gateway.call('/v1/devices/d1', { method: 'DELETE' });
    const second = (await gateway.call(`/v1/devices?limit=2&cursor=${first.cursor}`)).json;
    expect(names(second)).toEqual(['d3', 'd4']);
    const last = (await gateway.call(`/v1/devices?limit=2&cursor=${second.cursor}`)).json;
    expect([names(last), last.cursor]).toEqual([['d5'], null]);
  });

  it('can be filtered', async () => {
    expect(names((await gateway.call('/v1/devices?address=10.0.0.3')).json)).toEqual(['d3']);
    expect(names((await gateway.call('/v1/services?type=ping')).json)).toEqual([]);
    expect((await gateway.call('/v1/pools?address=x')).status).toBe(400);
  });

  it('shows who is in a pool', async () => {
    expect(names((await gateway.call('/v1/pools/pair/devices')).json)).toEqual(['d4', 'd5']);
    expect((await gateway.call('/v1/pools/nope/devices')).status).toBe(404);
  });
});

describe('services', () => {
  it('keep their versions', async () => {
    await put('/v1/services/show', { name: 'show', type: 'no-op', timeout: '5s' });
    expect((await gateway.call('/v1/services/show/versions')).json).toEqual({ current: 2, versions: [2, 1] });
    expect((await gateway.call('/v1/services/show/versions/1')).json.item.timeout).toBe('30s');
    expect((await gateway.call('/v1/services/show/versions/2')).json.item.timeout).toBe('5s');
    expect((await gateway.call('/v1/services/show/versions/3')).status).toBe(404);
    expect((await gateway.call('/v1/services/show/versions/0x1')).status).toBe(404);
  });
});

describe('secrets', () => {
  it('never come back, in no answer', async () => {
    await put('/v1/secrets/token', { name: 'token', value: 'hunter2hunter2' });
    await put('/v1/credentials/lab', { name: 'lab', username: 'admin', password: 'hunter2hunter2' });
    const answers = await Promise.all(
      ['/v1/secrets', '/v1/secrets/token', '/v1/credentials', '/v1/credentials/lab'].map((path) => gateway.call(path)),
    );
    const sealed = Buffer.from('hunter2hunter2').toString('base64url');
    for (const { status, text } of answers) {
      expect(status).toBe(200);
      expect(text).not.toContain('hunter2');
      expect(text).not.toContain(sealed);
    }
    expect(answers[3]?.json.item.password).toEqual({ kept: true });
    expect(JSON.stringify(gateway.log.entries)).not.toContain('hunter2');
  });
});

describe('applying a catalog', () => {
  const apply = (json: object) => gateway.call('/v1/catalog/apply', { json });

  it('writes all or nothing, and says what changed', async () => {
    const catalog = {
      devices: [device, { name: 'd1', address: '10.0.0.1', cluster: 'ams', attributes: { role: 'core' } }],
    };
    const { status, json } = await apply({ catalog });
    expect([status, json]).toEqual([
      200,
      { added: [{ kind: 'device', name: 'r1' }], changed: [], unchanged: 1, revision: 2, dryRun: false },
    ]);
    const wrong = await apply({
      catalog: { devices: [{ ...device, name: 'r2' }], pools: [{ name: 'p', devices: ['zz'] }] },
    });
    expect([wrong.status, wrong.json.code]).toEqual([400, 'CATALOG_INVALID']);
    expect(wrong.json.errors[0].path).toBe('/catalog/pools/0/devices/0');
    expect((await gateway.call('/v1/devices/r2')).status).toBe(404);
  });

  it('writes nothing when it is a dry run', async () => {
    const { json } = await apply({ catalog: { devices: [device] }, dryRun: true });
    expect(json).toMatchObject({ added: [{ kind: 'device', name: 'r1' }], dryRun: true });
    expect((await gateway.call('/v1/devices/r1')).status).toBe(404);
  });

  it('refuses files that are not what they say', async () => {
    const hash = `sha256-${'0'.repeat(64)}`;
    const broken = await apply({ catalog: {}, bundles: [{ hash, content: '***' }] });
    expect(broken.status).toBe(400);
    const other = await apply({ catalog: {}, bundles: [{ hash, content: 'AAAA' }] });
    expect(other.status).toBe(400);
  });
});

describe('importing devices', () => {
  const send = (body: string, type: string) =>
    gateway.call('/v1/devices/import', { body, headers: { 'content-type': type } });

  it('takes CSV and YAML', async () => {
    const csv = await send('name,address,cluster,site\nr1,10.1.0.1,ams,north\n', 'text/csv');
    expect([csv.status, csv.json.added]).toEqual([200, [{ kind: 'device', name: 'r1' }]]);
    expect((await gateway.call('/v1/devices/r1')).json.item.attributes).toEqual({ site: 'north' });
    const yaml = await send('- {name: r2, address: 10.1.0.2, cluster: ams}\n', 'application/yaml');
    expect([yaml.status, yaml.json.added]).toEqual([200, [{ kind: 'device', name: 'r2' }]]);
  });

  it('tells mistakes with their lines, and writes nothing', async () => {
    const { status, json } = await send('name,address,cluster\nr1,10.1.0.1,ams\nr2,,ams\n', 'text/csv');
    expect([status, json.code]).toEqual([400, 'CATALOG_INVALID']);
    expect(json.errors[0].line).toBe(3);
    expect((await gateway.call('/v1/devices/r1')).status).toBe(404);
  });
});

describe('the same catalog through the eNMS API', () => {
  const post = (type: string, json: unknown) => gateway.call(`/rest/instance/${type}`, { json });

  it('gives and takes devices with their attributes beside the properties', async () => {
    const answer = await post('device', [
      { name: 'r1', ip_address: '10.1.0.1', cluster: 'ams', vendor: 'Cisco' },
      { name: 'r2', cluster: 'ams' },
    ]);
    expect(answer.json.success).toEqual(['r1']);
    expect(answer.json.failure).toEqual([[{ name: 'r2', cluster: 'ams' }, expect.stringContaining('address')]]);
    await post('device', { name: 'r1', model: 'C9300' });
    expect((await gateway.call('/rest/instance/device/r1')).json).toEqual({
      name: 'r1',
      ip_address: '10.1.0.1',
      cluster: 'ams',
      vendor: 'Cisco',
      model: 'C9300',
    });
    expect((await gateway.call('/rest/query/device?vendor=Cisco&model=C9300')).json).toHaveLength(1);
    expect((await gateway.call('/rest/query/device?vendor=Juniper')).json).toEqual([]);
  });

  it('makes the rule of a pool from its property filters', async () => {
    await post('pool', {
      name: 'cores',
      device_role: 'core',
      device_role_match: 'equality',
      device_name: '^d[12]$',
      device_name_match: 'regex',
      device_name_invert: true,
      device_model: '',
    });
    expect(names((await gateway.call('/v1/pools/cores/devices')).json)).toEqual(['d3', 'd4', 'd5']);
  });

  it('updates a service and deletes what nothing uses', async () => {
    expect((await post('service', { name: 'show', type: 'no-op', timeout: '5s' })).json).toEqual({ success: ['show'] });
    expect((await gateway.call('/rest/instance/service/show')).json).toMatchObject({ type: 'no-op', timeout: '5s' });
    expect((await gateway.call('/rest/instance/device/d1', { method: 'DELETE' })).json).toEqual({ success: ['d1'] });
    const used = await gateway.call('/rest/instance/device/d3', { method: 'DELETE' });
    expect([used.status, used.json.alert]).toEqual([409, 'Error 409 - The item is used by others.']);
  });

  it('shows runs and results only to who may see runs, and the catalog to who may see that', async () => {
    const roles = { cat: ['catalog:read'], dog: ['run:read'] };
    for (const [name, permissions] of Object.entries(roles)) {
      await gateway.call(`/v1/roles/${name}`, { method: 'PUT', json: { name, permissions } });
      await gateway.call('/v1/users', { json: { name, roles: [name], password: 'long enough' } });
    }
    const search = async (login: string, type: string) => {
      const json = { type, search_criteria: { parent_runtime: 'none' } };
      return (await gateway.call('/rest/search', { json, login: `${login}:long enough` })).status;
    };
    const types = ['device', 'run', 'result'];
    expect(await Promise.all(types.map((type) => search('cat', type)))).toEqual([200, 403, 403]);
    expect(await Promise.all(types.map((type) => search('dog', type)))).toEqual([403, 200, 404]);
    expect(gateway.audit.entries.filter(({ decision }) => decision === 'denied')).toMatchObject([
      { actor: 'cat', action: 'call', subject: 'POST /rest/search' },
      { actor: 'dog', action: 'call', subject: 'POST /rest/search' },
    ]);
  });

  it('searches, with columns and pages', async () => {
    const body = { type: 'device', columns: ['name', 'role'], search_criteria: { role: 'or' }, start: 1 };
    const { json } = await gateway.call('/rest/search', { json: { ...body, maximum_return_records: 2 } });
    expect(json).toEqual([
      { name: 'd2', role: 'core' },
      { name: 'd3', role: 'core' },
    ]);
    const exact = {
      type: 'device',
      columns: ['name'],
      search_criteria: { ip_address: '10.0.0.1', ip_address_filter: 'equality' },
    };
    expect((await gateway.call('/rest/search', { json: exact })).json).toEqual([{ name: 'd1' }]);
    const pattern = { type: 'device', search_criteria: { name: '(a+)+$', name_filter: 'regex' } };
    expect((await gateway.call('/rest/search', { json: pattern })).status).toBe(400);
  });

  it('finds runs, and all results of one', async () => {
    const { json: run } = await gateway.call('/rest/run_service', {
      json: { name: 'show', devices: ['d1', 'd2'], async: true },
    });
    await gateway.work();
    const runs = { type: 'run', search_criteria: { service_name: 'show', service_name_filter: 'equality' } };
    expect((await gateway.call('/rest/search', { json: runs })).json).toMatchObject([
      { job_id: run.job_id, status: 'Completed' },
    ]);
    const results = {
      type: 'result',
      columns: ['device_name', 'result'],
      search_criteria: { parent_runtime: run.runtime },
    };
    expect((await gateway.call('/rest/search', { json: results })).json).toEqual([
      { device_name: 'd1', result: 'output of d1' },
      { device_name: 'd2', result: 'output of d2' },
    ]);
    expect((await gateway.call('/rest/search', { json: { type: 'result' } })).status).toBe(400);
  });

  it.each(['/rest/instance/task/x', '/rest/query/user', '/rest/instance/device/nope'])(
    'answers 404 at %s',
    async (path) => {
      const { status, json } = await gateway.call(path);
      expect([status, json.alert.slice(0, 9)]).toEqual([404, 'Error 404']);
    },
  );

  it('says that there are no tasks yet', async () => {
    const { status, json } = await gateway.call('/rest/run_task/x', { method: 'POST' });
    expect([status, json.error]).toEqual([404, 'Tasks (schedules) are not supported yet.']);
  });
});
