import { deleteItem } from '@runyard/catalog';
import { isAppError } from '@runyard/domain';
import {
  createCertificates,
  createClusterServices,
  createConnections,
  createGateways,
  createServiceGroups,
  type Certificates,
  type ClusterServices,
  type Connections,
  type Gateways,
  type ServiceGroups,
} from '@runyard/engine';

/** What the Gateway Manager API works on. */
export interface GatewayManager {
  readonly gateways: Gateways;
  readonly serviceGroups: ServiceGroups;
  readonly certificates: Certificates;
  readonly services: ClusterServices;
  readonly connections: Connections;
}

export type GatewayManagerParts = Parameters<typeof createConnections>[0];

export function composeGatewayManager(parts: GatewayManagerParts): GatewayManager {
  const { catalog } = parts;
  const deleteCluster = async (name: string): Promise<void> => {
    try {
      await deleteItem({ catalog, kind: 'cluster', name });
    } catch (error) {
      // A record may be left of a cluster that the catalog has no more.
      if (!isAppError(error) || error.code !== 'CATALOG_ITEM_NOT_FOUND') throw error;
    }
  };
  return {
    gateways: createGateways({ ...parts, deleteCluster }),
    serviceGroups: createServiceGroups(parts),
    certificates: createCertificates(parts),
    services: createClusterServices(parts),
    connections: createConnections(parts),
  };
}
