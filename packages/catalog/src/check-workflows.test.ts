import { describe, expect, it } from '@jest/globals';
import { createInputValidator, fromService, toService } from '@runyard/contracts';
import type { CatalogView, Endpoint, Service } from '@runyard/domain';
import { MemoryCatalogStore, putService, sampleDevice, sampleService, TestClock } from '@runyard/testkit';
import { checkCatalog } from './check-catalog.ts';
import { deleteItem, usersOf } from './edit-item.ts';
import { exportCatalog } from './export-catalog.ts';
import { importCatalog } from './import-catalog.ts';
import { readCatalogText } from './read-catalog.ts';

async function problemsOf(text: string, view?: CatalogView): Promise<string[]> {
  const { documents, problems } = await readCatalogText(text, 'runyard');
  const checked = checkCatalog(documents, { inputs: createInputValidator(), ...(view ? { view } : {}) });
  return [...problems, ...checked].map(({ path, message }) => `${path}: ${message}`);
}

const workflow = (...steps: string[]) =>
  `services: [{name: w, type: workflow, steps: [${steps.map((step) => `{${step}}`).join(', ')}]}]`;

const refresh: Endpoint = {
  name: 'refresh',
  methods: ['GET'],
  parameters: [
    { name: 'tenant', type: 'string', required: true },
    { name: 'level', type: 'integer', enum: [1, 2] },
  ],
};
const TENANT = 'params: {tenant: "{{ params.tenant }}"}';
const replace: Endpoint = { name: 'replace', methods: ['POST', 'PUT'], parameters: [] };

async function storeWith(...services: Service[]): Promise<MemoryCatalogStore> {
  const store = new MemoryCatalogStore(new TestClock());
  await store.write(services.map(putService), 0);
  return store;
}

const service = (name: string, changes: Partial<Service> = {}) =>
  sampleService(name, { type: 'no-op', settings: {}, ...changes });
const oauth = service('OAuth tokens', { slug: 'oauth', endpoints: [refresh, replace] });
const viewWith = async (...services: Service[]) => (await storeWith(...services)).view();

/** A stored workflow with these steps. */
function stored(...steps: object[]): Service {
  return toService({ name: 'w', type: 'workflow', steps: steps as never });
}

describe('a workflow in a catalog file', () => {
  const TEXT = `
services:
  - name: w
    type: workflow
    steps:
      - id: check
        type: no-op
        value: ok
        result: {version: $.version}
        on-failure: cleanup
      - {id: again, type: run-service, service: w2, on-parent-close: abandon, on-success: end}
      - {id: cleanup, type: wait, for: 30s}
  - {name: w2, type: no-op}
`;

  it('is read, and written again as it was', async () => {
    expect(await problemsOf(TEXT)).toEqual([]);
    const { documents } = await readCatalogText(TEXT, 'runyard');
    const [first] = documents;
    if (first?.kind !== 'service') throw new Error('no service was read');
    const item = toService(first.document);
    expect(toService(fromService(item))).toEqual(item);
    const view = await viewWith(item, service('w2'));
    const text = [...exportCatalog(view)].join('');
    const exported = await readCatalogText(text, 'runyard');
    expect(exported.problems).toEqual([]);
    const again = exported.documents.find(({ document }) => document.name === 'w');
    if (again?.kind !== 'service') throw new Error('no service was exported');
    expect(toService(again.document)).toEqual(item);
    // What nobody chose is not in it.
    expect(text).not.toMatch(/time-zone|on-error|timeout|mode:/);
    expect(text).toContain('on-parent-close: abandon');
  });

  it('tells the line of a mistake', async () => {
    const { documents } = await readCatalogText(TEXT.replace('cleanup, type', 'other, type'), 'runyard');
    const [problem] = checkCatalog(documents, { inputs: createInputValidator() });
    expect(problem).toMatchObject({
      path: '/services/0/steps/0/on-failure',
      line: 10,
      message: 'there is no step `cleanup`',
    });
  });
});

describe('the graph of a workflow', () => {
  it.each([
    [
      'two steps with one id',
      ['id: a, type: no-op', 'id: a, type: no-op'],
      'steps/1/id: there is another step with the id `a`',
    ],
    ['an edge to nothing', ['id: a, type: no-op, on-success: b'], 'steps/0/on-success: there is no step `b`'],
    ['a way to nothing', ['id: a, type: if, when: x, then: b'], 'steps/0/then: there is no step `b`'],
    [
      'a circle',
      ['id: a, type: no-op', 'id: b, type: no-op, on-success: a'],
      'steps/0/id: leads back to itself; among a, b there is a circle',
    ],
    [
      'a step that nothing leads to',
      ['id: a, type: no-op, on-success: end', 'id: b, type: no-op'],
      'steps/1/id: nothing leads to the step `b`',
    ],
  ])('has not %s', async (_, steps, problem) => {
    expect(await problemsOf(workflow(...steps))).toEqual([`/services/0/${problem}`]);
  });
});

describe('what a workflow refers to', () => {
  it.each([
    ['id: a, type: run-service, service: oath', 'service: there is no service `oath`; did you mean `oauth`?'],
    ['id: a, type: run-service, service: oauth, run-as: sa', 'run-as: there is no service-account `sa`'],
    ['id: a, type: run-service, service: oauth, devices: [r9]', 'devices/0: there is no device `r9`'],
    ['id: a, type: run-service, service: oauth, pools: [p]', 'pools/0: there is no pool `p`'],
    ['id: a, type: no-op, credential: c', 'credential: there is no credential `c`'],
    ['id: a, type: no-op, secrets: [{name: s, target: S}]', 'secrets/0/name: there is no secret `s`'],
    ['id: a, type: executable, filename: x, repository: r', 'repository: there is no repository `r`'],
    [
      'id: a, type: executable, filename: x, executable-object: bash',
      'executable-object: there is no executable-object `bash`',
    ],
    [
      'id: a, type: for-each, values: [1], step: {type: no-op, credential: c}',
      'step/credential: there is no credential `c`',
    ],
    [
      'id: a, type: for-each, values: [1], step: {type: run-service, service: other}',
      'step/service: there is no service `other`',
    ],
  ])('is there: {%s}', async (step, problem) => {
    const view = await viewWith(service('oauth'));
    expect(await problemsOf(workflow(step), view)).toEqual([`/services/0/steps/0/${problem}`]);
  });

  it('is found by its name or its slug, in the files or in the catalog', async () => {
    const view = await viewWith(oauth);
    for (const name of ['OAuth tokens', 'oauth']) {
      expect(await problemsOf(workflow(`id: a, type: run-service, service: ${name}`), view)).toEqual([]);
    }
    const text = `services: [{name: My Service, type: no-op}, {name: w, type: workflow, steps: [{id: a, type: run-service, service: my-service}]}]`;
    expect(await problemsOf(text)).toEqual([]);
  });

  it('is not looked for where a template names it', async () => {
    const step = 'id: a, type: run-service, service: oauth, devices: ["{{ params.device }}"]';
    expect(await problemsOf(workflow(step), await viewWith(oauth))).toEqual([]);
  });

  it('has the endpoint, and with GET', async () => {
    const view = await viewWith(oauth);
    const call = (endpoint: string) =>
      problemsOf(workflow(`id: a, type: run-service, service: oauth${endpoint}`), view);
    expect(await call('')).toEqual([]);
    expect(await call(`, endpoint: refresh, ${TENANT}`)).toEqual([]);
    expect(await call(', endpoint: refrsh')).toEqual([
      '/services/0/steps/0/endpoint: the service `OAuth tokens` has no endpoint `refrsh`; did you mean `refresh`?',
    ]);
    expect(await call(', endpoint: replace')).toEqual([
      expect.stringMatching(/takes only POST and PUT, and steps call with GET \(ENDPOINT_METHOD_NOT_ALLOWED\)/),
    ]);
  });

  it('is not deleted, also when it is named by its slug', async () => {
    const device = sampleDevice('r1');
    const store = await storeWith(oauth, stored({ id: 'a', type: 'run-service', service: 'oauth', devices: ['r1'] }));
    const { revision } = await store.view();
    await store.write([{ kind: 'device', action: 'put', item: device }], revision);
    const view = await store.view();
    expect(usersOf(view, 'service', 'OAuth tokens')).toEqual([{ kind: 'service', name: 'w' }]);
    const inUse = { code: 'CATALOG_ITEM_IN_USE', message: expect.stringContaining('is used by service w') };
    await expect(deleteItem({ catalog: store, kind: 'service', name: 'OAuth tokens' })).rejects.toMatchObject(inUse);
    await expect(deleteItem({ catalog: store, kind: 'device', name: 'r1' })).rejects.toMatchObject(inUse);
    await deleteItem({ catalog: store, kind: 'service', name: 'w' });
    await deleteItem({ catalog: store, kind: 'service', name: 'OAuth tokens' });
  });

  it('is not pruned with its set', async () => {
    const store = new MemoryCatalogStore(new TestClock());
    await store.write([{ ...putService(oauth), managedBy: 'mine' } as never], 0);
    const { revision } = await store.view();
    await store.write([putService(stored({ id: 'a', type: 'run-service', service: 'oauth' }))], revision);
    const { documents } = await readCatalogText('services: [{name: other, type: no-op}]', 'runyard');
    const secrets = { seal: (text: string) => text, open: (text: string) => text };
    const { items } = await importCatalog({ catalog: store, secrets, documents, set: 'mine', prune: true });
    expect(items).toContainEqual({
      kind: 'service',
      name: 'OAuth tokens',
      state: 'conflict',
      reason: 'is used by service w',
    });
  });

  it('keeps what the workflow calls in it', async () => {
    const view = await viewWith(oauth, stored({ id: 'a', type: 'run-service', service: 'oauth', endpoint: 'refresh' }));
    const changed = (keys: string) => problemsOf(`services: [{name: OAuth tokens, type: no-op, ${keys}}]`, view);
    expect(await changed('slug: oauth, endpoints: [{name: refresh}]')).toEqual([]);
    expect(await changed('endpoints: [{name: refresh}]')).toEqual([
      '/services/0/slug: the workflow `w` runs it by the slug `oauth`',
    ]);
    expect(await changed('slug: oauth, endpoints: [{name: other}]')).toEqual([
      '/services/0/endpoints: the service `OAuth tokens` has no endpoint `refresh`; the workflow `w` calls it',
    ]);
    expect(await changed('slug: oauth, endpoints: [{name: refresh, methods: [PUT]}]')).toEqual([
      expect.stringMatching(/takes only PUT, .* the workflow `w` calls it$/),
    ]);
  });
});
