import { describe, expect, it } from '@jest/globals';
import { type CatalogContent, createValidator, type ServiceDocument } from '@runyard/contracts';
import { CATALOG_KINDS, type CatalogView, type JsonValue, type SecretBox } from '@runyard/domain';
import { MemoryCatalogStore, TestClock } from '@runyard/testkit';
import { applyCatalog } from './apply-catalog.ts';
import { documentsOf } from './catalog-document.ts';
import { exportCatalog, type ExportOptions } from './export-catalog.ts';
import { importCatalog } from './import-catalog.ts';
import { readCatalogText } from './read-catalog.ts';

const PLANTED = 'a planted value';

const secrets: SecretBox = {
  seal: (text) => `sealed:${Buffer.from(text).toString('base64')}`,
  open: (sealed) => Buffer.from(sealed.slice(7), 'base64').toString(),
};

async function catalogWith(content: CatalogContent): Promise<MemoryCatalogStore> {
  const catalog = new MemoryCatalogStore(new TestClock());
  await applyCatalog({ catalog, secrets, documents: documentsOf(content) });
  return catalog;
}

const exported = (view: CatalogView, options?: ExportOptions) => [...exportCatalog(view, options)].join('');

/** Everything that is in a view, for comparing. */
function contentOf(view: CatalogView) {
  return CATALOG_KINDS.map((kind) => view.names(kind).map((name) => [kind, view.get(kind, name)]));
}

async function reimport(catalog: MemoryCatalogStore, text: string) {
  const { documents, problems } = await readCatalogText(text, 'runyard');
  expect(problems).toEqual([]);
  return importCatalog({ catalog, secrets, documents, force: true, prune: true });
}

/** Numbers below 1, the same for the same seed (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Texts that YAML could take for something else. */
const TEXTS = [
  'plain',
  'yes',
  'null',
  '~',
  '0123',
  '1e3',
  '.inf',
  '2026-11-21',
  '<<',
  '*alias',
  '&anchor',
  '!tag',
  '# no comment',
  'a: b',
  '- item',
  '{{ device.name }}',
  '"quoted"',
  "it's",
  'ünïcode 🚀',
  ' blanks at the ends ',
  'two\nlines',
  '\n\nlines\n\n  indented\n\n',
  'tab\there',
  'back\\slash',
  '%directive',
  '---',
  '...',
  '\u0007\u001b[31m',
  '\u2028\u0085',
  '',
];

function generator(seed: number) {
  const random = randomOf(seed);
  const upTo = (limit: number) => Math.floor(random() * limit);
  const pick = <Value>(values: readonly Value[]): Value => values[upTo(values.length)] as Value;
  const maybe = <Key extends string, Value>(key: Key, value: () => Value): { [name in Key]?: Value } =>
    random() < 0.5 ? ({ [key]: value() } as { [name in Key]: Value }) : {};
  const json = (depth: number): JsonValue => {
    const kind = upTo(depth > 0 ? 7 : 5);
    if (kind === 0) return null;
    if (kind === 1) return random() < 0.5;
    if (kind === 2) return pick([0, -1, 1.5, 1e21, 123_456_789_012]);
    if (kind < 5) return pick(TEXTS);
    if (kind === 5) return Array.from({ length: upTo(4) }, () => json(depth - 1));
    return Object.fromEntries(Array.from({ length: upTo(4) }, () => [pick([...TEXTS, '__proto__']), json(depth - 1)]));
  };
  return { upTo, pick, maybe, json, text: () => pick(TEXTS) };
}

function randomCatalog(seed: number): CatalogContent {
  const { upTo, pick, maybe, json, text } = generator(seed);
  const named = (prefix: string) => Array.from({ length: 1 + upTo(4) }, (_, index) => `${prefix} ${index}'é:#`);
  const clusters = ['ams', 'fra-1'];
  const secretNames = named('secret');
  const poolNames = named('pool');
  const deviceNames = named('device');
  const repositories = named('repository');
  const decorators = named('decorator');
  const shells = named('shell');
  const services = named('service');
  const credentials = named('credential');
  const accounts = ['sa_one', 'sa_two'];
  const service = (name: string): ServiceDocument => ({
    ...pick<ServiceDocument>([
      { name, type: 'no-op', delay: pick(['0s', '1.5s', '1h']) },
      { name, type: 'ssh-command', commands: [text() || 'x', 'show'] },
      { name, type: 'http-request', url: 'http://x/{{ a }}', headers: { 'x-a': text() }, json: json(2) as object },
      { name, type: 'executable', filename: 'a', executableObject: pick(shells), argFormat: '-{{.Key}}={{.Value}}' },
      { name, type: 'python-script', filename: 'a.py', runtime: { env: { A_B: text() }, reqFile: 'r.txt' } },
    ]),
    ...pick([{ repository: pick(repositories), workingDirectory: pick(['', 'a/b']) }, {}]),
    ...pick<Partial<ServiceDocument>>([
      { decorator: pick(decorators) },
      { inputs: { $id: 'root', default: json(2), title: text() } },
      {},
    ]),
    ...maybe('description', text),
    ...maybe('tags', () => ['a', text() || 'b']),
    ...maybe('timeout', () => pick(['30s', '1m', '90s', 0.25])),
    ...maybe('retries', () =>
      pick([{ count: 2 }, { delay: '5s' }, { count: 0, delay: '5s', backoff: 'fixed' as const }]),
    ),
    ...maybe('keep', () => pick([{ days: 7 }, { runs: 3 }])),
    ...maybe('lock', () => pick(['none', 'device', '{{ site }}'])),
    ...maybe('secrets', () => [{ name: pick(secretNames), target: 'A_TOKEN' }]),
    ...maybe('targets', () => ({ devices: [pick(deviceNames)], pools: [pick(poolNames)] })),
    ...maybe('skip', () => ({ when: '{{ x }}' })),
    ...maybe('forEach', () => ({ value: [json(1), text()] })),
    ...maybe('cluster', () => pick(clusters)),
    ...maybe('credential', () => pick(credentials)),
    ...maybe('slug', () => `slug-${services.indexOf(name)}`),
    ...maybe('endpoints', () => [
      {
        name: 'a',
        ...maybe('runAs', () => pick(accounts)),
        ...maybe('rateLimit', () => ({ requests: 5, per: '90s' })),
      },
      {
        name: 'b',
        methods: pick([['GET'], ['POST', 'PUT']]),
        parameters: [{ name: 'runMethod', type: 'string', default: text(), ...maybe('required', () => true) }],
      },
    ]),
    ...maybe('maintenance', () => pick([true, false, {}, { message: 'x', retryAfter: '1h' }])),
    ...maybe('cors', () => ({ origins: ['*'] })),
  });
  return {
    clusters: clusters.map((name) => ({ name, ...maybe('rate', () => ({ devices: 5, per: '2s' })) })),
    secrets: secretNames.map((name) => ({ name, value: PLANTED })),
    credentials: credentials.map((name) => ({
      name,
      ...maybe('username', text),
      ...maybe('password', () => PLANTED),
      ...maybe('token', () => ({ secret: pick(secretNames) })),
      ...maybe('pools', () => [pick(poolNames)]),
    })),
    devices: deviceNames.map((name) => ({
      name,
      address: '10.0.0.1',
      ...maybe('attributes', () => ({ a: pick(['x', 'yes', '07']), runMethod: 'x' })),
      ...maybe('description', text),
    })),
    pools: poolNames.map((name) => ({
      name,
      ...maybe('devices', () => [pick(deviceNames)]),
      ...maybe('rule', () => ({
        all: [{ attribute: 'a', matches: '^x' }, { any: [{ property: 'name' as const, empty: true }] }],
      })),
    })),
    repositories: repositories.map((name) => ({
      name,
      url: 'https://git.example.net/a.git',
      ...maybe('reference', () => 'v1.0'),
      ...maybe('passwordName', () => pick(secretNames)),
      ...maybe('privateKeyName', () => pick(secretNames)),
    })),
    decorators: decorators.map((name) => ({
      name,
      schema: { $id: 'root', title: text(), default: json(3), examples: [json(2)] },
    })),
    executableObjects: shells.map((name) => ({ name, execCommand: '/bin/sh', ...maybe('tags', () => ['x']) })),
    registries: named('registry').map((name) => ({
      name,
      type: 'pypi',
      url: 'https://pypi.example.net',
      ...maybe('tokenName', () => pick(secretNames)),
      ...maybe('insecure', () => true),
    })),
    serviceAccounts: accounts.map((name) => ({ name, roles: ['operator'] })),
    services: services.map(service),
    schedules: named('schedule').map((name) => ({
      name,
      service: pick(services),
      runAs: pick(accounts),
      cron: '*/5 * * * 1-5',
      ...maybe('timeZone', () => 'Europe/Oslo'),
      ...maybe('params', () => ({ a: json(2) })),
      ...maybe('enabled', () => false),
      ...maybe('overlap', () => 'queue' as const),
    })),
  };
}

describe('a catalog that is exported and imported again', () => {
  const seeds = Array.from({ length: 100 }, (_, index) => index + 1);
  const validator = createValidator();

  it.each(seeds)('is as it was, and no value of a secret was in between (%d)', async (seed) => {
    const content = randomCatalog(seed);
    expect(validator.check('Catalog', content)).toEqual([]);
    const catalog = await catalogWith(content);
    const before = contentOf(await catalog.view());
    const text = exported(await catalog.view());
    expect(text).not.toContain(PLANTED);
    expect(text).not.toContain('sealed');
    const { items, counts, revision } = await reimport(catalog, text);
    expect([items, revision]).toEqual([[], 1]);
    expect(counts.unchanged).toBe(Object.values(content).flat().length);
    expect(contentOf(await catalog.view())).toEqual(before);
    // Somewhere else, where the secrets are known, the same text makes the same catalog.
    const other = await catalogWith({ secrets: content.secrets ?? [], credentials: credentialsAlone(content) });
    await reimport(other, text);
    expect(exported(await other.view())).toBe(text);
  });
});

/** Their values only: what they refer to comes with the import. */
function credentialsAlone({ credentials = [] }: CatalogContent): NonNullable<CatalogContent['credentials']> {
  return credentials.map(({ pools: _pools, ...credential }) => credential);
}

describe('an export', () => {
  it('is short: what has its default is left out', async () => {
    const catalog = await catalogWith({
      clusters: [{ name: 'ams' }],
      services: [{ name: 's', type: 'no-op', timeout: '30s', runTimeout: '2h', runMethod: 'once', cluster: 'ams' }],
    });
    const text = exported(await catalog.view());
    expect(text.split('\n').slice(1)).toEqual([
      'clusters:',
      '- name: ams',
      'services:',
      '- name: s',
      '  type: no-op',
      '  run-method: once',
      '  run-timeout: 2h',
      '  cluster: ams',
      '',
    ]);
  });

  it('has only the kinds or the set that are asked for', async () => {
    const catalog = await catalogWith({ clusters: [{ name: 'ams' }], pools: [{ name: 'p' }] });
    await importCatalog({ catalog, secrets, documents: documentsOf({ pools: [{ name: 'q' }] }), set: 'mine' });
    const view = await catalog.view();
    expect(exported(view, { kinds: ['pool'] })).toMatch(/^#.*\npools:\n- name: p\n- name: q\n$/);
    expect(exported(view, { set: 'mine' })).toMatch(/^#.*\npools:\n- name: q\n$/);
  });

  it('of nothing is a file that can be read', async () => {
    const { problems, documents } = await readCatalogText(
      exported(await new MemoryCatalogStore(new TestClock()).view()),
    );
    expect([problems, documents]).toEqual([[], []]);
  });
});
