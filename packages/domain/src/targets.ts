import type { CatalogView } from './catalog.ts';
import type { Device } from './device.ts';
import type { RunTargets } from './run.ts';
import type { Service } from './service.ts';

/** What a caller named as targets. */
export interface RequestedTargets {
  readonly devices: readonly string[];
  readonly ipAddresses: readonly string[];
  readonly pools: readonly string[];
}

/**
 * `aggregate`: any target given replaces the service's own. `seed`: without devices the service's own are used,
 * even if pools or addresses are given (contracts/enms.md, "Targets").
 */
export type TargetRule = 'aggregate' | 'seed';

export interface CheckedTargets {
  /** What the run is to work on: names of devices and of pools that exist, in the order asked for, each once. */
  readonly targets: RunTargets;
  /** One text for each unknown target: devices first, then addresses, then pools. */
  readonly errors: readonly string[];
  readonly warnings: readonly string[];
}

export const IGNORED_TARGETS_WARNING = 'pools and ip_addresses were ignored because no devices were given';

/**
 * Checks what the caller named against the catalog, in time that grows with the request and not with the pools:
 * those are only looked up here and evaluated when the run is planned.
 */
export function checkTargets(
  requested: RequestedTargets,
  service: Pick<Service, 'targets'>,
  rule: TargetRule,
  view: CatalogView,
): CheckedTargets {
  const { devices, ipAddresses, pools } = requested;
  const anyGiven = devices.length + ipAddresses.length + pools.length > 0;
  if (!anyGiven) return { targets: ownTargets(service), errors: [], warnings: [] };
  const ignored = rule === 'seed' && devices.length === 0;

  const errors: string[] = [];
  const warnings: string[] = ignored ? [IGNORED_TARGETS_WARNING] : [];
  if (ignored) return { targets: ownTargets(service), errors, warnings };

  const known = new Set<string>();
  for (const name of devices) {
    if (view.get('device', name)) known.add(name);
    else errors.push(`No device with the name '${name}'`);
  }
  for (const address of ipAddresses) {
    const [first, ...others] = view.devicesByAddress(address);
    if (!first) errors.push(`No device with the IP address '${address}'`);
    else known.add(first.name);
    if (first && others.length > 0) {
      warnings.push(`${others.length + 1} devices have the IP address '${address}': '${first.name}' was taken`);
    }
  }
  const knownPools = new Set<string>();
  for (const name of pools) {
    if (view.get('pool', name)) knownPools.add(name);
    else errors.push(`No pool with the name '${name}'`);
  }
  return { targets: { devices: [...known], pools: [...knownPools] }, errors: [...new Set(errors)], warnings };
}

function ownTargets(service: Pick<Service, 'targets'>): RunTargets {
  return { devices: service.targets?.devices ?? [], pools: service.targets?.pools ?? [] };
}

/** The devices behind checked targets: one union, each device once, in order. What was deleted since is left out. */
export function resolveTargets(targets: RunTargets, view: CatalogView): readonly Device[] {
  const [pool, ...others] = targets.pools;
  // The members of one pool are such a union already, and may be a hundred thousand.
  if (pool !== undefined && others.length + targets.devices.length === 0) return view.poolMembers(pool) ?? [];
  const found = new Map<string, Device>();
  for (const name of targets.devices) {
    const device = view.get('device', name)?.item;
    if (device) found.set(name, device);
  }
  for (const name of targets.pools) {
    for (const device of view.poolMembers(name) ?? []) found.set(device.name, device);
  }
  return [...found.values()];
}
