import { afterEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { CatalogChange } from '@runyard/domain';
import { closeRedis, connectRedis } from '@runyard/redis';
import { createKeys, RedisCatalogStore } from '@runyard/store';
import { type Installation, MemoryLog, needs, startInstallation, untilEnded, waitFor } from '@runyard/testkit';

const DEVICES = 100_000;
const CHANGES_AT_ONCE = 1_000;
const PAGE = 1_000;
const SLOW_MICROSECONDS = 5_000;

interface Pings {
  readonly count: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly longestMs: number;
}

let runyard: Installation;
afterEach(() => runyard.stop());

/** Devices written as `apply` writes them, without the checks of a file of this size. */
async function putDevices(url: string, count: number): Promise<void> {
  const connection = await connectRedis({ url }, 'background', new MemoryLog());
  const catalog = new RedisCatalogStore({
    connection,
    keys: createKeys('runyard'),
    clock: { nowMs: () => Date.now() },
  });
  let { revision } = await catalog.view();
  for (let first = 0; first < count; first += CHANGES_AT_ONCE) {
    const changes = Array.from({ length: Math.min(CHANGES_AT_ONCE, count - first) }, (_, index): CatalogChange => {
      const name = `d${String(first + index).padStart(6, '0')}`;
      const item = { name, address: '127.0.0.1', cluster: 'ams', attributes: {} };
      return { kind: 'device', action: 'put', item };
    });
    revision = await catalog.write(changes, revision);
  }
  await closeRedis(connection);
}

/** Pings Redis until it is told to stop. */
function startPings(port: number): () => Promise<Pings> {
  const client = new Worker(new URL('./ping-client.mjs', import.meta.url), { workerData: { port } });
  return async () => {
    client.postMessage('stop');
    const [pings] = (await once(client, 'message')) as [Pings];
    await client.terminate();
    return pings;
  };
}

needs(describe, 'redis-server')('a run over 100,000 devices', () => {
  it('has exact counts and one result for each of them, read page by page', async () => {
    runyard = await startInstallation({ workers: ['ams', 'ams'] });
    const { client, redis } = runyard;
    await putDevices(redis.url, DEVICES);
    await client.catalog.apply({
      catalog: {
        clusters: [{ name: 'ams' }],
        pools: [{ name: 'all', rule: { all: [{ property: 'cluster', equals: 'ams' }] } }],
        services: [{ name: 'noop', type: 'no-op', targets: { pools: ['all'] } }],
      },
    });
    await redis.ask('CONFIG', 'SET', 'slowlog-log-slower-than', String(SLOW_MICROSECONDS));
    await redis.ask('SLOWLOG', 'RESET');
    const stopPings = startPings(redis.port);
    const startMs = performance.now();
    const { id } = await client.runs.create({ service: 'noop' });
    const acceptedMs = performance.now() - startMs;
    await waitFor(async () => (await client.runs.get(id)).counts.succeeded > 0, { intervalMs: 5 });
    const firstMs = performance.now() - startMs;
    expect(await untilEnded(client, id)).toBe('succeeded');
    const endedMs = performance.now() - startMs;
    expect((await client.runs.get(id)).counts).toMatchObject({
      total: DEVICES,
      succeeded: DEVICES,
      pending: 0,
      running: 0,
      failed: 0,
    });
    const seen = new Set<string>();
    let rows = 0;
    let good = 0;
    for await (const { name, state } of client.runs.devices(id, { limit: PAGE })) {
      rows += 1;
      seen.add(name);
      if (state === 'succeeded') good += 1;
    }
    expect([rows, seen.size, good]).toEqual([DEVICES, DEVICES, DEVICES]);
    const readMs = performance.now() - startMs - endedMs;
    const pings = await stopPings();
    expect(pings.count).toBeGreaterThan(0);
    const slow = await redis.ask('SLOWLOG', 'LEN');
    // Not asserted: they depend on the machine, and on what else it does.
    const times = { acceptedMs, firstMs, endedMs, readMs, pingP99Ms: pings.p99Ms, pingLongestMs: pings.longestMs };
    const shown = Object.entries(times).map(([name, ms]) => `${name} ${ms.toFixed(1)}`);
    process.stdout.write(`100,000 devices: ${shown.join(', ')}, commands over 5 ms: ${slow}\n`);
  });
});
