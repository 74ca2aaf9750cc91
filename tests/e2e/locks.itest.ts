import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type DeviceFleet,
  type Installation,
  needs,
  startDeviceFleet,
  startInstallation,
  untilEnded,
  waitFor,
} from '@runyard/testkit';

/** `a…` in the cluster ams with two workers, `f…` in fra with one. */
const AMS = 50;
const COMMAND = 'show version';
/** A lease, and the moment in which waiters ask again. */
const FREED_MS = 15_000;

let runyard: Installation;
let fleet: DeviceFleet;
let names: readonly string[];

beforeAll(async () => {
  fleet = await startDeviceFleet({ count: AMS + 1, latencyMs: 5, platforms: ['cisco-ios'] });
  names = fleet.devices.map(({ name }) => name);
  runyard = await startInstallation({ workers: ['ams', 'ams', 'fra'], env: { RUNYARD_SLOTS: '2' } });
  await runyard.client.catalog.apply({
    catalog: {
      clusters: [{ name: 'ams' }, { name: 'fra' }],
      credentials: [{ name: 'lab', username: fleet.username, password: fleet.password }],
      devices: fleet.devices.map(({ name, address, port }, index) => ({
        name,
        address,
        port,
        platform: 'cisco-ios',
        cluster: index < AMS ? 'ams' : 'fra',
        credential: 'lab',
        attributes: { line: index === 1 ? 'shared' : `line-${index}` },
        ssh: { hostKey: 'accept-new' },
      })),
      pools: [{ name: 'ams', rule: { all: [{ property: 'cluster', equals: 'ams' }] } }],
      services: [
        { name: 'one-by-one', type: 'ssh-command', commands: [COMMAND], timeout: '2m', lock: 'shared' },
        { name: 'by-line', type: 'ssh-command', commands: [COMMAND], lock: '{{ device.attributes.line }}' },
      ],
    },
  });
});

afterEach(async () => {
  for (const name of names) await fleet.setFault(name, null);
});

afterAll(async () => {
  await runyard.stop();
  await fleet.stop();
});

const create = async (request: { service: string; devices?: string[]; pools?: string[] }): Promise<string> =>
  (await runyard.client.runs.create(request)).id;

const lockOf = (key: string) => runyard.client.locks.get(key).catch(() => null);

/** Starts a run whose device holds the lock until a test ends it. */
async function holdShared(device: string): Promise<string> {
  const before = fleet.commands().length;
  await fleet.setFault(device, 'hang-in-command');
  const id = await create({ service: 'one-by-one', devices: [device] });
  const hangs = () =>
    fleet
      .commands()
      .slice(before)
      .some((event) => event.device === device && isOpen(event));
  await waitFor(async () => (await lockOf('shared'))?.holder.runId === id && hangs());
  return id;
}

function isOpen({ endedAtMs }: { readonly endedAtMs?: number }): boolean {
  return endedAtMs === undefined;
}

async function errorOf(id: string, device: string): Promise<string | undefined> {
  return (await runyard.client.runs.device(id, device)).error?.code;
}

const describeOnRedis = needs(describe, 'redis-server');

describeOnRedis('a lock that 50 devices of two workers share', () => {
  it('has one of them in work at a time, as the devices see it', async () => {
    const before = fleet.commands().length;
    const id = await create({ service: 'one-by-one', pools: ['ams'] });
    expect(await untilEnded(runyard.client, id)).toBe('succeeded');
    const seen = fleet.commands().slice(before);
    const works = seen.filter(({ command }) => command === COMMAND).sort((one, other) => one.atMs - other.atMs);
    expect(new Set(works.map(({ device }) => device)).size).toBe(AMS);
    const overlaps = works.filter(({ atMs }, index) => atMs < (works[index - 1]?.endedAtMs ?? 0));
    expect(overlaps).toEqual([]);
    expect(await lockOf('shared')).toBeNull();
  });

  it('goes from run to run in the order in which they asked', async () => {
    const first = await holdShared(names[0] ?? '');
    const order: string[] = [];
    for (const [place, device] of names.slice(2, 8).entries()) {
      order.push(device);
      await create({ service: 'one-by-one', devices: [device] });
      await waitFor(async () => (await lockOf('shared'))?.waiting === place + 1);
    }
    const before = fleet.commands().length;
    await runyard.client.runs.cancel(first);
    const began = () =>
      fleet
        .commands()
        .slice(before)
        .filter(({ command }) => command === COMMAND);
    await waitFor(() => began().length === order.length && !began().some(isOpen));
    expect(began().map(({ device }) => device)).toEqual(order);
    expect(await untilEnded(runyard.client, first)).toBe('cancelled');
  });

  it('keeps no slot and no other device of its slice waiting', async () => {
    const [first = '', waiting = ''] = names;
    const holding = await holdShared(first);
    const before = fleet.commands().length;
    const id = await create({ service: 'by-line', devices: names.slice(1, 21) });
    await waitFor(async () => (await runyard.client.runs.get(id)).counts.succeeded === 19);
    const { counts } = await runyard.client.runs.get(id);
    expect([counts.pending, counts.running]).toEqual([1, 0]);
    expect(
      fleet
        .commands()
        .slice(before)
        .filter(({ device }) => device === waiting),
    ).toEqual([]);
    await runyard.client.runs.cancel(holding);
    expect(await untilEnded(runyard.client, id)).toBe('succeeded');
  });
});

describeOnRedis('whoever holds a lock', () => {
  it('fails with LOCK_LOST when an administrator breaks it, which is written down; the next one gets it', async () => {
    const [first = '', second = ''] = names.slice(2);
    const holding = await holdShared(first);
    const next = await create({ service: 'one-by-one', devices: [second] });
    await waitFor(async () => (await lockOf('shared'))?.waiting === 1);
    const broken = await runyard.client.locks.break('shared');
    expect(broken.holder).toMatchObject({ runId: holding, device: first });
    expect(await untilEnded(runyard.client, holding, 5_000)).toBe('failed');
    expect(await errorOf(holding, first)).toBe('LOCK_LOST');
    expect(await untilEnded(runyard.client, next)).toBe('succeeded');
    const audit = await (await runyard.call('/v1/audit?action=lock.break')).json();
    expect(audit).toMatchObject({ items: [{ actor: 'admin', subject: 'shared', detail: { runId: holding } }] });
  });

  it('and sleeps longer than its lease finds it lost, and disturbs nobody when it wakes up', async () => {
    const stopped = runyard.workers[2];
    const [next = '', last = ''] = names.slice(4);
    const sleeper = names[AMS] ?? '';
    const holding = await holdShared(sleeper);
    stopped?.signal('SIGSTOP');
    await fleet.setFault(next, 'hang-in-command');
    const taken = await create({ service: 'one-by-one', devices: [next] });
    await waitFor(async () => (await lockOf('shared'))?.holder.runId === taken, { timeoutMs: FREED_MS });
    const token = (await lockOf('shared'))?.token;
    await create({ service: 'one-by-one', devices: [last] });
    stopped?.signal('SIGCONT');
    expect(await untilEnded(runyard.client, holding)).toBe('failed');
    expect(await errorOf(holding, sleeper)).toBe('LOCK_LOST');
    expect((await lockOf('shared'))?.token).toBe(token);
    await runyard.client.runs.cancel(taken);
    await waitFor(async () => (await lockOf('shared')) === null);
  });

  it('and is killed leaves it to the next within the time of a lease', async () => {
    await holdShared(names[AMS] ?? '');
    runyard.workers[2]?.signal('SIGKILL');
    const id = await create({ service: 'one-by-one', devices: [names[6] ?? ''] });
    await waitFor(async () => (await runyard.client.runs.get(id)).state === 'succeeded', { timeoutMs: FREED_MS });
  });
});
