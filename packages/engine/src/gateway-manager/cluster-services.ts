import { AppError, type CatalogView, isVisibleTo, type Principal, type Service, type Versioned } from '@runyard/domain';
import {
  type ClusterRecordsDependencies,
  gatewaysOf,
  type Look,
  lookAt,
  serviceGroupsOf,
  visibleGatewayOf,
} from './cluster-records.ts';
import { serviceIdOf } from './record-ids.ts';

/** A service as it is on one cluster. */
export interface ClusterService {
  readonly id: string;
  readonly cluster: string;
  readonly service: Versioned<Service>;
}

/** Services by cluster. What a caller may not see is not there for him. */
export interface ClusterServices {
  /** Of one cluster, or of all. */
  list(principal: Principal, cluster?: string): Promise<readonly ClusterService[]>;
  /** Rejects with SERVICE_NOT_FOUND. */
  get(principal: Principal, id: string): Promise<ClusterService>;
  /** Null when there is no such service on the cluster. */
  find(principal: Principal, cluster: string, name: string): Promise<ClusterService | null>;
}

export function createClusterServices(deps: ClusterRecordsDependencies): ClusterServices {
  return {
    async list(principal, cluster) {
      const look = await lookAt(deps);
      return clustersSeen(look, principal, cluster).flatMap((each) => visibleServices(look, principal, each));
    },
    async get(principal, id) {
      const look = await lookAt(deps);
      for (const cluster of clustersSeen(look, principal)) {
        const name = serviceNamesOf(look.catalog, cluster).find((each) => serviceIdOf(cluster, each) === id);
        const found = name === undefined ? undefined : seenService(look, principal, cluster, name);
        if (found) return found;
      }
      throw new AppError('SERVICE_NOT_FOUND', `There is no service with the id '${id.slice(0, 100)}'.`);
    },
    async find(principal, cluster, name) {
      const look = await lookAt(deps);
      if (!visibleGatewayOf(look, principal, cluster)) return null;
      return seenService(look, principal, cluster, name) ?? null;
    },
  };
}

function clustersSeen(look: Look, principal: Principal, cluster?: string): readonly string[] {
  if (cluster !== undefined) return visibleGatewayOf(look, principal, cluster) ? [cluster] : [];
  return gatewaysOf(look).flatMap((gateway) => (isVisibleTo(principal, gateway.groups) ? [gateway.cluster] : []));
}

/** A service belongs to the cluster that it names, and to every cluster when it names none. */
export function serviceNamesOf(catalog: CatalogView, cluster: string): readonly string[] {
  return catalog.names('service').filter((name) => runsOn(catalog, cluster, name));
}

function runsOn(catalog: CatalogView, cluster: string, name: string): boolean {
  const service = catalog.get('service', name)?.item;
  return service !== undefined && (service.cluster === undefined || service.cluster === cluster);
}

function visibleServices(look: Look, principal: Principal, cluster: string): ClusterService[] {
  const seen = namesSeen(look, principal, cluster);
  const names = serviceNamesOf(look.catalog, cluster).filter((name) => seen === 'all' || seen.has(name));
  return names.flatMap((name) => serviceOn(look, cluster, name) ?? []);
}

function seenService(look: Look, principal: Principal, cluster: string, name: string): ClusterService | undefined {
  if (!runsOn(look.catalog, cluster, name)) return undefined;
  const seen = namesSeen(look, principal, cluster);
  return seen === 'all' || seen.has(name) ? serviceOn(look, cluster, name) : undefined;
}

function serviceOn({ catalog }: Look, cluster: string, name: string): ClusterService | undefined {
  const service = catalog.get('service', name);
  return service && { id: serviceIdOf(cluster, name), cluster, service };
}

/** A caller sees the services of the groups that he sees. */
function namesSeen(look: Look, principal: Principal, cluster: string): ReadonlySet<string> | 'all' {
  const groups = serviceGroupsOf(look, cluster).filter((group) => isVisibleTo(principal, group.groups));
  if (groups.some(({ services }) => services === null)) return 'all';
  return new Set(groups.flatMap(({ services }) => services ?? []));
}
