import { describe, expect, it } from '@jest/globals';
import type { CatalogContent } from '@runyard/contracts';
import { Grants, isAppError, type Principal, type SecretBox } from '@runyard/domain';
import { MemoryCatalogStore, TestClock } from '@runyard/testkit';
import { applyCatalog } from './apply-catalog.ts';
import { documentsOf } from './catalog-document.ts';
import { deleteItem, putItem } from './edit-item.ts';
import { importCatalog } from './import-catalog.ts';

const secrets: SecretBox = { seal: (text) => text, open: (text) => text };

function editor(...permissions: string[]): Principal {
  return { name: 'ed', kind: 'user', roles: [], credentialId: 'password', grants: new Grants(permissions) };
}

const CATALOG: CatalogContent = {
  roles: [{ name: 'reader', permissions: ['run:read'] }],
  serviceAccounts: [
    { name: 'sa_one', roles: ['reader'] },
    { name: 'sa_two', roles: [] },
  ],
  services: [{ name: 'show', type: 'no-op' }],
};
const SCHEDULE = { name: 'nightly', service: 'show', runAs: 'sa_one', cron: '0 3 * * *' };

async function setup() {
  const catalog = new MemoryCatalogStore(new TestClock());
  await applyCatalog({ catalog, secrets, documents: documentsOf(CATALOG) });
  const parts = { catalog, secrets };
  const content = (given: CatalogContent) => ({ ...parts, documents: documentsOf(given, '/catalog') });
  /** The code and the places of a refusal, after which the catalog is as it was. */
  const refusal = async (write: () => Promise<unknown>) => {
    const { revision } = await catalog.view();
    const error = await write().then(
      () => null,
      (caught: unknown) => caught,
    );
    expect((await catalog.view()).revision).toBe(revision);
    return isAppError(error) ? [error.code, ...(error.errors ?? []).map(({ path }) => path)] : error;
  };
  return { catalog, parts, content, refusal };
}

describe('an editor', () => {
  it.each([
    ['roles', { roles: [{ name: 'mine', permissions: ['user:admin'] }] }, '/catalog/roles/0'],
    ['groups', { groups: [{ name: 'mine', roles: ['administrator'] }] }, '/catalog/groups/0'],
    ['service accounts', { serviceAccounts: [{ name: 'mine', roles: ['reader'] }] }, '/catalog/serviceAccounts/0'],
  ])('cannot give himself rights by %s, whatever way he takes', async (_, given: CatalogContent, path) => {
    const { content, parts, refusal } = await setup();
    const ed = editor('catalog:write', 'act-as:*');
    const denied = ['PERMISSION_DENIED', path];
    expect(await refusal(() => applyCatalog({ ...content(given), editor: ed }))).toEqual(denied);
    expect(await refusal(() => applyCatalog({ ...content(given), editor: ed, dryRun: true }))).toEqual(denied);
    expect(await refusal(() => importCatalog({ ...content(given), editor: ed, force: true }))).toEqual(denied);
    const [item] = documentsOf(given);
    if (!item) throw new Error('nothing to write');
    const put = { ...parts, kind: item.kind, document: item.document, editor: ed };
    expect(await refusal(() => putItem(put))).toEqual(['PERMISSION_DENIED', '']);
    await applyCatalog({ ...content(given), editor: editor('catalog:write', 'user:admin') });
  });

  it('cannot take rights from others by deleting or pruning', async () => {
    const { catalog, content, refusal } = await setup();
    const ed = editor('catalog:write');
    const remove = { catalog, kind: 'service-account', name: 'sa_two', editor: ed } as const;
    expect(await refusal(() => deleteItem(remove))).toEqual(['PERMISSION_DENIED']);
    const set = { clusters: [{ name: 'ams' }] };
    await importCatalog({ ...content({ ...set, roles: [{ name: 'extra', permissions: [] }] }), set: 'site' });
    const prune = { ...content(set), set: 'site', prune: true, editor: ed };
    expect(await refusal(() => importCatalog(prune))).toEqual(['PERMISSION_DENIED', '']);
    await deleteItem({ ...remove, editor: editor('catalog:write', 'user:admin') });
  });

  it('writes what says nothing of rights with catalog:write alone', async () => {
    const { content, refusal } = await setup();
    const given = { clusters: [{ name: 'ams' }], services: [{ name: 'other', type: 'no-op' }] };
    expect(await refusal(() => applyCatalog({ ...content(given), editor: editor('run:read') }))).toEqual([
      'PERMISSION_DENIED',
      '/catalog/clusters/0',
      '/catalog/services/0',
    ]);
    await applyCatalog({ ...content(given), editor: editor('catalog:write') });
  });

  it('has a schedule run only as accounts that he may act as', async () => {
    const { content, refusal } = await setup();
    const given = { schedules: [SCHEDULE] };
    for (const others of [[], ['act-as:sa_two'], ['service:run:*', 'user:admin']]) {
      const ed = editor('catalog:write', ...others);
      expect(await refusal(() => applyCatalog({ ...content(given), editor: ed }))).toEqual([
        'ACT_AS_DENIED',
        '/catalog/schedules/0/runAs',
      ]);
    }
    await applyCatalog({ ...content(given), editor: editor('catalog:write', 'act-as:sa_one') });
  });

  it('leaves what he may not act as unchanged, and that is no matter', async () => {
    const { content, refusal } = await setup();
    await applyCatalog(content({ schedules: [SCHEDULE] }));
    const ed = editor('catalog:write');
    await applyCatalog({ ...content({ schedules: [SCHEDULE], clusters: [{ name: 'ams' }] }), editor: ed });
    const changed = { schedules: [{ ...SCHEDULE, params: { a: 1 } }] };
    expect(await refusal(() => applyCatalog({ ...content(changed), editor: ed }))).toMatchObject(['ACT_AS_DENIED', {}]);
  });

  it('writes nothing with a key that reaches only some services', async () => {
    const { content, refusal } = await setup();
    const ed = { ...editor('catalog:write', 'act-as:*', 'user:admin'), services: ['show'] };
    const given = { schedules: [SCHEDULE] };
    expect(await refusal(() => applyCatalog({ ...content(given), editor: ed }))).toMatchObject([
      'PERMISSION_DENIED',
      '/catalog/schedules/0',
    ]);
    const rights = { roles: [{ name: 'mine', permissions: [] }] };
    expect(await refusal(() => applyCatalog({ ...content(rights), editor: ed }))).toMatchObject([
      'PERMISSION_DENIED',
      {},
    ]);
  });

  it('renews a secret with the permission for that one alone', async () => {
    const { content, refusal } = await setup();
    const given = { secrets: [{ name: 'token', value: 'x' }] };
    await applyCatalog({ ...content(given), editor: editor('secret:update:token') });
    const other = { secrets: [{ name: 'other', value: 'x' }] };
    expect(await refusal(() => applyCatalog({ ...content(other), editor: editor('secret:update:token') }))).toEqual([
      'PERMISSION_DENIED',
      '/catalog/secrets/0',
    ]);
  });
});

it('an editor needs act-as for each account of the endpoints and steps of a service, however deep', async () => {
  const { content, refusal } = await setup();
  const step = { type: 'run-service', service: 'show' } as const;
  const flow = {
    name: 'flow',
    type: 'workflow',
    endpoints: [{ name: 'a' }, { name: 'b', runAs: 'sa_one' }],
    steps: [
      { ...step, id: 'a', runAs: 'sa_one', params: { runAs: 'no account' } },
      { id: 'b', type: 'for-each', values: [1], as: 'value', step: { ...step, runAs: 'sa_two' } },
      { ...step, id: 'c' },
    ],
  };
  const given: CatalogContent = { services: [flow] };
  const save = (...permissions: string[]) =>
    refusal(() => applyCatalog({ ...content(given), editor: editor('catalog:write', ...permissions) }));
  const [endpoint, first, inner] = ['endpoints/1/runAs', 'steps/0/runAs', 'steps/1/step/runAs'].map(
    (place) => `/catalog/services/0/${place}`,
  );
  expect(await save()).toEqual(['ACT_AS_DENIED', endpoint, first, inner]);
  expect(await save('act-as:sa_one')).toEqual(['ACT_AS_DENIED', inner]);
  expect(await save('act-as:sa_two')).toEqual(['ACT_AS_DENIED', endpoint, first]);
  await applyCatalog({ ...content(given), editor: editor('catalog:write', 'act-as:sa_one', 'act-as:sa_two') });
});
