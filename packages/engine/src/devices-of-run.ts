import { type CatalogStore, type Device, resolveTargets, type RunRecord, type RunStore } from '@runyard/domain';

export interface DevicesOfRunDependencies {
  readonly runs: Pick<RunStore, 'targets' | 'devices'>;
  readonly catalog: Pick<CatalogStore, 'devices' | 'view'>;
}

const PAGE_DEVICES = 1_000;

/**
 * The devices of a planned run that are still in the catalog: those that were named, and those that its pools gave when
 * it was planned. A run that runs once has no rows that say who that was, so there its pools are looked at anew.
 */
export async function devicesOfRun(
  { runs, catalog }: DevicesOfRunDependencies,
  { spec }: RunRecord,
): Promise<readonly Device[]> {
  const targets = (await runs.targets(spec.id)) ?? { devices: [], pools: [] };
  if (targets.pools.length === 0) return known(await catalog.devices(targets.devices));
  if (spec.runMethod === 'once') return resolveTargets(targets, await catalog.view());
  const devices: Device[] = [];
  let cursor: string | null = null;
  do {
    const page = await runs.devices(spec.id, null, cursor, PAGE_DEVICES);
    devices.push(...known(await catalog.devices(page.items.map(({ name }) => name))));
    cursor = page.cursor;
  } while (cursor !== null);
  return devices;
}

function known(devices: readonly (Device | null)[]): readonly Device[] {
  return devices.filter((device): device is Device => device !== null);
}
