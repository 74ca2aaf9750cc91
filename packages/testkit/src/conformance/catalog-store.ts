import assert from 'node:assert/strict';
import { CATALOG_KINDS, type CatalogChange, type CatalogStore } from '@runyard/domain';
import {
  itemsOfEachKind,
  putDevice,
  putService,
  sampleDevice,
  sampleSchedule,
  sampleService,
} from './catalog-samples.ts';
import type { ConformanceCase } from './conformance-case.ts';

/** What every catalog store promises. Each case is given an empty catalog. */
export const catalogStoreConformance: readonly ConformanceCase<CatalogStore>[] = [
  {
    title: 'shows what was written at once, with version 1',
    async check(catalog) {
      const revision = await write(catalog, [putDevice(sampleDevice('r1'))]);
      const view = await catalog.view();
      assert.equal(view.revision, revision);
      assert.deepEqual(view.get('device', 'r1')?.item, sampleDevice('r1'));
      assert.equal(view.get('device', 'r1')?.version, 1);
      assert.equal(view.get('device', 'zz'), undefined);
    },
  },
  {
    title: 'refuses to write on another revision than the present one, and changes nothing then',
    async check(catalog) {
      const revision = await write(catalog, [putDevice(sampleDevice('r1'))]);
      await assert.rejects(catalog.write([putDevice(sampleDevice('r2'))], revision - 1), { code: 'CATALOG_CONFLICT' });
      assert.equal((await catalog.view()).get('device', 'r2'), undefined);
    },
  },
  {
    title: 'raises the version of an item only when its content changes',
    async check(catalog) {
      await write(catalog, [putDevice(sampleDevice('r1')), putDevice(sampleDevice('r2'))]);
      await write(catalog, [putDevice(sampleDevice('r1')), putDevice(sampleDevice('r2', { address: '10.0.0.9' }))]);
      const view = await catalog.view();
      assert.equal(view.get('device', 'r1')?.version, 1);
      assert.equal(view.get('device', 'r2')?.version, 2);
    },
  },
  {
    title: 'keeps the earlier versions of a service',
    async check(catalog) {
      const [first, second] = [sampleService('show'), sampleService('show', { timeoutMs: 5_000 })];
      await write(catalog, [putService(first)]);
      await write(catalog, [putService(second)]);
      assert.deepEqual(new Set(await catalog.serviceVersions('show')), new Set([1, 2]));
      assert.deepEqual(await catalog.serviceVersion('show', 1), first);
      assert.deepEqual(await catalog.serviceVersion('show', 2), second);
      assert.equal(await catalog.serviceVersion('show', 3), null);
    },
  },
  {
    title: 'names items in ascending order of code units',
    async check(catalog) {
      await write(
        catalog,
        ['b', 'a', 'B', 'ä', 'a1'].map((name) => putDevice(sampleDevice(name))),
      );
      assert.deepEqual((await catalog.view()).names('device'), ['B', 'a', 'a1', 'b', 'ä']);
    },
  },
  {
    title: 'forgets a deleted item',
    async check(catalog) {
      await write(catalog, [putDevice(sampleDevice('r1')), putDevice(sampleDevice('r2'))]);
      await write(catalog, [{ kind: 'device', action: 'delete', name: 'r1' }]);
      const view = await catalog.view();
      assert.equal(view.get('device', 'r1'), undefined);
      assert.deepEqual(view.names('device'), ['r2']);
      assert.deepEqual(await catalog.devices(['r2', 'r1']), [sampleDevice('r2'), null]);
    },
  },
  {
    title: 'finds devices by address, by name',
    async check(catalog) {
      await write(catalog, [
        putDevice(sampleDevice('r2')),
        putDevice(sampleDevice('r1')),
        putDevice(sampleDevice('r3', { address: '10.0.0.3' })),
      ]);
      const view = await catalog.view();
      assert.deepEqual(
        view.devicesByAddress('10.0.0.1').map(({ name }) => name),
        ['r1', 'r2'],
      );
      assert.deepEqual(view.devicesByAddress('10.9.9.9'), []);
    },
  },
  {
    title: 'gives the members of a pool, listed and by rule, each once and by name',
    async check(catalog) {
      const rule = { all: [{ attribute: 'role', equals: 'core' }] };
      await write(catalog, [
        putDevice(sampleDevice('r3')),
        putDevice(sampleDevice('r1', { attributes: { role: 'edge' } })),
        putDevice(sampleDevice('r2', { attributes: { role: 'edge' } })),
        { kind: 'pool', action: 'put', item: { name: 'mixed', devices: ['r1', 'r3'], rule } },
      ]);
      const view = await catalog.view();
      assert.deepEqual(
        view.poolMembers('mixed')?.map(({ name }) => name),
        ['r1', 'r3'],
      );
      assert.equal(view.poolMembers('zz'), undefined);
    },
  },
  {
    title: 'keeps a view as it was when the catalog changes',
    async check(catalog) {
      await write(catalog, [putDevice(sampleDevice('r1'))]);
      const before = await catalog.view();
      await write(catalog, [{ kind: 'device', action: 'delete', name: 'r1' }]);
      assert.deepEqual(before.get('device', 'r1')?.item, sampleDevice('r1'));
    },
  },
  {
    title: 'gives a cluster with its rate, and the default one without being told',
    async check(catalog) {
      const item = { name: 'ams', rate: { devices: 50, perMs: 1_000 } };
      await write(catalog, [{ kind: 'cluster', action: 'put', item }]);
      assert.deepEqual(await catalog.cluster('ams'), item);
      assert.deepEqual(await catalog.cluster('default'), { name: 'default' });
      assert.equal(await catalog.cluster('zz'), null);
    },
  },
  {
    title: 'gives one item of any kind as it is now',
    async check(catalog) {
      const item = { name: 'code', url: 'https://git.example.net/code.git', reference: 'main' };
      assert.equal(await catalog.item('repository', 'code'), null);
      await write(catalog, [{ kind: 'repository', action: 'put', item }]);
      assert.deepEqual(await catalog.item('repository', 'code'), item);
      await write(catalog, [{ kind: 'repository', action: 'put', item: { ...item, reference: 'v2' } }]);
      assert.equal((await catalog.item('repository', 'code'))?.reference, 'v2');
    },
  },
  {
    title: 'gives credentials and pools for choosing',
    async check(catalog) {
      const credential = { name: 'lab', username: 'admin', password: { sealed: 'x' } };
      const pool = { name: 'core', devices: [] };
      await write(catalog, [
        { kind: 'credential', action: 'put', item: credential },
        { kind: 'pool', action: 'put', item: pool },
      ]);
      const chosen = await catalog.credentials();
      assert.deepEqual(chosen.credentials, [credential]);
      assert.deepEqual(chosen.pools.get('core'), pool);
    },
  },
  {
    title: 'gives a secret as it is sealed',
    async check(catalog) {
      const item = { name: 'token', value: { sealed: 'abc' } };
      await write(catalog, [{ kind: 'secret', action: 'put', item }]);
      assert.equal(await catalog.secret('token'), 'abc');
      assert.equal(await catalog.secret('zz'), null);
    },
  },
  {
    title: 'keeps an item of each kind by itself, though they have the same name',
    async check(catalog) {
      const changes = itemsOfEachKind('x');
      assert.deepEqual(new Set(changes.map(({ kind }) => kind)), new Set(CATALOG_KINDS));
      await write(catalog, changes);
      const view = await catalog.view();
      for (const { kind, item } of changes) assert.deepEqual(view.get(kind, 'x')?.item, item, kind);
      await write(catalog, [{ kind: 'repository', action: 'delete', name: 'x' }]);
      const after = await catalog.view();
      for (const { kind } of changes) assert.deepEqual(after.names(kind).includes('x'), kind !== 'repository', kind);
    },
  },
  {
    title: 'remembers the set of files that an item came with, which makes no new version',
    async check(catalog) {
      const device = sampleDevice('r1');
      const stored = async () => (await catalog.view()).get('device', 'r1');
      await write(catalog, [putDevice(device)]);
      assert.equal((await stored())?.managedBy, undefined);
      await write(catalog, [{ kind: 'device', action: 'put', item: device, managedBy: 'site-a.1' }]);
      assert.deepEqual([(await stored())?.managedBy, (await stored())?.version], ['site-a.1', 1]);
      await write(catalog, [putDevice(sampleDevice('r1', { address: '10.0.0.9' }))]);
      assert.deepEqual([(await stored())?.managedBy, (await stored())?.version], ['site-a.1', 2]);
      await write(catalog, [{ kind: 'device', action: 'put', item: device, managedBy: 'b' }]);
      assert.deepEqual([(await stored())?.managedBy, (await stored())?.version], ['b', 3]);
      assert.deepEqual(await catalog.devices(['r1']), [device]);
      await write(catalog, [{ kind: 'device', action: 'delete', name: 'r1' }]);
      await write(catalog, [putDevice(device)]);
      assert.equal((await stored())?.managedBy, undefined);
    },
  },
  {
    title: 'tells a schedule from one that had its name before it, by the revision with which it came',
    async check(catalog) {
      const item = sampleSchedule('nightly');
      const stored = async () => (await catalog.view()).get('schedule', 'nightly');
      const first = await write(catalog, [{ kind: 'schedule', action: 'put', item }]);
      const rewritten = { ...item, description: 'changed' };
      await write(catalog, [{ kind: 'schedule', action: 'put', item: rewritten, managedBy: 'site-a' }]);
      assert.deepEqual([(await stored())?.sinceRevision, (await stored())?.managedBy], [first, 'site-a']);
      await write(catalog, [{ kind: 'schedule', action: 'delete', name: 'nightly' }]);
      const again = await write(catalog, [{ kind: 'schedule', action: 'put', item: rewritten }]);
      const { version, sinceRevision, managedBy } = (await stored()) ?? {};
      assert.deepEqual(
        { version, sinceRevision, managedBy },
        { version: 1, sinceRevision: again, managedBy: undefined },
      );
      assert.notEqual(again, first);
    },
  },
  {
    title: 'keeps bundles byte for byte',
    async check(catalog) {
      const content = new Uint8Array([0, 255, 10, 13, 128]);
      await catalog.putBundle('hash-1', content);
      const kept = await catalog.bundle('hash-1');
      assert.deepEqual([...(kept ?? [])], [...content]);
      assert.equal(await catalog.bundle('hash-2'), null);
    },
  },
];

async function write(catalog: CatalogStore, changes: readonly CatalogChange[]): Promise<number> {
  return catalog.write(changes, (await catalog.view()).revision);
}
