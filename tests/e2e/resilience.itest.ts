import { afterEach, describe, expect, it } from '@jest/globals';
import { createClient } from '@runyard/client';
import {
  type DeviceFleet,
  type Installation,
  type InstallationOptions,
  needs,
  startDeviceFleet,
  startInstallation,
  untilEnded,
  waitFor,
} from '@runyard/testkit';

let runyard: Installation;
let fleet: DeviceFleet | null = null;

async function setup(devices: number, options: InstallationOptions): Promise<void> {
  fleet = await startDeviceFleet({ count: devices, latencyMs: 20, platforms: ['cisco-ios'] });
  runyard = await startInstallation(options);
  await runyard.client.catalog.apply({
    catalog: {
      clusters: [{ name: 'ams' }],
      credentials: [{ name: 'lab', username: fleet.username, password: fleet.password }],
      devices: fleet.devices.map(({ name, address, port }) => ({
        name,
        address,
        port,
        platform: 'cisco-ios',
        cluster: 'ams',
        credential: 'lab',
        ssh: { hostKey: 'accept-new' },
      })),
      pools: [{ name: 'all', rule: { all: [{ property: 'cluster', equals: 'ams' }] } }],
      services: [{ name: 'show', type: 'ssh-command', commands: ['show version'], targets: { pools: ['all'] } }],
    },
  });
}

afterEach(async () => {
  await runyard.stop();
  await fleet?.stop();
  fleet = null;
});

/** Every device has exactly one result, and it is a good one. */
async function expectOneResultEach(runId: string, devices: number): Promise<void> {
  const names = new Set<string>();
  let rows = 0;
  for await (const { name, state } of runyard.client.runs.devices(runId)) {
    rows += 1;
    names.add(name);
    expect(state).toBe('succeeded');
  }
  expect([rows, names.size]).toEqual([devices, devices]);
}

const describeOnRedis = needs(describe, 'redis-server');

describeOnRedis('kill -9', () => {
  it('of one of two workers leaves each of 200 devices one result, and runs no finished one again', async () => {
    await setup(200, { workers: ['ams', 'ams'], env: { RUNYARD_SLOTS: '10' } });
    const { id } = await runyard.client.runs.create({ service: 'show' });
    const finished = await waitFor(async () => {
      const { counts } = await runyard.client.runs.get(id);
      return counts.succeeded >= 30 ? counts.succeeded : 0;
    });
    expect(finished).toBeLessThan(200);
    const before = new Set<string>();
    for await (const { name } of runyard.client.runs.devices(id, { state: 'succeeded' })) before.add(name);
    const ranBefore = commandCounts(before);
    runyard.workers[0]?.signal('SIGKILL');
    expect(await untilEnded(runyard.client, id)).toBe('succeeded');
    await expectOneResultEach(id, 200);
    expect(commandCounts(before)).toEqual(ranBefore);
  });

  it('of the gateway stops no run, and another gateway answers for it', async () => {
    await setup(100, { workers: ['ams'], env: { RUNYARD_SLOTS: '5' } });
    const { id } = await runyard.client.runs.create({ service: 'show' });
    await waitFor(async () => (await runyard.client.runs.get(id)).counts.succeeded > 0);
    runyard.gateways[0]?.process.signal('SIGKILL');
    const second = await runyard.startGateway();
    const client = createClient({ url: second.url, ...runyard.user });
    expect(await untilEnded(client, id)).toBe('succeeded');
    expect((await client.runs.get(id)).counts).toMatchObject({ total: 100, succeeded: 100 });
  });

  it('of Redis with its append-only file loses nothing that was accepted', async () => {
    await setup(60, { workers: ['ams'], appendOnly: true, env: { RUNYARD_SLOTS: '5' } });
    const ids: string[] = [];
    for (let count = 0; count < 5; count += 1) ids.push((await runyard.client.runs.create({ service: 'show' })).id);
    await waitFor(async () => (await runyard.client.runs.get(ids[0] ?? '')).counts.succeeded > 0);
    await runyard.redis.server.kill();
    await runyard.redis.server.restart();
    await waitFor(() => runyard.client.isReady(), { timeoutMs: 20_000 });
    for (const id of ids) {
      expect(await untilEnded(runyard.client, id)).toBe('succeeded');
      await expectOneResultEach(id, 60);
    }
  });
});

describeOnRedis('a worker that is told to stop', () => {
  it('hands back what it has not begun, and the next worker finishes the run', async () => {
    await setup(100, { workers: ['ams'], env: { RUNYARD_SLOTS: '5' } });
    const { id } = await runyard.client.runs.create({ service: 'show' });
    await waitFor(async () => (await runyard.client.runs.get(id)).counts.succeeded > 5);
    expect(await runyard.workers[0]?.stop('SIGTERM')).toBe(0);
    const { counts } = await runyard.client.runs.get(id);
    expect(counts.running).toBe(0);
    expect(counts.pending).toBeGreaterThan(0);
    await runyard.startWorker('ams');
    expect(await untilEnded(runyard.client, id)).toBe('succeeded');
    await expectOneResultEach(id, 100);
    expect(Math.max(...Object.values(commandCounts(new Set(fleet?.devices.map(({ name }) => name)))))).toBe(1);
  });
});

describeOnRedis('cancelling', () => {
  it('ends a run with devices at work within seconds', async () => {
    await setup(40, { workers: ['ams'] });
    for (const { name } of fleet?.devices ?? []) await fleet?.setFault(name, 'hang-in-command');
    const { id } = await runyard.client.runs.create({ service: 'show' });
    await waitFor(async () => (await runyard.client.runs.get(id)).counts.running === 40);
    await runyard.client.runs.cancel(id);
    expect(await untilEnded(runyard.client, id, 10_000)).toBe('cancelled');
    await waitFor(() => fleet?.connections().open === 0);
  });
});

/** How often each device was told `show version`. */
function commandCounts(names: ReadonlySet<string>): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { device, command } of fleet?.commands() ?? []) {
    if (names.has(device) && command === 'show version') counts[device] = (counts[device] ?? 0) + 1;
  }
  return counts;
}
