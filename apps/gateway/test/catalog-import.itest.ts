import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { startGateway, type TestGateway } from './start-gateway.ts';

let gateway: TestGateway;
beforeEach(async () => {
  gateway = await startGateway();
});
afterEach(() => gateway.stop());

const importText = (body: string, query = '', headers = {}) =>
  gateway.call(`/v1/catalog/import${query}`, {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/yaml', ...headers },
  });
const states = (json: { items: { kind: string; name: string; state: string }[] }) =>
  json.items.map(({ kind, name, state }) => `${state} ${kind} ${name}`);

const GATEWAY_FILE = `
repositories:
  - {name: repo, url: https://git.example.net/a.git, password-name: git-token}
services:
  - {name: hello, type: python-script, repository: repo, filename: a.py, decorator: none-such, owner: me}
`;

describe('importing a catalog', () => {
  it('says for each item what became of it', async () => {
    const { status, json } = await importText('pools:\n- {name: pair}\n- {name: new}\n');
    expect([status, states(json)]).toEqual([200, ['conflict pool pair', 'add pool new']]);
    expect(json).toMatchObject({
      counts: { add: 1, replacement: 0, conflict: 1, unchanged: 0, delete: 0 },
      warnings: [],
      set: 'default',
      check: false,
    });
    const forced = await importText('pools: [{name: pair}]', '?force=true');
    expect(states(forced.json)).toEqual(['replacement pool pair']);
    expect((await gateway.call('/v1/pools/pair')).json).toMatchObject({ version: 2, managedBy: 'default' });
  });

  it('writes nothing when it only checks', async () => {
    const { json } = await importText('pools: [{name: new}]', '?check=true');
    expect([states(json), json.check]).toEqual([['add pool new'], true]);
    expect((await gateway.call('/v1/pools/new')).status).toBe(404);
    expect((await gateway.call('/v1/audit')).json.items).toEqual([]);
  });

  it('prunes only what came with the same set', async () => {
    await importText('pools: [{name: a}, {name: b}]', '?set=one');
    const { json } = await importText('pools: [{name: a}]', '?set=one&prune=true');
    expect(states(json)).toEqual(['delete pool b']);
    const names = (await gateway.call('/v1/pools')).json.items.map(({ item }: { item: { name: string } }) => item.name);
    expect(names).toEqual(['a', 'empty', 'pair']);
    expect((await gateway.call('/v1/audit')).json.items[0]).toMatchObject({
      actor: 'ada',
      action: 'catalog.import',
      detail: { delete: 1, set: 'one' },
    });
  });

  it('takes a service file of a Gateway as it is, with warnings', async () => {
    const { status, json } = await importText(GATEWAY_FILE);
    expect(status).toBe(200);
    expect(states(json)).toEqual(['add repository repo', 'add service hello']);
    expect(json.warnings.map(({ path, line }: { path: string; line: number }) => `${line} ${path}`)).toEqual([
      '5 /services/0/owner',
      '3 /repositories/0/password-name',
      '5 /services/0/decorator',
    ]);
    const strict = await importText(GATEWAY_FILE, '?format=runyard&check=true');
    expect([strict.status, strict.json.code]).toEqual([400, 'CATALOG_INVALID']);
    expect(strict.json.errors[0]).toMatchObject({ path: '/services/0/owner', line: 5 });
  });

  it('takes a JSON body, with the same rules', async () => {
    const catalog = { services: [{ name: 's', type: 'no-op', decorator: 'none-such' }] };
    const strict = await gateway.call('/v1/catalog/import', { json: { catalog } });
    expect([strict.status, strict.json.code]).toEqual([400, 'CATALOG_INVALID']);
    const lenient = await gateway.call('/v1/catalog/import?format=gateway', { json: { catalog } });
    expect([states(lenient.json), lenient.json.warnings]).toEqual([
      ['add service s'],
      [{ path: '/catalog/services/0/decorator', message: 'there is no decorator `none-such`' }],
    ]);
    expect((await gateway.call('/v1/catalog/import', { json: { catalog: { servces: [] } } })).json.code).toBe(
      'BODY_INVALID',
    );
  });

  it.each([
    ['a text that is no YAML', 'a: [', ''],
    ['the same key twice', 'pools: []\npools: []\n', ''],
    [
      'an alias bomb',
      `a: &a [${'x,'.repeat(9)}x]\n`.concat(
        ...Array.from({ length: 8 }, (_, index) => {
          const before = String.fromCharCode(97 + index);
          const name = String.fromCharCode(98 + index);
          return `${name}: &${name} [${`*${before},`.repeat(9)}*${before}]\n`;
        }),
      ),
      '',
    ],
    ['a list', '- a', ''],
    ['a file of the machine', 'secrets: [{name: a, value: {file: /etc/passwd}}]', ''],
    ['an odd set', 'pools: []', '?set=a%20b'],
    ['an unknown parameter', 'pools: []', '?prun=true'],
    ['nothing to prune with', 'pools: []', '?prune=true'],
    ['nothing', '# nothing', ''],
  ])('refuses %s, and writes nothing', async (_, text, query) => {
    const before = (await gateway.catalog.view()).revision;
    const { status } = await importText(text, query);
    expect(status).toBe(400);
    expect((await gateway.catalog.view()).revision).toBe(before);
  });

  it('takes a large text as JSON only, because reading YAML takes long', async () => {
    const pools = Array.from({ length: 30_000 }, (_, index) => ({ name: `p${index}`, description: 'one of many' }));
    const yaml = await importText(`pools:\n${pools.map((pool) => `- ${JSON.stringify(pool)}\n`).join('')}`);
    expect([yaml.status, yaml.json.code]).toEqual([413, 'BODY_TOO_LARGE']);
    const flow = await importText(
      `{pools: [${pools.map(({ name }) => `{name: ${name}, description: one of so many}`).join()}]}`,
    );
    expect(flow.status).toBe(413);
    const { json } = await importText(JSON.stringify({ pools }));
    expect([json.counts.add, json.items.length]).toEqual([30_000, 10_000]);
  });

  it('is for administrators', async () => {
    const answer = await importText('pools: []', '', {
      authorization: `Basic ${Buffer.from('olga:secret').toString('base64')}`,
    });
    expect(answer.status).toBe(403);
  });
});

describe('exporting the catalog', () => {
  it('gives a file that changes nothing when it is imported', async () => {
    await gateway.call('/v1/secrets/token', { method: 'PUT', json: { name: 'token', value: 'a planted value' } });
    const credential = { name: 'lab', username: 'u', password: 'a planted value', token: { secret: 'token' } };
    await gateway.call('/v1/credentials/lab', { method: 'PUT', json: credential });
    const { text, headers } = await gateway.call('/v1/catalog/export');
    expect(headers.get('content-type')).toBe('application/yaml; charset=utf-8');
    expect(text).not.toContain('planted');
    expect(text).not.toContain(Buffer.from('a planted value').toString('base64url'));
    expect(text).toContain('token:\n    secret: token');
    const { json } = await importText(text, '?force=true&prune=true');
    expect([json.items, json.counts.unchanged]).toEqual([[], 16]);
  });

  it('can be of some kinds only', async () => {
    const { text } = await gateway.call('/v1/catalog/export?kinds=pool,cluster');
    expect(text.split('\n').slice(1)).toEqual([
      'clusters:',
      '- name: ams',
      'pools:',
      '- name: empty',
      '  devices: []',
      '- name: pair',
      '  devices:',
      '    - d4',
      '    - d5',
      '',
    ]);
    expect((await gateway.call('/v1/catalog/export?kinds=pools')).json.code).toBe('PARAMETER_INVALID');
  });
});

describe('rotating the key of secrets', () => {
  it('is for administrators, and is written down', async () => {
    const rotate = (login: string) => gateway.call('/v1/secrets/rotate', { method: 'POST', login });
    expect((await rotate('olga:secret')).status).toBe(403);
    const { status, json } = await rotate('ada:secret');
    expect([status, json]).toEqual([200, { resealed: 0, current: 0, unreadable: [], complete: true }]);
    expect((await gateway.call('/v1/audit')).json.items[0]).toMatchObject({ actor: 'ada', action: 'secrets.rotate' });
    // A secret may have that name all the same.
    const secret = { name: 'rotate', value: 'x' };
    expect((await gateway.call('/v1/secrets/rotate', { method: 'PUT', json: secret })).status).toBe(201);
    expect((await gateway.call('/v1/secrets/rotate')).json.item.name).toBe('rotate');
  });
});

describe('the kinds of a Gateway', () => {
  const put = (path: string, json: object) => gateway.call(path, { method: 'PUT', json });

  it('are written, listed and kept while others use them', async () => {
    const decorator = { name: 'port', schema: { $id: 'root', properties: { vlan: { type: 'integer' } } } };
    const shell = { name: 'sh', execCommand: '/bin/sh' };
    const registry = { name: 'pypi', type: 'pypi', url: 'https://pypi.example.net' };
    const repository = { name: 'repo', url: 'git@git.example.net:a/b.git', reference: 'v1' };
    expect((await put('/v1/decorators/port', decorator)).status).toBe(201);
    expect((await put('/v1/executable-objects/sh', shell)).status).toBe(201);
    expect((await put('/v1/registries/pypi', registry)).status).toBe(201);
    expect((await put('/v1/repositories/repo', repository)).status).toBe(201);
    const service = { name: 'hello', type: 'executable', filename: 'a', decorator: 'port', repository: 'repo' };
    expect((await put('/v1/services/hello', { ...service, executableObject: 'sh' })).status).toBe(201);
    for (const [path, item] of [
      ['/v1/decorators', decorator],
      ['/v1/executable-objects', shell],
      ['/v1/registries', registry],
      ['/v1/repositories', repository],
    ] as const) {
      expect((await gateway.call(path)).json.items).toMatchObject([{ item, version: 1 }]);
    }
    for (const path of ['/v1/decorators/port', '/v1/executable-objects/sh', '/v1/repositories/repo']) {
      const used = await gateway.call(path, { method: 'DELETE' });
      expect([used.status, used.json.usedBy]).toEqual([409, [{ kind: 'service', name: 'hello' }]]);
    }
    expect((await gateway.call('/v1/registries/pypi', { method: 'DELETE' })).status).toBe(204);
  });

  it.each([
    ['--upload-pack=x'],
    ['ext::sh -c x'],
    ['-oProxyCommand=x:y'],
    ['https://a b/c'],
    ['/etc'],
    ['git@-oProxyCommand:x'],
  ])('refuse the address %s of a repository', async (url) => {
    const { status, json } = await put('/v1/repositories/r', { name: 'r', url });
    expect([status, json.errors[0].path]).toEqual([400, '/url']);
  });

  it.each([['--x'], ['a..b'], ['a b'], ['a:b'], ['@{u}'], ['']])('refuse the reference %j', async (reference) => {
    const { status, json } = await put('/v1/repositories/r', { name: 'r', url: 'https://x/y', reference });
    expect([status, json.errors[0].path]).toEqual([400, '/reference']);
  });

  it('stand for one thing only: inputs or a decorator, a bundle or a repository', async () => {
    const service = { name: 's', type: 'no-op' };
    const both = await put('/v1/services/s', { ...service, inputs: {}, decorator: 'd' });
    expect(both.json.errors).toEqual([{ path: '', message: 'must not have `inputs` and `decorator` together' }]);
    const files = await put('/v1/services/s', { ...service, bundle: 'a'.repeat(64), repository: 'r' });
    expect(files.json.errors).toEqual([{ path: '', message: 'must not have `bundle` and `repository` together' }]);
  });

  it('check params of a run by the decorator, whatever its draft', async () => {
    const schema = {
      $id: 'root',
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      properties: {
        vlan: { type: 'integer', maximum: 4094, default: 7 },
        host: { type: 'string', format: 'hostname' },
      },
      required: ['host'],
    };
    await put('/v1/decorators/port', { name: 'port', schema });
    await put('/v1/services/show', { name: 'show', type: 'no-op', decorator: 'port' });
    const run = (params: object) => gateway.call('/v1/runs', { json: { service: 'show', devices: ['d1'], params } });
    const wrong = await run({ vlan: 9999, host: '-' });
    expect([wrong.status, wrong.json.errors]).toEqual([
      400,
      [
        { path: '/params/vlan', message: 'must be at most 4094, not 9999' },
        { path: '/params/host', message: 'must be in the format hostname' },
      ],
    ]);
    const { status, json } = await run({ host: 'a.b' });
    expect(status).toBe(202);
    expect((await gateway.runs.get(json.id))?.spec.params).toEqual({ vlan: 7, host: 'a.b' });
    const broken = await put('/v1/decorators/port', { name: 'port', schema: { $ref: 'https://x.example/y.json' } });
    expect(broken.json.errors).toEqual([
      {
        path: '/schema',
        message:
          'the inputs refer to https://x.example/y.json: schemas outside of the service are not fetched; put it under $defs',
      },
    ]);
  });
});
