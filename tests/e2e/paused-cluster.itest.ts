import { afterEach, describe, expect, it } from '@jest/globals';
import { type Installation, needs, startInstallation, untilEnded, waitFor } from '@runyard/testkit';

let runyard: Installation;
afterEach(() => runyard.stop());

const DEVICES = Array.from({ length: 20 }, (_, number) => `d${number}`);

async function setup(env: Record<string, string>): Promise<void> {
  runyard = await startInstallation({ workers: ['ams'], env });
  await runyard.client.catalog.apply({
    catalog: {
      clusters: [{ name: 'ams' }],
      devices: DEVICES.map((name) => ({ name, address: '127.0.0.1', cluster: 'ams' })),
      services: [
        { name: 'slow', type: 'no-op', delay: '300ms' },
        { name: 'held', type: 'no-op', delay: '60s', lock: 'key' },
        { name: 'quick', type: 'no-op' },
        { name: 'again', type: 'no-op', fail: true, retries: { count: 1, delay: '1h' } },
      ],
    },
  });
}

const start = async (service: string, devices: readonly string[] = ['d0']): Promise<string> =>
  (await runyard.client.runs.create({ service, devices: [...devices] })).id;
const countsOf = async (id: string) => (await runyard.client.runs.get(id)).counts;
const isQueuePaused = async (): Promise<boolean> =>
  (await runyard.redis.ask('HEXISTS', 'runyard:queue:{ams}:ams:meta', 'paused')) === '1';

const describeOnRedis = needs(describe, 'redis-server');

describeOnRedis('a paused cluster', () => {
  it('lets devices in work finish, begins nothing more, also with a fresh worker, and goes on when resumed', async () => {
    await setup({ RUNYARD_SLOTS: '2' });
    const id = await start('slow', DEVICES);
    await waitFor(async () => (await countsOf(id)).succeeded >= 2);
    const paused = await runyard.call('/v1/clusters/ams/pause', { reason: 'new router' });
    expect([paused.status, await paused.json()]).toMatchObject([200, { paused: true, by: 'admin' }]);
    const jobs = () => runyard.redis.ask('LLEN', 'runyard:queue:{ams}:ams:active');
    await waitFor(async () => (await jobs()) === '0');
    const after = await countsOf(id);
    expect(after).toMatchObject({ running: 0, failed: 0, cancelled: 0 });
    expect(after.succeeded).toBeLessThan(DEVICES.length);

    const next = await start('quick');
    const fresh = await runyard.startWorker('ams');
    await waitFor(async () => (await runyard.client.workers.list()).filter((worker) => worker.paused).length === 2);
    expect(await countsOf(id)).toEqual(after);
    expect((await runyard.client.runs.get(next)).state).toBe('queued');
    expect(fresh.isAlive()).toBe(true);

    const resumed = await runyard.call('/v1/clusters/ams/resume', undefined, { method: 'POST' });
    expect(await resumed.json()).toEqual({ cluster: 'ams', paused: false });
    expect(await untilEnded(runyard.client, id)).toBe('succeeded');
    expect(await untilEnded(runyard.client, next)).toBe('succeeded');
    expect((await countsOf(id)).succeeded).toBe(DEVICES.length);
    const audit = (await (await runyard.call('/v1/audit')).json()) as { items: { action: string; subject: string }[] };
    const ofCluster = audit.items.filter(({ subject }) => subject === 'ams').map(({ action }) => action);
    expect(ofCluster).toEqual(['cluster.resume', 'cluster.pause']);
  });

  it('is paused and resumed by its workers when the gateway died after it had written the mark', async () => {
    await setup({});
    const mark = JSON.stringify({ cluster: 'ams', by: 'ada', atMs: 1 });
    await runyard.redis.ask('HSET', 'runyard:cluster-pauses', 'ams', mark);
    await waitFor(isQueuePaused);
    const id = await start('quick');
    expect((await runyard.client.runs.get(id)).state).toBe('queued');
    await runyard.redis.ask('HDEL', 'runyard:cluster-pauses', 'ams');
    expect(await untilEnded(runyard.client, id)).toBe('succeeded');
    expect(await isQueuePaused()).toBe(false);
  });
});

describeOnRedis('a slice whose devices only wait', () => {
  it('gives its place to the next run: for a retry', async () => {
    await setup({ RUNYARD_SLICES: '1' });
    const waiting = await Promise.all([start('again'), start('again', ['d1'])]);
    for (const id of waiting) {
      await waitFor(async () => (await countsOf(id)).running === 1);
    }
    expect(await untilEnded(runyard.client, await start('quick'))).toBe('succeeded');
    expect(await untilEnded(runyard.client, await start('quick'))).toBe('succeeded');
    for (const id of waiting) expect((await runyard.client.runs.get(id)).state).toBe('running');
  });

  it('gives its place to the next run: for a lock', async () => {
    await setup({ RUNYARD_SLICES: '2' });
    const holds = await start('held');
    await waitFor(async () => (await countsOf(holds)).running === 1);
    const waits = await start('held', ['d1']);
    await waitFor(async () => (await runyard.client.runs.get(waits)).state === 'running');
    expect(await untilEnded(runyard.client, await start('quick'))).toBe('succeeded');
    expect(await untilEnded(runyard.client, await start('quick'))).toBe('succeeded');
    expect((await countsOf(waits)).running).toBe(0);
    expect((await countsOf(holds)).running).toBe(1);
  });
});
