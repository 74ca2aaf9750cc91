import { describe, expect, it } from '@jest/globals';
import { MemoryGatewayManagerStore, MemoryLog, sampleGateway } from '@runyard/testkit';
import { ClusterRuleBook } from './cluster-rules.ts';

const ERRORS_OF = { CLUSTER_DISABLED: /is disabled/, CLUSTER_READ_ONLY: /is read-only/ };

async function setup(...gateways: Parameters<typeof sampleGateway>[1][]) {
  const store = new MemoryGatewayManagerStore();
  const items = gateways.map((changes, index) => sampleGateway(`g${index}`, changes));
  await store.write(
    items.map((item) => ({ kind: 'gateway', action: 'put', item }) as const),
    0,
  );
  const log = new MemoryLog();
  return { store, log, rules: new ClusterRuleBook({ store, log }) };
}

describe('the rules of clusters', () => {
  it('do not even ask which clusters are meant while all of them take runs', async () => {
    const { rules } = await setup({ cluster: 'ams' });
    let isAsked = false;
    rules.check(() => {
      isAsked = true;
      return ['ams'];
    });
    expect(isAsked).toBe(false);
  });

  it.each([
    [{ enabled: false }, 'CLUSTER_DISABLED'],
    [{ readonly: true }, 'CLUSTER_READ_ONLY'],
    [{ enabled: false, readonly: true }, 'CLUSTER_DISABLED'],
  ] as const)('refuse a cluster with %j and no other', async (changes, code) => {
    const { rules } = await setup({ cluster: 'ams', ...changes }, { cluster: 'fra' });
    expect(rules.check(() => ['fra', 'lon'])).toBeUndefined();
    expect(() => rules.check(() => ['fra', 'ams'])).toThrow(ERRORS_OF[code]);
  });

  it('follow a change at the next acceptance', async () => {
    const { rules, store } = await setup({ cluster: 'ams', enabled: false });
    expect(() => rules.check(() => ['ams'])).toThrow(/is disabled/);
    await store.write([{ kind: 'gateway', action: 'delete', id: 'g0' }], 1);
    expect(rules.check(() => ['ams'])).toBeUndefined();
  });

  it('stop twice, and before they were started', async () => {
    const { rules, log, store } = await setup({});
    store.view = () => Promise.reject(new Error('away'));
    await rules.start();
    expect(log.entries.map(({ level }) => level)).toEqual(['warn']);
    await rules.stop();
    await rules.stop();
    await rules.start();
  });
});
