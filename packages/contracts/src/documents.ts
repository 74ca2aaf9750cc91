import {
  type CatalogKinds,
  type Cluster,
  type CredentialItem,
  DEFAULT_CLUSTER,
  type Device,
  type Endpoint,
  type JsonObject,
  type Maintenance,
  MAINTENANCE_RETRY_AFTER_MS,
  type Pool,
  ROLLOUT_DEFAULTS,
  type Schedule,
  SCHEDULE_DEFAULTS,
  type SecretItem,
  type Service,
  SERVICE_DEFAULTS,
  type StoredSecret,
  WORKFLOW_TYPE,
} from '@runyard/domain';
import type { ClusterDocument } from './catalog/cluster.ts';
import { CREDENTIAL_SECRETS, type CredentialDocument } from './catalog/credential.ts';
import type { DeviceDocument } from './catalog/device.ts';
import type { PoolDocument } from './catalog/pool.ts';
import type { ScheduleDocument } from './catalog/schedule.ts';
import type { SecretDocument } from './catalog/secret.ts';
import { type ServiceDocument, serviceProperties } from './catalog/service.ts';
import { fromDomainKeys, toDomainKeys } from './domain-keys.ts';
import { formatDuration, parseDuration } from './durations.ts';
import { schemaNamed } from './schemas.ts';
import { serviceTypeKeys, serviceTypeSettings } from './service-types.ts';
import { fromWorkflow, toWorkflowSettings } from './workflow-document.ts';

/** Stored values that a document leaves as they are with `{kept: true}`; sealing is the business of the caller. */
export interface Sealing {
  readonly seal: (text: string, key: string) => StoredSecret;
  /** What is stored now under this key of the item; undefined when there is nothing to keep. */
  readonly kept: (key: string) => StoredSecret | undefined;
}

const lookup = (name: string) => schemaNamed(name);
const commonKeys = { properties: serviceProperties } as const;
const typeKeys = (type: string) => (serviceTypeSettings(type) ? serviceTypeKeys(type) : true);

/** A valid service document as the domain has it: durations in milliseconds, defaults filled in, settings apart. */
export function toService(document: ServiceDocument): Service {
  // Apart before mapping: a setting may have the same key in the domain as one of all services.
  const apart: { common: JsonObject; settings: JsonObject } = { common: {}, settings: {} };
  const own = serviceTypeSettings(document.type) ? (serviceTypeKeys(document.type).properties ?? {}) : {};
  for (const [key, value] of Object.entries(document as unknown as JsonObject)) {
    const isCommon = Object.hasOwn(serviceProperties, key) && !Object.hasOwn(own, key);
    apart[isCommon ? 'common' : 'settings'][key] = value;
  }
  const common = toDomainKeys(commonKeys, apart.common, lookup) as unknown as Partial<Service>;
  const settings =
    document.type === WORKFLOW_TYPE
      ? toWorkflowSettings(apart.settings, toService)
      : (toDomainKeys(typeKeys(document.type), apart.settings, lookup) as JsonObject);
  const { maintenance, ...rest } = common;
  const { retries, skip, forEach, keep, rollout, secrets, endpoints } = rest;
  return {
    ...SERVICE_DEFAULTS,
    ...(rest as Pick<Service, 'name' | 'type'>),
    retries: { ...SERVICE_DEFAULTS.retries, ...retries },
    keep: { ...SERVICE_DEFAULTS.keep, ...keep },
    ...(secrets ? { secrets: secrets.map((secret) => ({ ...secret, type: secret.type ?? 'env' })) } : {}),
    ...(rollout ? { rollout: { ...ROLLOUT_DEFAULTS, ...rollout } } : {}),
    ...(endpoints ? { endpoints: endpoints.map(toEndpoint) } : {}),
    ...maintenanceOf(maintenance),
    ...(skip ? { skip: { ...skip, as: skip.as ?? 'success' } } : {}),
    ...(forEach ? { forEach: { ...forEach, as: forEach.as ?? 'item' } } : {}),
    settings,
  };
}

function toEndpoint(written: Partial<Endpoint> & Pick<Endpoint, 'name'>): Endpoint {
  return { methods: ['GET'], parameters: [], ...written };
}

/** `true` is maintenance without anything to say, `false` is none. */
function maintenanceOf(written: boolean | Partial<Maintenance> | undefined): Pick<Service, 'maintenance'> {
  if (written === undefined || written === false) return {};
  const more = written === true ? {} : written;
  return { maintenance: { retryAfterMs: MAINTENANCE_RETRY_AFTER_MS, ...more } };
}

/** The service as people write it, with every default spelled out. `toService` of it gives the service again. */
export function fromService(service: Service): ServiceDocument {
  const { settings, ...common } = service;
  if (service.type === WORKFLOW_TYPE) {
    const written = fromDomainKeys(commonKeys, common as unknown as JsonObject, lookup) as JsonObject;
    return fromWorkflow(written, settings, fromService) as ServiceDocument;
  }
  return {
    ...(fromDomainKeys(commonKeys, common as unknown as JsonObject, lookup) as object),
    ...(fromDomainKeys(typeKeys(service.type), settings, lookup) as object),
  } as ServiceDocument;
}

/** A valid device document as the domain has it. */
export function toDevice(document: DeviceDocument): Device {
  return { ...document, cluster: document.cluster ?? DEFAULT_CLUSTER };
}

export function fromDevice(device: Device): DeviceDocument {
  return structuredClone(device) as DeviceDocument;
}

export function toPool(document: PoolDocument): Pool {
  return document;
}

export function fromPool(pool: Pool): PoolDocument {
  return structuredClone(pool);
}

type Plain = CatalogKinds[
  | 'repository'
  | 'decorator'
  | 'executable-object'
  | 'registry'
  | 'role'
  | 'group'
  | 'service-account'
  | 'service-group'];

/** What is written as it is stored: repositories, roles and the like. */
export function toPlain<Item extends Plain>(document: Item): Item {
  return document;
}

export function fromPlain<Item extends Plain>(item: Item): Item {
  return structuredClone(item);
}

/** A valid schedule document with its defaults filled in. */
export function toSchedule(document: ScheduleDocument): Schedule {
  return { ...SCHEDULE_DEFAULTS, ...document };
}

export function fromSchedule(schedule: Schedule): ScheduleDocument {
  return structuredClone(schedule) as ScheduleDocument;
}

export function toCluster({ rate, ...cluster }: ClusterDocument): Cluster {
  if (!rate) return cluster as Cluster;
  return { ...(cluster as Cluster), rate: { devices: rate.devices, perMs: parseDuration(rate.per) ?? 1_000 } };
}

export function fromCluster({ rate, ...cluster }: Cluster): ClusterDocument {
  return { ...cluster, ...(rate ? { rate: { devices: rate.devices, per: formatDuration(rate.perMs) } } : {}) };
}

/** A valid credential document with its values sealed. A kept value of which there is none is left out. */
export function toCredential(document: CredentialDocument, sealing: Sealing): CredentialItem {
  const item: Record<string, unknown> = { ...document };
  for (const key of CREDENTIAL_SECRETS) {
    const value = document[key];
    if (value === undefined) continue;
    if (typeof value === 'string') item[key] = sealing.seal(value, key);
    else if ('secret' in value) item[key] = { secret: value.secret };
    else {
      const kept = sealing.kept(key);
      if (kept) item[key] = kept;
      else delete item[key];
    }
  }
  return item as unknown as CredentialItem;
}

/** The credential without its secrets: references stay, stored values are shown as `{kept: true}`. */
export function fromCredential(credential: CredentialItem): CredentialDocument {
  const document: Record<string, unknown> = { ...credential };
  for (const key of CREDENTIAL_SECRETS) {
    const value = credential[key];
    if (value !== undefined && 'sealed' in value) document[key] = { kept: true };
  }
  return document as unknown as CredentialDocument;
}

/** A valid secret document with its value sealed; null when it keeps a value of which there is none. */
export function toSecret(document: SecretDocument, sealing: Sealing): SecretItem | null {
  const value = typeof document.value === 'string' ? sealing.seal(document.value, 'value') : sealing.kept('value');
  return value !== undefined && 'sealed' in value ? { name: document.name, value } : null;
}

/** The secret without its value. */
export function fromSecret(secret: SecretItem): SecretDocument {
  return { name: secret.name, value: { kept: true } };
}
