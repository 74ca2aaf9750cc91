import { type CatalogView, type GatewayRecord, isJsonObject, type JsonObject, type JsonValue } from '@runyard/domain';
import type { CertificateView, ClusterService, ServiceGroupView } from '@runyard/engine';

export function gatewayAnswer(gateway: GatewayRecord, isConnected: boolean): JsonObject {
  return {
    _id: gateway.id,
    gateway_name: gateway.name,
    name: gateway.name,
    cluster_id: gateway.cluster,
    description: gateway.description,
    enabled: gateway.enabled,
    readonly: gateway.readonly,
    groups: [...gateway.groups],
    certificates: [...gateway.certificates],
    connection_status: isConnected ? 'connected' : 'disconnected',
  };
}

export function certificateAnswer({ certificate, gateways }: CertificateView): JsonObject {
  return {
    _id: certificate.id,
    certificate: certificate.pem,
    contract_id: certificate.contractId,
    alias: certificate.alias,
    host: certificate.host,
    issuer: certificate.issuer,
    self_signed: certificate.isSelfSigned,
    type: certificate.type,
    validity: {
      notBefore: new Date(certificate.validFromMs).toISOString(),
      notAfter: new Date(certificate.validToMs).toISOString(),
    },
    gateways: gateways.map(({ id }) => id),
  };
}

export function serviceGroupAnswer({ group, isDefault, services }: ServiceGroupView): JsonObject {
  return {
    _id: group.id,
    name: group.name,
    cluster_id: group.cluster,
    description: group.description,
    is_default: isDefault,
    services: services.map(({ id, name }) => ({ id, name })),
    groups: [...group.groups],
  };
}

/** The keys exist always, whatever the service has. */
export function serviceAnswer({ id, cluster, service }: ClusterService, catalog: CatalogView): JsonObject {
  const { item, updatedAtMs } = service;
  return {
    _id: id,
    active: true,
    service_metadata: {
      id,
      name: item.name,
      type: item.type,
      description: item.description ?? '',
      location: cluster,
      decorator: decoratorOf(item, catalog),
      created: new Date(updatedAtMs).toISOString(),
      repository: repositoryOf(item, catalog),
      tags: [...(item.tags ?? [])],
      working_dir: item.workingDirectory ?? '',
      entity: item.settings,
    },
    last_run: 0,
    schedule: {},
  };
}

function decoratorOf({ decorator, inputs }: ClusterService['service']['item'], catalog: CatalogView): JsonValue {
  const schema = decorator === undefined ? inputs : catalog.get('decorator', decorator)?.item.schema;
  return schema !== undefined && isJsonObject(schema) ? schema : null;
}

/** Without the names of secrets, which concern nobody who only runs it. */
function repositoryOf({ repository }: ClusterService['service']['item'], catalog: CatalogView): JsonObject {
  const found = repository === undefined ? undefined : catalog.get('repository', repository)?.item;
  if (!found) return repository === undefined ? {} : { name: repository };
  const { name, url, description = '', reference = '', tags = [] } = found;
  return { name, url: withoutLogin(url), description, reference, tags: [...tags] };
}

function withoutLogin(url: string): string {
  return url.replace(/^([a-z+]+:\/\/)[^/@]*@/i, '$1');
}
