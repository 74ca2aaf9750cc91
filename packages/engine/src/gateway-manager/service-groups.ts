import { randomBytes } from 'node:crypto';
import { AppError, GATEWAY_MANAGER_RECORDS_MAX, isVisibleTo, type Principal, type ServiceGroup } from '@runyard/domain';
import {
  type ClusterRecordsDependencies,
  commit,
  gatewaysOf,
  type Look,
  lookAt,
  serviceGroupsOf,
  visibleGatewayOf,
} from './cluster-records.ts';
import { serviceNamesOf } from './cluster-services.ts';
import { serviceIdOf } from './record-ids.ts';

/** A group with the services that are there now. */
export interface ServiceGroupView {
  readonly group: ServiceGroup;
  readonly isDefault: boolean;
  readonly services: readonly { readonly id: string; readonly name: string }[];
}

/** Services are given by their ids. */
export interface ServiceGroupChange {
  readonly name?: string;
  readonly description?: string;
  readonly services?: readonly string[];
  readonly groups?: readonly string[];
}

/** What the API does with service groups. What a caller may not see is not there for him. */
export interface ServiceGroups {
  /** Of one cluster, or of all. */
  list(principal: Principal, cluster?: string): Promise<readonly ServiceGroupView[]>;
  /** Rejects with SERVICE_GROUP_NOT_FOUND. */
  get(principal: Principal, id: string): Promise<ServiceGroupView>;
  /** Rejects with CLUSTER_NOT_FOUND, SERVICE_GROUP_EXISTS or BODY_INVALID. */
  create(
    principal: Principal,
    cluster: string,
    group: ServiceGroupChange & { name: string },
  ): Promise<ServiceGroupView>;
  /** Rejects with SERVICE_GROUP_NOT_FOUND, SERVICE_GROUP_EXISTS, SERVICE_GROUP_DEFAULT or BODY_INVALID. */
  change(principal: Principal, id: string, change: ServiceGroupChange): Promise<ServiceGroupView>;
  /** Rejects with SERVICE_GROUP_NOT_FOUND or SERVICE_GROUP_DEFAULT. */
  remove(principal: Principal, id: string): Promise<ServiceGroupView>;
}

export function createServiceGroups(deps: ClusterRecordsDependencies): ServiceGroups {
  return {
    async list(principal, cluster) {
      const look = await lookAt(deps);
      return groupsSeen(look, principal, cluster).map((group) => viewOf(look, group));
    },
    async get(principal, id) {
      const look = await lookAt(deps);
      return viewOf(look, find(look, principal, id));
    },
    create(principal, cluster, { services = [], ...given }) {
      return commit(deps, (look) => {
        if (!visibleGatewayOf(look, principal, cluster)) {
          throw new AppError('CLUSTER_NOT_FOUND', `There is no cluster with the name '${cluster.slice(0, 200)}'.`);
        }
        if (look.records.serviceGroups.size >= GATEWAY_MANAGER_RECORDS_MAX) {
          throw new AppError(
            'BODY_INVALID',
            `There are ${GATEWAY_MANAGER_RECORDS_MAX} service groups, which is the most.`,
          );
        }
        const id = randomBytes(12).toString('hex');
        checkName(look, cluster, given.name, id);
        const names = namesOf(look, cluster, services);
        const group: ServiceGroup = { description: '', groups: [], ...given, id, cluster, services: names };
        return { changes: [{ kind: 'service-group', action: 'put', item: group }], result: viewOf(look, group) };
      });
    },
    change(principal, id, { services, ...given }) {
      return commit(deps, (look) => {
        const before = find(look, principal, id);
        if (services && before.services === null) throw defaultGroup('holds every service of its cluster');
        checkName(look, before.cluster, given.name, id);
        const names = services && namesOf(look, before.cluster, services);
        const group: ServiceGroup = { ...before, ...given, ...(names ? { services: names } : {}) };
        return { changes: [{ kind: 'service-group', action: 'put', item: group }], result: viewOf(look, group) };
      });
    },
    remove(principal, id) {
      return commit(deps, (look) => {
        const group = find(look, principal, id);
        if (group.services === null) throw defaultGroup('goes with its cluster and cannot be deleted');
        return { changes: [{ kind: 'service-group', action: 'delete', id }], result: viewOf(look, group) };
      });
    },
  };
}

function groupsSeen(look: Look, principal: Principal, cluster?: string): ServiceGroup[] {
  return gatewaysOf(look)
    .filter((gateway) => isVisibleTo(principal, gateway.groups))
    .filter((gateway) => cluster === undefined || gateway.cluster === cluster)
    .flatMap((gateway) => serviceGroupsOf(look, gateway.cluster))
    .filter((group) => isVisibleTo(principal, group.groups));
}

function find(look: Look, principal: Principal, id: string): ServiceGroup {
  const found = groupsSeen(look, principal).find((group) => group.id === id);
  if (found) return found;
  throw new AppError('SERVICE_GROUP_NOT_FOUND', `There is no service group with the id '${id.slice(0, 100)}'.`);
}

function viewOf({ catalog }: Look, group: ServiceGroup): ServiceGroupView {
  const there = serviceNamesOf(catalog, group.cluster);
  const wanted = group.services && new Set(group.services);
  const services = there
    .filter((name) => wanted === null || wanted.has(name))
    .map((name) => ({ id: serviceIdOf(group.cluster, name), name }));
  return { group, isDefault: group.services === null, services };
}

function namesOf({ catalog }: Look, cluster: string, ids: readonly string[]): readonly string[] {
  const names = new Map(serviceNamesOf(catalog, cluster).map((name) => [serviceIdOf(cluster, name), name]));
  const unknown = ids.findIndex((id) => !names.has(id));
  if (unknown !== -1) {
    const message = `There is no service with the id '${ids[unknown]}' on the cluster '${cluster}'.`;
    const errors = [{ path: `/services/${unknown}`, message: 'must be the id of a service of the cluster' }];
    throw new AppError('BODY_INVALID', message, { errors });
  }
  return [...new Set(ids.flatMap((id) => names.get(id) ?? []))];
}

function checkName(look: Look, cluster: string, name: string | undefined, id: string): void {
  if (!serviceGroupsOf(look, cluster).some((other) => other.name === name && other.id !== id)) return;
  throw new AppError('SERVICE_GROUP_EXISTS', `The cluster '${cluster}' has a service group '${name}' already.`);
}

function defaultGroup(why: string): AppError {
  return new AppError('SERVICE_GROUP_DEFAULT', `The default service group ${why}.`);
}
