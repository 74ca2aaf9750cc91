import { describe, expect, it } from '@jest/globals';
import { createInputValidator, fromService, toService } from '@runyard/contracts';
import type { CatalogView } from '@runyard/domain';
import { MemoryCatalogStore, putService, sampleSchedule, sampleService, TestClock } from '@runyard/testkit';
import { checkCatalog } from './check-catalog.ts';
import { readCatalogText } from './read-catalog.ts';

async function problemsOf(text: string, view?: CatalogView): Promise<string[]> {
  const { documents, problems } = await readCatalogText(text, 'runyard');
  const checked = checkCatalog(documents, { inputs: createInputValidator(), ...(view ? { view } : {}) });
  return [...problems, ...checked].map(({ path, message }) => `${path}: ${message}`);
}

const endpoint = { name: 'refresh', methods: ['GET'] as const, parameters: [] };

async function viewWith(...services: ReturnType<typeof sampleService>[]): Promise<CatalogView> {
  const store = new MemoryCatalogStore(new TestClock());
  await store.write(services.map(putService), 0);
  return store.view();
}

const OAUTH = `
service-accounts:
  - {name: sa_oauth, roles: [operator]}
services:
  - name: OAuth tokens
    type: no-op
    slug: oauth
    allow-unauthenticated: true
    allow-recursion: true
    maintenance: {message: Back soon., retry-after: 10m}
    rate-limit: {requests: 100, per: 1m}
    cors: {origins: [https://portal.example.com]}
    endpoints:
      - name: refresh
        methods: [GET, POST]
        run-as: sa_oauth
        rate-limit: {requests: 5, per: 1s}
        parameters:
          - {name: tenant, type: string, required: true}
          - {name: level, type: integer, default: 1, enum: [1, 2]}
`;

describe('endpoints of a service', () => {
  it('are read from a file and written again as they were', async () => {
    const { documents, problems } = await readCatalogText(OAUTH, 'runyard');
    expect(problems).toEqual([]);
    const service = documents.find(({ kind }) => kind === 'service');
    if (service?.kind !== 'service') throw new Error('no service was read');
    const stored = toService(service.document);
    expect(stored).toMatchObject({
      slug: 'oauth',
      maintenance: { message: 'Back soon.', retryAfterMs: 600_000 },
      rateLimit: { requests: 100, perMs: 60_000 },
      endpoints: [{ name: 'refresh', runAs: 'sa_oauth', rateLimit: { requests: 5, perMs: 1_000 } }],
    });
    expect(toService(fromService(stored))).toEqual(stored);
    expect(await problemsOf(OAUTH)).toEqual([]);
  });

  it('run as a service account that is there', async () => {
    expect(await problemsOf(OAUTH.replace('run-as: sa_oauth', 'run-as: sa_oath'))).toEqual([
      '/services/0/endpoints/0/run-as: there is no service-account `sa_oath`; did you mean `sa_oauth`?',
    ]);
  });

  it('have names of their own, and so have their parameters', async () => {
    const text = `
services:
  - name: a
    type: no-op
    endpoints:
      - {name: e, parameters: [{name: p, type: string}, {name: p, type: integer}]}
      - {name: e}
`;
    expect(await problemsOf(text)).toEqual([
      '/services/0/endpoints/1/name: the service has two endpoints with the name `e`',
      '/services/0/endpoints/0/parameters/1/name: the endpoint has two parameters `p`',
    ]);
  });

  it.each([
    ['default: x', '/default: must be a whole number such as 7'],
    ['default: 3, enum: [1, 2]', '/default: must be one of 1, 2'],
    ['enum: [1, x]', '/enum/1: must be a whole number such as 7'],
  ])('take no parameter with %s', async (values, problem) => {
    const parameter = `{name: p, type: integer, ${values}}`;
    const text = `services: [{name: a, type: no-op, endpoints: [{name: e, parameters: [${parameter}]}]}]`;
    expect(await problemsOf(text)).toEqual([`/services/0/endpoints/0/parameters/0${problem}`]);
  });

  it.each([
    ['slug: Not-Lower', '/slug'],
    ['endpoints: [{name: a/b}]', '/endpoints/0/name'],
    ['endpoints: [{name: a, methods: [DELETE]}]', '/endpoints/0/methods/0'],
    ['endpoints: [{name: a, methods: []}]', '/endpoints/0/methods'],
    ['endpoints: [{name: a, parameters: [{name: __proto__, type: string}]}]', '/endpoints/0/parameters/0/name'],
    ['rate-limit: {requests: 0, per: 1m}', '/rate-limit/requests'],
    ['rate-limit: {requests: 1, per: 1ms}', '/rate-limit/per'],
    ['maintenance: soon', '/maintenance'],
    ['cors: {origins: [https://a.example/path]}', '/cors/origins/0'],
  ])('are refused with %s, at the place of the mistake', async (key, pointer) => {
    const [first] = await problemsOf(`services: [{name: a, type: no-op, ${key}}]`);
    expect(first).toContain(`/services/0${pointer}: `);
  });
});

describe('the slug of a service', () => {
  const slugged = (name: string, slug: string) => `{name: ${name}, type: no-op, slug: ${slug}}`;

  it('is that of no other one, in the files or in the catalog', async () => {
    expect(await problemsOf(`services: [${slugged('a', 'x')}, ${slugged('b', 'x')}]`)).toEqual([
      expect.stringContaining('/services/0/slug: the slug `x` is that of the service `b`'),
      expect.stringContaining('/services/1/slug: the slug `x` is that of the service `a`'),
    ]);
    const view = await viewWith(sampleService('taken', { slug: 'x' }));
    expect(await problemsOf(`services: [${slugged('a', 'x')}]`, view)).toEqual([
      '/services/0/slug: the slug `x` is that of the service `taken`; choose another',
    ]);
    expect(await problemsOf(`services: [${slugged('taken', 'x')}]`, view)).toEqual([]);
  });

  it('may be made from two names, unless one of them has an address', async () => {
    const plain = '{name: A b, type: no-op}, {name: a b, type: no-op}';
    expect(await problemsOf(`services: [${plain}]`)).toEqual([]);
    const text = `services: [${plain}, {name: a-b, type: no-op, endpoints: [{name: e}]}]`;
    expect(await problemsOf(text)).toHaveLength(3);
  });

  it('is asked for where the name gives none', async () => {
    expect(await problemsOf('services: [{name: 日本, type: no-op, endpoints: [{name: e}]}]')).toEqual([
      expect.stringContaining('/services/0/name: gives no address'),
    ]);
  });
});

describe('a schedule that calls an endpoint', () => {
  const schedule = (name: string) =>
    `schedules: [{name: s, service: a, endpoint: ${name}, run-as: sa, cron: "0 * * * *"}]`;
  const catalog = (name: string, methods = '[GET]') => `
service-accounts: [{name: sa, roles: []}]
services: [{name: a, type: no-op, endpoints: [{name: refresh, methods: ${methods}}]}]
${schedule(name)}
`;

  it('needs one that is there and takes GET', async () => {
    expect(await problemsOf(catalog('refresh'))).toEqual([]);
    expect(await problemsOf(catalog('refesh'))).toEqual([
      '/schedules/0/endpoint: the service `a` has no endpoint `refesh`; did you mean `refresh`?',
    ]);
    expect(await problemsOf(catalog('refresh', '[POST]'))).toEqual([
      expect.stringContaining('takes only POST, and schedules call with GET (ENDPOINT_METHOD_NOT_ALLOWED)'),
    ]);
  });

  it('keeps its service from losing it', async () => {
    const store = new MemoryCatalogStore(new TestClock());
    const service = sampleService('a', { type: 'no-op', settings: {}, endpoints: [endpoint] });
    const item = sampleSchedule('nightly', { service: 'a', endpoint: 'refresh' });
    await store.write([putService(service), { kind: 'schedule', action: 'put', item }], 0);
    const view = await store.view();
    const text = 'services: [{name: a, type: no-op, endpoints: [{name: other}]}]';
    expect(await problemsOf(text, view)).toEqual([
      expect.stringMatching(
        /^\/services\/0\/endpoints: .* has no endpoint `refresh`; the schedule `nightly` calls it$/,
      ),
    ]);
    expect(await problemsOf('services: [{name: a, type: no-op, endpoints: [{name: refresh}]}]', view)).toEqual([]);
  });
});
