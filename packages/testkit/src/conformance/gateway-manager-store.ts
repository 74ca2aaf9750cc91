import assert from 'node:assert/strict';
import type { Certificate, GatewayManagerStore, GatewayRecord, ServiceGroup } from '@runyard/domain';
import { waitFor } from '../wait-for.ts';
import type { ConformanceCase } from './conformance-case.ts';

export function sampleGateway(id: string, changes: Partial<GatewayRecord> = {}): GatewayRecord {
  const flags = { enabled: true, readonly: false, certificates: [], groups: [] };
  return { id, name: `name of ${id}`, cluster: `cluster-${id}`, description: '', ...flags, ...changes };
}

export function sampleServiceGroup(id: string, changes: Partial<ServiceGroup> = {}): ServiceGroup {
  return { id, name: 'edge', cluster: 'ams', description: '', services: ['show'], groups: ['noc'], ...changes };
}

export function sampleCertificate(id: string, changes: Partial<Certificate> = {}): Certificate {
  const derived = {
    host: 'w1',
    issuer: 'CN=w1',
    isSelfSigned: true,
    type: 'Host',
    validFromMs: 1,
    validToMs: 2,
  } as const;
  return { id, pem: 'PEM', contractId: '', alias: '', ...derived, ...changes };
}

/** What every store of gateways promises. Each case is given an empty one. */
export const gatewayManagerStoreConformance: readonly ConformanceCase<GatewayManagerStore>[] = [
  {
    title: 'gives back what was written, of each kind',
    async check(store) {
      const [gateway, group, certificate] = [sampleGateway('a'), sampleServiceGroup('b'), sampleCertificate('c')];
      assert.equal((await store.view()).revision, 0);
      const revision = await store.write(
        [
          { kind: 'gateway', action: 'put', item: gateway },
          { kind: 'service-group', action: 'put', item: group },
          { kind: 'certificate', action: 'put', item: certificate },
        ],
        0,
      );
      assert.equal(revision, 1);
      const view = await store.view();
      assert.deepEqual([...view.gateways], [['a', gateway]]);
      assert.deepEqual([...view.serviceGroups], [['b', group]]);
      assert.deepEqual([...view.certificates], [['c', certificate]]);
    },
  },
  {
    title: 'writes nothing on top of a revision that has moved',
    async check(store) {
      const put = (id: string, revision: number) =>
        store.write([{ kind: 'gateway', action: 'put', item: sampleGateway(id) }], revision);
      const written = await Promise.all([put('a', 0), put('b', 0), put('c', 0)]);
      assert.equal(written.filter((revision) => revision !== null).length, 1);
      const { gateways, revision } = await store.view();
      assert.deepEqual([gateways.size, revision], [1, 1]);
    },
  },
  {
    title: 'replaces and deletes, and deletes nothing that is not there',
    async check(store) {
      await store.write([{ kind: 'gateway', action: 'put', item: sampleGateway('a') }], 0);
      await store.write([{ kind: 'gateway', action: 'put', item: sampleGateway('a', { enabled: false }) }], 1);
      assert.equal((await store.view()).gateways.get('a')?.enabled, false);
      await store.write([{ kind: 'gateway', action: 'delete', id: 'a' }], 2);
      await store.write([{ kind: 'gateway', action: 'delete', id: 'constructor' }], 3);
      assert.equal((await store.view()).gateways.size, 0);
    },
  },
  {
    title: 'knows without asking what it wrote itself',
    async check(store) {
      await store.write([{ kind: 'gateway', action: 'put', item: sampleGateway('a') }], 0);
      assert.equal(store.lastView()?.gateways.get('a')?.cluster, 'cluster-a');
    },
  },
  {
    title: 'keeps a view that was given as it was',
    async check(store) {
      const before = await store.view();
      await store.write([{ kind: 'gateway', action: 'put', item: sampleGateway('a') }], 0);
      assert.equal(before.gateways.size, 0);
    },
  },
  {
    title: 'lists by id, page by page',
    async check(store) {
      const ids = ['c', 'a', 'e', 'b', 'd'];
      const changes = ids.map((id) => ({ kind: 'certificate', action: 'put', item: sampleCertificate(id) }) as const);
      await store.write(changes, 0);
      const first = await store.list('certificate', null, 2);
      const second = await store.list('certificate', first.cursor, 2);
      const third = await store.list('certificate', second.cursor, 2);
      assert.deepEqual(
        [first, second, third].map(({ items }) => items.map(({ id }) => id)),
        [['a', 'b'], ['c', 'd'], ['e']],
      );
      assert.equal(third.cursor, null);
      assert.deepEqual((await store.list('gateway', null, 2)).items, []);
    },
  },
  {
    title: 'tells listeners of changes until they leave',
    async check(store) {
      let heard = 0;
      const leave = store.onChange(() => (heard += 1));
      let revision = 0;
      await waitFor(async () => {
        await store.write([{ kind: 'gateway', action: 'put', item: sampleGateway('a') }], revision);
        revision += 1;
        return heard > 0;
      });
      leave();
      leave();
    },
  },
];
