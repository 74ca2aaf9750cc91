import type { GatewayManagerRun } from '@runyard/contracts';
import { AppError, type CatalogView, type RequestedTargets, resolveTargets, type Service } from '@runyard/domain';

type Inventory = GatewayManagerRun['inventory'];

/**
 * What the run is to work on: the devices and pools of the inventory. Devices are worked on where they live, so of those
 * of a service that runs per device only the ones of the cluster are meant. A text when that is not possible. Throws
 * INVENTORY_NOT_FOUND.
 */
export function runTargets(
  inventory: Inventory,
  service: Service,
  cluster: string,
  view: CatalogView,
): RequestedTargets | string {
  const devices: string[] = [];
  const pools: string[] = [];
  for (const { inventory: pool, nodeNames } of Array.isArray(inventory) ? inventory : []) {
    const members = view.poolMembers(pool);
    if (!members) throw new AppError('INVENTORY_NOT_FOUND', `Inventory '${pool}' not found`);
    if (!nodeNames || nodeNames.length === 0) {
      pools.push(pool);
      continue;
    }
    const known = new Set(members.map(({ name }) => name));
    const unknown = nodeNames.find((name) => !known.has(name));
    if (unknown !== undefined) return `Node '${unknown}' is not in the inventory '${pool}'`;
    for (const name of nodeNames) devices.push(name);
  }
  if (service.runMethod === 'once') return { devices, pools, ipAddresses: [] };
  return ofCluster({ devices, pools }, service, cluster, view);
}

function ofCluster(
  asked: { readonly devices: readonly string[]; readonly pools: readonly string[] },
  service: Service,
  cluster: string,
  view: CatalogView,
): RequestedTargets | string {
  const foreign = asked.devices.find((name) => view.get('device', name)?.item.cluster !== cluster);
  if (foreign !== undefined) return `Node '${foreign}' is not on the cluster '${cluster}'`;
  const isGiven = asked.devices.length + asked.pools.length > 0;
  const own = { devices: service.targets?.devices ?? [], pools: service.targets?.pools ?? [] };
  const meant = resolveTargets(isGiven ? asked : own, view);
  const here = meant.filter((device) => device.cluster === cluster);
  if (here.length === meant.length) return { ...asked, ipAddresses: [] };
  if (here.length === 0) return `No node to run on is on the cluster '${cluster}'`;
  return { devices: here.map(({ name }) => name), pools: [], ipAddresses: [] };
}
