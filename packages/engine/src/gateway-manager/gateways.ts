import {
  AppError,
  type CatalogStore,
  GATEWAY_MANAGER_RECORDS_MAX,
  type GatewayManagerChange,
  type GatewayRecord,
  isAppError,
  isVisibleTo,
  type Principal,
} from '@runyard/domain';
import { type ClusterRecordsDependencies, commit, gatewaysOf, type Look, lookAt } from './cluster-records.ts';
import { gatewayIdOf } from './record-ids.ts';

export interface GatewaysDependencies extends ClusterRecordsDependencies {
  /** Takes the cluster out of the catalog. Rejects with CATALOG_ITEM_IN_USE while others name it. */
  readonly deleteCluster: (name: string) => Promise<void>;
}

export type GatewayChange = Partial<Omit<GatewayRecord, 'id' | 'cluster'>>;

/** What the API does with gateways. What a caller may not see is not there for him. */
export interface Gateways {
  list(principal: Principal): Promise<readonly GatewayRecord[]>;
  /** Rejects with GATEWAY_NOT_FOUND. */
  get(principal: Principal, id: string): Promise<GatewayRecord>;
  /** Declares the cluster in the catalog when it is not there. Rejects with GATEWAY_EXISTS or BODY_INVALID. */
  create(gateway: GatewayChange & Pick<GatewayRecord, 'name' | 'cluster'>): Promise<GatewayRecord>;
  /** Rejects with GATEWAY_NOT_FOUND, GATEWAY_EXISTS or BODY_INVALID. */
  change(principal: Principal, id: string, change: GatewayChange): Promise<GatewayRecord>;
  /** Deletes it with its cluster and service groups. Rejects with GATEWAY_NOT_FOUND or CATALOG_ITEM_IN_USE. */
  remove(principal: Principal, id: string): Promise<GatewayRecord>;
}

export function createGateways(deps: GatewaysDependencies): Gateways {
  return {
    async list(principal) {
      return gatewaysOf(await lookAt(deps)).filter(({ groups }) => isVisibleTo(principal, groups));
    },
    async get(principal, id) {
      return find(await lookAt(deps), principal, id);
    },
    async create({ cluster, name, ...given }) {
      checkNew(await lookAt(deps), cluster, name, given);
      // The catalog first: a cluster without a record is a gateway with the defaults, so a crash here leaves nothing odd.
      await declareCluster(deps.catalog, cluster, given.description);
      return commit(deps, (look) => {
        checkNew(look, cluster, name, given);
        const flags = { description: '', enabled: true, readonly: false, certificates: [], groups: [] };
        const gateway: GatewayRecord = { ...flags, ...given, id: gatewayIdOf(cluster), name, cluster };
        return { changes: [{ kind: 'gateway', action: 'put', item: gateway }], result: gateway };
      });
    },
    change(principal, id, change) {
      return commit(deps, (look) => {
        const gateway = { ...find(look, principal, id), ...change };
        checkName(look, gateway.name, id);
        checkCertificates(look, change.certificates);
        return { changes: [{ kind: 'gateway', action: 'put', item: gateway }], result: gateway };
      });
    },
    async remove(principal, id) {
      const gateway = find(await lookAt(deps), principal, id);
      const { cluster } = gateway;
      await deps.deleteCluster(cluster);
      return commit(deps, ({ records }) => {
        const groups = [...records.serviceGroups.values()].filter((group) => group.cluster === cluster);
        const changes: GatewayManagerChange[] = groups.map((group) => ({
          kind: 'service-group',
          action: 'delete',
          id: group.id,
        }));
        changes.push({ kind: 'gateway', action: 'delete', id });
        return { changes, result: gateway };
      });
    },
  };
}

function find(look: Look, principal: Principal, id: string): GatewayRecord {
  const gateway = look.records.gateways.get(id) ?? gatewaysOf(look).find((each) => each.id === id);
  if (gateway && isVisibleTo(principal, gateway.groups)) return gateway;
  throw new AppError('GATEWAY_NOT_FOUND', `There is no gateway with the id '${id.slice(0, 100)}'.`);
}

function checkNew(look: Look, cluster: string, name: string, { certificates }: GatewayChange): void {
  const id = gatewayIdOf(cluster);
  if (look.records.gateways.has(id)) {
    throw new AppError('GATEWAY_EXISTS', `The cluster '${cluster}' has a gateway already.`);
  }
  if (look.records.gateways.size >= GATEWAY_MANAGER_RECORDS_MAX) {
    throw new AppError('BODY_INVALID', `There are ${GATEWAY_MANAGER_RECORDS_MAX} gateways, which is the most.`);
  }
  checkName(look, name, id);
  checkCertificates(look, certificates);
}

function checkName(look: Look, name: string, id: string): void {
  if (!gatewaysOf(look).some((other) => other.name === name && other.id !== id)) return;
  throw new AppError('GATEWAY_EXISTS', `There is another gateway with the name '${name}'.`);
}

function checkCertificates({ records }: Look, ids: readonly string[] = []): void {
  const unknown = ids.findIndex((id) => !records.certificates.has(id));
  if (unknown === -1) return;
  const message = `There is no certificate with the id '${ids[unknown]}'.`;
  throw new AppError('BODY_INVALID', message, {
    errors: [{ path: `/certificates/${unknown}`, message: 'must be the id of a certificate' }],
  });
}

const ATTEMPTS_MAX = 5;

async function declareCluster(catalog: CatalogStore, name: string, description = ''): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    const view = await catalog.view();
    if (view.get('cluster', name)) return;
    const item = { name, ...(description === '' ? {} : { description }) };
    try {
      await catalog.write([{ kind: 'cluster', action: 'put', item }], view.revision);
      return;
    } catch (error) {
      if (attempt === ATTEMPTS_MAX || !isAppError(error) || error.code !== 'CATALOG_CONFLICT') throw error;
    }
  }
}
