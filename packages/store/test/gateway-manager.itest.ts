import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { closeRedis, connectRedis, type RedisConnection } from '@runyard/redis';
import {
  gatewayManagerStoreConformance,
  MemoryLog,
  needs,
  sampleGateway,
  startTestRedis,
  startTestRedisCluster,
  type TestRedis,
  type TestRedisCluster,
  waitFor,
} from '@runyard/testkit';
import { createControlChannel, createGatewayManagerStore, createKeys } from '../src/index.ts';

const keys = createKeys('test');
const log = new MemoryLog();
const describeOnRedis = needs(describe, 'redis-server');

for (const [kind, startRedis] of [
  ['one Redis', () => startTestRedis()],
  ['a Redis Cluster', () => startTestRedisCluster()],
] as const) {
  describeOnRedis(`gateways in ${kind}`, () => {
    let redis: TestRedis | TestRedisCluster;
    let connection: RedisConnection;
    let subscriber: RedisConnection;
    beforeAll(async () => {
      redis = await startRedis();
      connection = await connectRedis({ url: redis.url }, 'request', log);
    });
    afterAll(async () => {
      await closeRedis(connection);
      await redis.stop();
    });
    beforeEach(async () => {
      await redis.flush();
    });
    const open = async () => {
      subscriber = await connectRedis({ url: redis.url }, 'subscriber', log);
      return createGatewayManagerStore({ connection, subscriber, keys, log });
    };

    it.each(gatewayManagerStoreConformance)('$title', async ({ check }) => {
      try {
        await expect(check(await open())).resolves.toBeUndefined();
      } finally {
        await closeRedis(subscriber);
      }
    });

    it('sees what another process wrote as soon as it hears of it', async () => {
      const other = await createGatewayManagerStore({ connection, subscriber: null, keys, log });
      const store = await open();
      try {
        await store.view();
        await other.write([{ kind: 'gateway', action: 'put', item: sampleGateway('a') }], 0);
        await waitFor(() => store.lastView()?.gateways.has('a') === true);
      } finally {
        await closeRedis(subscriber);
      }
    });

    it('carries a question to the workers of a cluster and an answer back', async () => {
      const gatewayEar = await connectRedis({ url: redis.url }, 'subscriber', log);
      const workerEar = await connectRedis({ url: redis.url }, 'subscriber', log);
      try {
        const gateway = await createControlChannel(connection, gatewayEar, keys, log);
        const worker = await createControlChannel(connection, workerEar, keys, log);
        worker.onAsk(({ cluster, nonce }) =>
          cluster === 'ams' ? { workerId: 'w1', cluster, proof: { certificate: 'c', signature: nonce } } : null,
        );
        worker.onAsk(({ cluster }) => (cluster === 'ams' ? { workerId: 'w2', cluster } : null));
        const ask = (cluster: string, workerId: string, timeoutMs = 5_000) =>
          gateway.ask({ cluster, nonce: 'n' }, { timeoutMs, isAccepted: (answer) => answer.workerId === workerId });
        const answers = await Promise.all([
          ask('ams', 'w1'),
          ask('ams', 'w2'),
          ask('ams', 'w3', 50),
          ask('fra', 'w1', 50),
        ]);
        expect(answers).toEqual([
          { workerId: 'w1', cluster: 'ams', proof: { certificate: 'c', signature: 'n' } },
          { workerId: 'w2', cluster: 'ams' },
          null,
          null,
        ]);
      } finally {
        await closeRedis(gatewayEar);
        await closeRedis(workerEar);
      }
    });
  });
}
