import { describe, expect, it } from '@jest/globals';
import type { CatalogView } from './catalog.ts';
import type { Device } from './device.ts';
import { checkTargets, IGNORED_TARGETS_WARNING, type RequestedTargets, resolveTargets } from './targets.ts';

const devices: Device[] = [
  { name: 'd1', address: '10.0.0.1', cluster: 'ams' },
  { name: 'd2', address: '10.0.0.2', cluster: 'ams' },
  { name: 'd3', address: '10.0.0.2', cluster: 'ams' },
];
const members: Record<string, Device[]> = { pair: devices.slice(0, 2), none: [] };

const view = {
  get(kind: string, name: string) {
    if (kind === 'pool') return members[name] && { item: { name }, version: 1, updatedAtMs: 0 };
    const item = devices.find((device) => device.name === name);
    return item && { item, version: 1, updatedAtMs: 0 };
  },
  devicesByAddress: (address: string) => devices.filter((device) => device.address === address),
  poolMembers: (name: string) => members[name],
} as unknown as CatalogView;

const service = { targets: { devices: ['d3'], pools: ['none'] } };

function request(partial: Partial<RequestedTargets>): RequestedTargets {
  return { devices: [], ipAddresses: [], pools: [], ...partial };
}

describe('checking targets', () => {
  it('takes the targets of the service when none is given', () => {
    expect(checkTargets(request({}), service, 'seed', view).targets).toEqual(service.targets);
  });

  it('names every unknown target, devices first, then addresses, then pools', () => {
    const { errors } = checkTargets(
      request({ pools: ['nopool'], devices: ['d1', 'zz'], ipAddresses: ['9.9.9.9'] }),
      service,
      'seed',
      view,
    );
    expect(errors).toEqual([
      "No device with the name 'zz'",
      "No device with the IP address '9.9.9.9'",
      "No pool with the name 'nopool'",
    ]);
  });

  it('ignores pools and addresses without devices under the seed rule, and says so', () => {
    const { targets, warnings } = checkTargets(request({ pools: ['pair'] }), service, 'seed', view);
    expect(targets).toEqual(service.targets);
    expect(warnings).toEqual([IGNORED_TARGETS_WARNING]);
  });

  it('replaces the targets of the service by any given one under the aggregate rule', () => {
    expect(checkTargets(request({ pools: ['pair'] }), service, 'aggregate', view).targets).toEqual({
      devices: [],
      pools: ['pair'],
    });
  });

  it('takes the first by name of several devices with one address, and warns', () => {
    const { targets, warnings } = checkTargets(
      request({ devices: ['d1'], ipAddresses: ['10.0.0.2'] }),
      service,
      'seed',
      view,
    );
    expect(targets.devices).toEqual(['d1', 'd2']);
    expect(warnings).toEqual(["2 devices have the IP address '10.0.0.2': 'd2' was taken"]);
  });
});

describe('resolving targets', () => {
  it('gives each device once, in the order devices, addresses, pools', () => {
    const { targets } = checkTargets(
      request({ devices: ['d2', 'd2'], ipAddresses: ['10.0.0.1'], pools: ['pair'] }),
      service,
      'seed',
      view,
    );
    expect(resolveTargets(targets, view).map(({ name }) => name)).toEqual(['d2', 'd1']);
  });

  it('leaves out what was deleted since', () => {
    expect(resolveTargets({ devices: ['gone', 'd1'], pools: ['gone'] }, view).map(({ name }) => name)).toEqual(['d1']);
  });
});
