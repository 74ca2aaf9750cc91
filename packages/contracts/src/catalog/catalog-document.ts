import type { CatalogKind } from '@runyard/domain';
import type { SchemaObject } from '../json-schema.ts';
import type { GroupDocument, RoleDocument, ServiceAccountDocument, ServiceGroupDocument } from './access.ts';
import type { ClusterDocument } from './cluster.ts';
import type { CredentialDocument } from './credential.ts';
import type { DecoratorDocument } from './decorator.ts';
import type { DeviceDocument } from './device.ts';
import type { ExecutableObjectDocument } from './executable-object.ts';
import type { PoolDocument } from './pool.ts';
import type { RegistryDocument } from './registry.ts';
import type { RepositoryDocument } from './repository.ts';
import type { ScheduleDocument } from './schedule.ts';
import type { SecretDocument } from './secret.ts';
import type { ServiceDocument } from './service.ts';

/** Each kind of the catalog: its section in files, and its schema. */
export const CATALOG_SECTIONS = {
  cluster: { section: 'clusters', schema: 'Cluster' },
  secret: { section: 'secrets', schema: 'Secret' },
  credential: { section: 'credentials', schema: 'Credential' },
  device: { section: 'devices', schema: 'Device' },
  pool: { section: 'pools', schema: 'Pool' },
  repository: { section: 'repositories', schema: 'Repository' },
  decorator: { section: 'decorators', schema: 'Decorator' },
  'executable-object': { section: 'executableObjects', schema: 'ExecutableObject' },
  registry: { section: 'registries', schema: 'Registry' },
  role: { section: 'roles', schema: 'Role' },
  group: { section: 'groups', schema: 'Group' },
  'service-account': { section: 'serviceAccounts', schema: 'ServiceAccount' },
  service: { section: 'services', schema: 'Service' },
  'service-group': { section: 'serviceGroups', schema: 'ServiceGroup' },
  schedule: { section: 'schedules', schema: 'Schedule' },
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
    repositories: list('Repository', 'Git repositories with the files of services.'),
    decorators: list('Decorator', 'Schemas of inputs that services share.'),
    executableObjects: list('ExecutableObject', 'Programs that run files of services.'),
    registries: list('Registry', 'Where packages of programs come from.'),
    roles: list('Role', 'Named sets of permissions.'),
    groups: list('Group', 'Sets of users and their roles.'),
    serviceAccounts: list('ServiceAccount', 'As whom services run.'),
    services: list('Service', 'What can be run.'),
    serviceGroups: list('ServiceGroup', 'Sets of services, for permissions.'),
    schedules: list('Schedule', 'When services are run by themselves.'),
  },
  additionalProperties: false,
  'x-unsupported': ['users', 'tasks'],
};

/** The documents of each kind, as the API has them. */
export interface CatalogDocumentKinds {
  cluster: ClusterDocument;
  secret: SecretDocument;
  credential: CredentialDocument;
  device: DeviceDocument;
  pool: PoolDocument;
  repository: RepositoryDocument;
  decorator: DecoratorDocument;
  'executable-object': ExecutableObjectDocument;
  registry: RegistryDocument;
  role: RoleDocument;
  group: GroupDocument;
  'service-account': ServiceAccountDocument;
  service: ServiceDocument;
  'service-group': ServiceGroupDocument;
  schedule: ScheduleDocument;
}

export interface CatalogContent {
  clusters?: ClusterDocument[];
  secrets?: SecretDocument[];
  credentials?: CredentialDocument[];
  devices?: DeviceDocument[];
  pools?: PoolDocument[];
  repositories?: RepositoryDocument[];
  decorators?: DecoratorDocument[];
  executableObjects?: ExecutableObjectDocument[];
  registries?: RegistryDocument[];
  roles?: RoleDocument[];
  groups?: GroupDocument[];
  serviceAccounts?: ServiceAccountDocument[];
  services?: ServiceDocument[];
  serviceGroups?: ServiceGroupDocument[];
  schedules?: ScheduleDocument[];
}
