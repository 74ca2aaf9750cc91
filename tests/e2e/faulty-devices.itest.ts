import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type DeviceFleet,
  type Installation,
  needs,
  startDeviceFleet,
  startInstallation,
  untilEnded,
} from '@runyard/testkit';

let runyard: Installation;
let fleet: DeviceFleet;

beforeAll(async () => {
  fleet = await startDeviceFleet({ count: 10 });
  runyard = await startInstallation({ workers: ['ams'] });
  await runyard.client.catalog.apply({
    catalog: {
      clusters: [{ name: 'ams' }],
      credentials: [{ name: 'lab', username: fleet.username, password: fleet.password }],
      devices: fleet.devices.map(({ name, address, port, platform }) => ({
        name,
        address,
        port,
        platform,
        cluster: 'ams',
        credential: 'lab',
        ssh: { hostKey: 'accept-new' },
      })),
      pools: [{ name: 'all', devices: fleet.devices.map(({ name }) => name) }],
      services: [
        { name: 'show', type: 'ssh-command', commands: ['show version'], targets: { pools: ['all'] }, timeout: '3s' },
      ],
    },
  });
}, 60_000);
afterAll(async () => {
  await runyard.stop();
  await fleet.stop();
});

needs(describe, 'redis-server')('devices that misbehave', () => {
  it('each have their own clear error, and the others finish', async () => {
    const first = await runyard.client.runs.create({ service: 'show' });
    expect(await untilEnded(runyard.client, first.id)).toBe('succeeded');

    const expected: Record<string, string> = {};
    const faults = [
      ['refuse', 'CONNECTION_REFUSED'],
      ['wrong-password', 'AUTHENTICATION_FAILED'],
      ['hang-in-command', 'DEVICE_TIMEOUT'],
      ['drop', 'CONNECTION_LOST'],
    ] as const;
    for (const [index, [fault, code]] of faults.entries()) {
      const { name } = fleet.device(index);
      await fleet.setFault(name, fault);
      expected[name] = code;
    }
    const changed = fleet.device(4).name;
    fleet.changeHostKey(changed);
    expected[changed] = 'HOST_KEY_CHANGED';
    // Sessions that stay open would hide what happens at the next login, so a fresh worker runs it.
    await runyard.workers[0]?.stop();
    await runyard.startWorker('ams');

    const { id } = await runyard.client.runs.create({ service: 'show' });
    expect(await untilEnded(runyard.client, id)).toBe('failed');
    const seen: Record<string, string> = {};
    let succeeded = 0;
    for await (const { name, state, error } of runyard.client.runs.devices(id)) {
      if (state === 'succeeded') succeeded += 1;
      else seen[name] = error?.code ?? 'none';
    }
    expect(seen).toEqual(expected);
    expect(succeeded).toBe(5);
  });
});
