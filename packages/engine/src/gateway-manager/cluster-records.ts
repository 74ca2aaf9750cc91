import {
  AppError,
  type CatalogStore,
  type CatalogView,
  type GatewayManagerChange,
  type GatewayManagerStore,
  type GatewayManagerView,
  type GatewayRecord,
  isVisibleTo,
  type Principal,
  type ServiceGroup,
} from '@runyard/domain';
import { defaultGroupIdOf, gatewayIdOf } from './record-ids.ts';

export interface ClusterRecordsDependencies {
  readonly catalog: CatalogStore;
  readonly store: GatewayManagerStore;
}

/** The catalog and the records of gateways, service groups and certificates, as somebody may see them. */
export interface Look {
  readonly catalog: CatalogView;
  readonly records: GatewayManagerView;
}

const ATTEMPTS_MAX = 5;

export async function lookAt({ catalog, store }: ClusterRecordsDependencies): Promise<Look> {
  const [view, records] = await Promise.all([catalog.view(), store.view()]);
  return { catalog: view, records };
}

/**
 * Decides on what is there now and writes that, again and again while others write in between. Rejects with what the
 * decision throws, or CATALOG_CONFLICT.
 */
export async function commit<Result>(
  deps: ClusterRecordsDependencies,
  decide: (look: Look) => { readonly changes: readonly GatewayManagerChange[]; readonly result: Result },
): Promise<Result> {
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt += 1) {
    const look = await lookAt(deps);
    const { changes, result } = decide(look);
    if (changes.length === 0 || (await deps.store.write(changes, look.records.revision)) !== null) return result;
  }
  throw new AppError('CATALOG_CONFLICT', 'Others change gateways all the time; nothing was written.', {
    retryAfter: 1,
  });
}

/** The gateway of each cluster of the catalog, and of clusters that were deleted there and still have a record. */
export function gatewaysOf({ catalog, records }: Look): readonly GatewayRecord[] {
  const known = new Map([...records.gateways.values()].map((gateway) => [gateway.cluster, gateway]));
  for (const cluster of catalog.names('cluster')) {
    if (!known.has(cluster)) known.set(cluster, derivedGateway(catalog, cluster));
  }
  return [...known.values()].sort((a, b) => (a.cluster < b.cluster ? -1 : 1));
}

/** The gateway of a cluster; null when there is no such cluster. */
function gatewayOf({ catalog, records }: Look, cluster: string): GatewayRecord | null {
  const record = records.gateways.get(gatewayIdOf(cluster));
  if (record) return record;
  return catalog.get('cluster', cluster) ? derivedGateway(catalog, cluster) : null;
}

/** The same, for a caller who may not see it null too. */
export function visibleGatewayOf(look: Look, principal: Principal, cluster: string): GatewayRecord | null {
  const gateway = gatewayOf(look, cluster);
  return gateway && isVisibleTo(principal, gateway.groups) ? gateway : null;
}

function derivedGateway(catalog: CatalogView, cluster: string): GatewayRecord {
  return {
    id: gatewayIdOf(cluster),
    name: cluster,
    cluster,
    description: catalog.get('cluster', cluster)?.item.description ?? '',
    enabled: true,
    readonly: false,
    certificates: [],
    groups: [],
  };
}

/** The service groups of a cluster, the one with every service first. */
export function serviceGroupsOf({ records }: Look, cluster: string): readonly ServiceGroup[] {
  const id = defaultGroupIdOf(cluster);
  const own = [...records.serviceGroups.values()].filter((group) => group.cluster === cluster && group.id !== id);
  return [records.serviceGroups.get(id) ?? derivedGroup(cluster), ...own.sort((a, b) => (a.name < b.name ? -1 : 1))];
}

function derivedGroup(cluster: string): ServiceGroup {
  const description = 'Every service of the cluster.';
  return { id: defaultGroupIdOf(cluster), name: 'default', cluster, description, services: null, groups: [] };
}
