import type { DeviceFleet } from './device-fleet.ts';
import { PLATFORM_FACTS } from './platforms/platform.ts';

export interface CatalogOptions {
  readonly clusters: readonly string[];
  /** Files that hold the password and the enable password, as seen from the catalog file. */
  readonly passwordFile: string;
  readonly enablePasswordFile: string;
}

const CREDENTIAL = 'simulated';

/**
 * The fleet as a catalog file. Each item is written as JSON on a line of its own, which YAML reads too: so nothing
 * needs quoting rules, and the file is easy to search.
 */
export function catalogText(fleet: DeviceFleet, options: CatalogOptions): string {
  const { clusters, passwordFile, enablePasswordFile } = options;
  const devices = fleet.devices.map(({ name, address, port, platform }, index) => {
    const cluster = clusters[index % clusters.length] ?? 'default';
    const { vendor } = PLATFORM_FACTS[platform];
    return {
      name,
      address,
      port,
      platform,
      cluster,
      credential: CREDENTIAL,
      attributes: { site: cluster, role: role(Math.floor(index / clusters.length)), vendor },
      ssh: { 'host-key': 'accept-new' },
    };
  });
  const credential = {
    name: CREDENTIAL,
    username: fleet.username,
    password: { file: passwordFile },
    'enable-password': { file: enablePasswordFile },
  };
  return [
    section(
      'clusters',
      clusters.map((name) => ({ name, description: 'Simulated devices' })),
    ),
    section('credentials', [credential]),
    section('devices', devices),
    section('pools', pools(devices)),
  ].join('');
}

function section(name: string, items: readonly object[]): string {
  return `${name}:\n${items.map((item) => `  - ${JSON.stringify(item)}\n`).join('')}`;
}

/** By the place in the cluster: one in twenty is core, three are distribution, the rest is access. */
function role(index: number): string {
  const place = index % 20;
  if (place === 0) return 'core';
  return place < 4 ? 'distribution' : 'access';
}

interface Row {
  readonly platform: string;
  readonly attributes: { readonly site: string; readonly role: string };
}

function pools(devices: readonly Row[]): readonly object[] {
  const distinct = (values: readonly string[]): readonly string[] => [...new Set(values)];
  const named = (prefix: string, values: readonly string[], condition: object): readonly object[] =>
    distinct(values).map((value) => ({
      name: `${prefix}-${value}`,
      rule: {
        all: [
          { property: 'credential', equals: CREDENTIAL },
          { ...condition, equals: value },
        ],
      },
    }));
  return [
    { name: 'simulated', rule: { all: [{ property: 'credential', equals: CREDENTIAL }] } },
    ...named(
      'site',
      devices.map(({ attributes }) => attributes.site),
      { attribute: 'site' },
    ),
    ...named(
      'role',
      devices.map(({ attributes }) => attributes.role),
      { attribute: 'role' },
    ),
    ...named(
      'platform',
      devices.map(({ platform }) => platform),
      { property: 'platform' },
    ),
  ];
}
