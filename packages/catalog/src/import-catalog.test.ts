import { beforeEach, describe, expect, it } from '@jest/globals';
import { packBundle } from '@runyard/contracts';
import type { SecretBox } from '@runyard/domain';
import { MemoryCatalogStore, TestClock } from '@runyard/testkit';
import { documentsOf } from './catalog-document.ts';
import { exportCatalog } from './export-catalog.ts';
import { importCatalog, type ImportCatalogOptions } from './import-catalog.ts';
import { type CatalogFormat, readCatalogText } from './read-catalog.ts';

/** A service file as a Gateway writes it, with what it lets pass in silence. */
const GATEWAY_FILE = `
decorators:
  - name: access-port
    schema:
      $id: root
      $schema: https://json-schema.org/draft/2020-12/schema
      type: object
      required: [host]
      properties:
        host: {type: string, format: hostname}
        vlan: {type: integer, default: 7}
    argument_order: [host, vlan]
repositories:
  - name: net-scripts
    description: ""
    url: git@git.example.net:net/scripts.git
    reference: main
    tags: [net, demo]
    private-key-name: git-key
    username: ""
    password-name: ""
  - name: infra
    url: https://git.example.net/infra.git
    username: robot
    password-name: git-token
services:
  - name: set-vlan
    type: python-script
    description: Sets a VLAN
    repository: net-scripts
    working-directory: ports
    filename: main.py
    decorator: access-port
    tags: [ports]
    secrets:
      - name: api-token
        type: env
        target: API_TOKEN
    runtime:
      env: {PYTHONUNBUFFERED: "1"}
      req-file: requirements.txt
  - name: banner
    type: ansible-playbook
    repository: net-scripts
    working-directory: ""
    playbooks: [site.yml]
    runtime:
      inventory: [hosts.ini]
      forks: 5
      colour: true
  - name: infra
    type: opentofu-plan
    repository: infra
    working-directory: vpc
    vars: [region=eu]
    state-file: null
  - name: hello
    type: executable
    repository: net-scripts
    filename: hello.sh
    executable-object: shell
    arg-format: "{{.Key}}={{.Value}}"
    owner: network team
secrets:
  - name: git-key
    value: a planted private key
  - name: api-token
registries:
  - name: private-pypi
    type: pypi
    url: http://pypi.example.net/simple
    default: false
executable-objects:
  - name: shell
    exec-command: /bin/sh
    description: The shell
users:
  - name: admin
    password: a planted password
`;

const secrets: SecretBox = {
  seal: (text) => `sealed:${Buffer.from(text).toString('base64')}`,
  open: (sealed) => Buffer.from(sealed.slice(7), 'base64').toString(),
};

let catalog: MemoryCatalogStore;
beforeEach(() => {
  catalog = new MemoryCatalogStore(new TestClock());
});

type Options = Partial<ImportCatalogOptions>;

async function read(text: string, format?: CatalogFormat) {
  const { documents, problems, warnings, hasGatewayFile } = await readCatalogText(text, format);
  expect(problems).toEqual([]);
  return { documents, warnings, isLenient: hasGatewayFile };
}

async function importText(text: string, options: Options = {}) {
  const { documents, isLenient } = await read(text);
  return importCatalog({ catalog, secrets, documents, isLenient, ...options });
}

const states = ({ items }: Awaited<ReturnType<typeof importCatalog>>) =>
  items.map(({ kind, name, state }) => `${state} ${kind} ${name}`);
const names = async (kind: 'device' | 'pool' | 'service') => (await catalog.view()).names(kind);

const pools = (...items: [string, string][]) =>
  `pools:\n${items.map(([name, description]) => `- {name: ${name}, description: ${description}}\n`).join('')}`;

describe('a service file of a Gateway', () => {
  it('loads as it is, with a warning for each field that is left out', async () => {
    const { documents, warnings } = await read(GATEWAY_FILE);
    expect(warnings.map(({ path, line, message }) => `${line} ${path}: ${message}`)).toEqual([
      '77 /users: `users` is not supported by this version; it is left out',
      expect.stringMatching(/^50 \/services\/1\/runtime\/colour: unknown key `colour`.*; it is left out$/),
      expect.stringMatching(/^63 \/services\/3\/owner: unknown key `owner`.*; it is left out$/),
    ]);
    const imported = await importCatalog({ catalog, secrets, documents, isLenient: true });
    expect(imported.warnings.map(({ path, message }) => `${path}: ${message}`)).toEqual([
      '/secrets/1/value: the secret `api-token` has no value yet; it is left out',
      '/repositories/1/password-name: there is no secret `git-token`',
      '/services/0/secrets/0/name: there is no secret `api-token`',
    ]);
    expect(imported.counts).toEqual({ add: 10, replacement: 0, conflict: 0, unchanged: 0, delete: 0 });
    const view = await catalog.view();
    expect(view.get('repository', 'net-scripts')?.item).toEqual({
      name: 'net-scripts',
      url: 'git@git.example.net:net/scripts.git',
      reference: 'main',
      tags: ['net', 'demo'],
      privateKeyName: 'git-key',
    });
    expect(view.get('decorator', 'access-port')?.item).toMatchObject({
      schema: { $id: 'root', properties: { vlan: { default: 7 } } },
      argumentOrder: ['host', 'vlan'],
    });
    expect(view.get('service', 'set-vlan')?.item).toMatchObject({
      repository: 'net-scripts',
      workingDirectory: 'ports',
      decorator: 'access-port',
      secrets: [{ name: 'api-token', type: 'env', target: 'API_TOKEN' }],
      settings: { filename: 'main.py', runtime: { env: { PYTHONUNBUFFERED: '1' }, reqFile: 'requirements.txt' } },
    });
    expect(view.get('executable-object', 'shell')?.item).toMatchObject({ execCommand: '/bin/sh' });
    expect(view.get('registry', 'private-pypi')?.item).toMatchObject({ type: 'pypi', default: false });
  });

  it('changes nothing when it comes again, nor does what is exported after it', async () => {
    await importText(GATEWAY_FILE);
    const revision = (await catalog.view()).revision;
    const again = await importText(GATEWAY_FILE, { force: true, prune: true });
    expect([states(again), again.counts.unchanged, again.revision]).toEqual([[], 10, revision]);
    const exported = [...exportCatalog(await catalog.view())].join('');
    expect(exported).not.toContain('planted');
    const back = await importText(exported, { force: true, prune: true });
    expect([states(back), back.counts.unchanged, back.revision]).toEqual([[], 10, revision]);
  });

  it('is no such file once something is in it that only we have', async () => {
    const { hasGatewayFile: gateway } = await readCatalogText(GATEWAY_FILE.replace('owner: network team', 'colour: x'));
    const { hasGatewayFile: timeout, problems } = await readCatalogText(
      GATEWAY_FILE.replace('owner: network team', 'timeout: 5s'),
    );
    const { hasGatewayFile: pool } = await readCatalogText(`${GATEWAY_FILE}\npools: []`);
    expect([gateway, timeout, pool]).toEqual([true, false, false]);
    expect(problems.map(({ path }) => path)).toContain('/services/1/runtime/colour');
    expect((await readCatalogText(pools(['a', 'x']), 'gateway')).hasGatewayFile).toBe(true);
  });
});

describe('importing', () => {
  it('tells for each item what became of it, and leaves conflicts as they are', async () => {
    await importText(pools(['a', 'one'], ['b', 'one']));
    const imported = await importText(pools(['a', 'one'], ['b', 'two'], ['c', 'one']));
    expect(states(imported)).toEqual(['conflict pool b', 'add pool c']);
    expect(imported.items[0]?.reason).toBe('is there and differs; force replaces it');
    expect(imported.counts).toEqual({ add: 1, replacement: 0, conflict: 1, unchanged: 1, delete: 0 });
    expect((await catalog.view()).get('pool', 'b')?.item.description).toBe('one');
  });

  it('replaces with force', async () => {
    await importText(pools(['a', 'one']));
    const imported = await importText(pools(['a', 'two']), { force: true });
    expect(states(imported)).toEqual(['replacement pool a']);
    expect((await catalog.view()).get('pool', 'a')).toMatchObject({ item: { description: 'two' }, version: 2 });
  });

  it('writes nothing when it only checks, and says the same', async () => {
    await importText(pools(['a', 'one'], ['b', 'one']));
    const before = (await catalog.view()).revision;
    const rules = { force: true, prune: true };
    const checked = await importText(pools(['a', 'two'], ['c', 'one']), { ...rules, check: true });
    expect((await catalog.view()).revision).toBe(before);
    const done = await importText(pools(['a', 'two'], ['c', 'one']), rules);
    expect(states(checked)).toEqual(['replacement pool a', 'add pool c', 'delete pool b']);
    expect(states(done)).toEqual(states(checked));
  });

  it('prunes what the set had before, and nothing else', async () => {
    await catalog.write([{ kind: 'pool', action: 'put', item: { name: 'by-hand' } }], 0);
    await importText(pools(['a', 'x'], ['b', 'x']), { set: 'one' });
    await importText(pools(['c', 'x'], ['d', 'x']), { set: 'two' });
    const imported = await importText(pools(['a', 'x']), { set: 'one', prune: true });
    expect(states(imported)).toEqual(['delete pool b']);
    expect(await names('pool')).toEqual(['a', 'by-hand', 'c', 'd']);
  });

  it('leaves an item to whoever made it when it is the same', async () => {
    await catalog.write([{ kind: 'pool', action: 'put', item: { name: 'a', description: 'x' } }], 0);
    await importText(pools(['a', 'x'], ['b', 'x']));
    await importText(pools(['b', 'x']), { prune: true });
    expect(await names('pool')).toEqual(['a', 'b']);
  });

  it('does not prune what others use, nor what that uses', async () => {
    const devices = 'devices:\n- {name: r1, address: 10.0.0.1}\n- {name: r2, address: 10.0.0.2}\n';
    await importText(`${devices}pools:\n- {name: p, devices: [r1]}\n- {name: q, devices: [r2]}\n`, { set: 'one' });
    await importText('services:\n- {name: s, type: no-op, targets: {pools: [p]}}\n', { set: 'two' });
    const imported = await importText('devices:\n- {name: r3, address: 10.0.0.3}\n', { set: 'one', prune: true });
    expect(states(imported).sort()).toEqual([
      'add device r3',
      'conflict device r1',
      'conflict pool p',
      'delete device r2',
      'delete pool q',
    ]);
    expect(imported.items.find(({ name }) => name === 'r1')?.reason).toBe('is used by pool p');
    expect(await names('device')).toEqual(['r1', 'r3']);
    // Once nobody uses them any more, they go.
    await importText('clusters: [{name: x}]', { set: 'two', prune: true });
    const later = await importText('devices:\n- {name: r3, address: 10.0.0.3}\n', { set: 'one', prune: true });
    expect(states(later)).toEqual(['delete pool p', 'delete device r1']);
  });

  it('refuses to prune with nothing, which would delete all of the set', async () => {
    await importText(pools(['a', 'x']));
    await expect(importText('pools: []', { prune: true })).rejects.toMatchObject({ code: 'CATALOG_INVALID' });
    expect(await names('pool')).toEqual(['a']);
  });

  it('refuses references to nothing in a file of ours, and writes nothing', async () => {
    const text = 'services:\n- {name: s, type: no-op, decorator: zz}\npools: [{name: p}]\n';
    await expect(importText(text)).rejects.toMatchObject({
      code: 'CATALOG_INVALID',
      errors: [{ path: '/services/0/decorator', message: 'there is no decorator `zz`', line: 2 }],
    });
    expect(await names('pool')).toEqual([]);
  });

  it('goes on when somebody else writes meanwhile', async () => {
    const write = catalog.write.bind(catalog);
    let others = 2;
    catalog.write = async (changes, revision) => {
      if (others-- > 0) await write([{ kind: 'pool', action: 'put', item: { name: `other${others}` } }], revision);
      return write(changes, revision);
    };
    expect(states(await importText(pools(['a', 'x'])))).toEqual(['add pool a']);
    expect(await names('pool')).toEqual(['a', 'other0', 'other1']);
  });

  it('takes the files of services along, and refuses those that are not there', async () => {
    const bundle = packBundle([{ path: 'a', mode: 0o644, data: Buffer.from('x') }]);
    const documents = documentsOf({
      services: [{ name: 's', type: 'executable', filename: 'a', bundle: bundle.hash }],
    });
    await expect(importCatalog({ catalog, secrets, documents })).rejects.toMatchObject({ code: 'CATALOG_INVALID' });
    await importCatalog({ catalog, secrets, documents, bundles: [bundle] });
    expect(await catalog.bundle(bundle.hash)).toEqual(bundle.content);
  });
});

describe('a text that came over the network', () => {
  it('may name no file and no variable of this machine', async () => {
    const { problems, documents } = await readCatalogText(`
secrets: [{name: a, value: {env: HOME}}]
credentials: [{name: c, password: {file: /etc/passwd}}]
decorators: [{name: d, file: /etc/passwd}]
services: [{name: s, type: executable, filename: x, source: /etc}]
`);
    expect(problems.map(({ path, line }) => `${line} ${path}`)).toEqual([
      '2 /secrets/0/value',
      '3 /credentials/0/password',
      '4 /decorators/0/file',
      '5 /services/0/source',
    ]);
    expect(documents).toEqual([]);
  });
});
