import type { CatalogKind } from '@runyard/domain';
import type { SchemaObject } from '../json-schema.ts';
import type { ClusterDocument } from './cluster.ts';
import type { CredentialDocument } from './credential.ts';
import type { DeviceDocument } from './device.ts';
import type { PoolDocument } from './pool.ts';
import type { SecretDocument } from './secret.ts';
import type { ServiceDocument } from './service.ts';

/** Each kind of the catalog: its section in files, and its schema. */
export const CATALOG_SECTIONS = {
  cluster: { section: 'clusters', schema: 'Cluster' },
  secret: { section: 'secrets', schema: 'Secret' },
  credential: { section: 'credentials', schema: 'Credential' },
  device: { section: 'devices', schema: 'Device' },
  pool: { section: 'pools', schema: 'Pool' },
  service: { section: 'services', schema: 'Service' },
} as const satisfies Record<CatalogKind, { section: string; schema: string }>;

const ITEMS_MAX = 1_000_000;

const list = (schema: string, description: string): SchemaObject => ({
  type: 'array',
  maxItems: ITEMS_MAX,
  items: { $ref: schema },
  description,
});

export const catalogSchema: SchemaObject = {
  type: 'object',
  description: 'A catalog: what there is to run, where, on what, and with which credentials.',
  properties: {
    clusters: list('Cluster', 'Groups of workers.'),
    secrets: list('Secret', 'Values that are encrypted at rest.'),
    credentials: list('Credential', 'With what devices are entered.'),
    devices: list('Device', 'Targets.'),
    pools: list('Pool', 'Sets of devices.'),
    services: list('Service', 'What can be run.'),
  },
  additionalProperties: false,
  'x-unsupported': [
    'schedules',
    'serviceAccounts',
    'users',
    'roles',
    'serviceGroups',
    'decorators',
    'repositories',
    'registries',
    'executableObjects',
    'tasks',
  ],
};

/** The documents of each kind, as the API has them. */
export interface CatalogDocumentKinds {
  cluster: ClusterDocument;
  secret: SecretDocument;
  credential: CredentialDocument;
  device: DeviceDocument;
  pool: PoolDocument;
  service: ServiceDocument;
}

export interface CatalogContent {
  clusters?: ClusterDocument[];
  secrets?: SecretDocument[];
  credentials?: CredentialDocument[];
  devices?: DeviceDocument[];
  pools?: PoolDocument[];
  services?: ServiceDocument[];
}
