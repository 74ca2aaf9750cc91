import { groupSchema, roleSchema, serviceAccountSchema, serviceGroupSchema } from './catalog/access.ts';
import { catalogSchema } from './catalog/catalog-document.ts';
import { clusterSchema } from './catalog/cluster.ts';
import { credentialInFileSchema, credentialSchema } from './catalog/credential.ts';
import { decoratorInFileSchema, decoratorSchema } from './catalog/decorator.ts';
import { deviceSchema } from './catalog/device.ts';
import { executableObjectSchema } from './catalog/executable-object.ts';
import { poolConditionSchema, poolRulePartSchema, poolRuleSchema, poolSchema } from './catalog/pool.ts';
import { registrySchema } from './catalog/registry.ts';
import { repositorySchema } from './catalog/repository.ts';
import { scheduleSchema } from './catalog/schedule.ts';
import { secretInFileSchema, secretSchema } from './catalog/secret.ts';
import { serviceSchema, serviceSchemas } from './catalog/service-union.ts';
import {
  catalogAppliedSchema,
  catalogApplySchema,
  catalogImportedSchema,
  versionedSchema,
} from './http/catalog-api.ts';
import * as account from './http/account.ts';
import { auditEntrySchema } from './http/audit.ts';
import { clusterPauseSchema } from './http/cluster-pause.ts';
import * as enms from './http/enms.ts';
import * as gatewayManager from './http/gateway-manager.ts';
import { gatewayManagerAnswers } from './http/gateway-manager-answers.ts';
import { endpointAnswerSchema } from './http/endpoint-answer.ts';
import { deliveriesSchema } from './http/delivery.ts';
import { lockSchema } from './http/lock.ts';
import { fieldErrorSchema, pageSchema, problemSchema } from './http/parts.ts';
import { deviceOutputSchema, deviceRowSchema, logLineSchema } from './http/run-devices.ts';
import { runRequestSchema } from './http/run-request.ts';
import { runWhySchema } from './http/run-why.ts';
import { runStepSchema, stepAnswerSchema } from './http/run-steps.ts';
import { runBranchSchema, runTreeSchema } from './http/run-tree.ts';
import { acceptedSchema, dryRunSchema, runSchema } from './http/run.ts';
import { secretsRotatedSchema } from './http/secrets-rotated.ts';
import { scheduleItemSchema } from './http/schedule-item.ts';
import { workerSchema } from './http/worker.ts';
import type { SchemaObject } from './json-schema.ts';
import { kebabSchema } from './kebab.ts';

const NAMED = {
  Cluster: clusterSchema,
  Credential: credentialSchema,
  Device: deviceSchema,
  Pool: poolSchema,
  PoolRule: poolRuleSchema,
  PoolRulePart: poolRulePartSchema,
  PoolCondition: poolConditionSchema,
  Secret: secretSchema,
  Repository: repositorySchema,
  Decorator: decoratorSchema,
  ExecutableObject: executableObjectSchema,
  Registry: registrySchema,
  Role: roleSchema,
  Group: groupSchema,
  ServiceAccount: serviceAccountSchema,
  Service: serviceSchema,
  ServiceGroup: serviceGroupSchema,
  Schedule: scheduleSchema,
  Catalog: catalogSchema,

  RunRequest: runRequestSchema,
  Run: runSchema,
  RunPage: pageSchema('Run', 'A page of runs, newest first.'),
  Accepted: acceptedSchema,
  DryRun: dryRunSchema,
  RunBranch: runBranchSchema,
  RunTree: runTreeSchema,
  RunStep: runStepSchema,
  RunStepPage: pageSchema('RunStep', 'A page of the steps of a run.'),
  StepAnswer: stepAnswerSchema,
  EndpointAnswer: endpointAnswerSchema,
  RunWhy: runWhySchema,
  Deliveries: deliveriesSchema,
  DeviceRow: deviceRowSchema,
  DeviceRowPage: pageSchema('DeviceRow', 'A page of the devices of a run.'),
  DeviceOutput: deviceOutputSchema,
  LogLine: logLineSchema,
  LogPage: pageSchema('LogLine', 'A page of the log of a run.'),
  ClusterPause: clusterPauseSchema,
  Lock: lockSchema,
  LockPage: pageSchema('Lock', 'A page of locks that are held, by key.'),
  Me: account.meSchema,
  NewSession: account.newSessionSchema,
  Session: account.sessionSchema,
  User: account.userSchema,
  UserPage: pageSchema('User', 'A page of users, by name.'),
  NewUser: account.newUserSchema,
  UserChange: account.userChangeSchema,
  ApiKey: account.apiKeySchema,
  ApiKeyPage: pageSchema('ApiKey', 'A page of API keys.'),
  NewApiKey: account.newApiKeySchema,
  CreatedApiKey: account.createdApiKeySchema,
  AuditEntry: auditEntrySchema,
  AuditPage: pageSchema('AuditEntry', 'A page of the audit log, newest first.'),
  Worker: workerSchema,
  WorkerPage: pageSchema('Worker', 'A page of workers.'),
  FieldError: fieldErrorSchema,
  Problem: problemSchema,
  CatalogApply: catalogApplySchema,
  CatalogApplied: catalogAppliedSchema,
  CatalogImported: catalogImportedSchema,
  SecretsRotated: secretsRotatedSchema,
  ClusterItem: versionedSchema('Cluster'),
  CredentialItem: versionedSchema('Credential'),
  DeviceItem: versionedSchema('Device'),
  PoolItem: versionedSchema('Pool'),
  SecretItem: versionedSchema('Secret'),
  RepositoryItem: versionedSchema('Repository'),
  DecoratorItem: versionedSchema('Decorator'),
  ExecutableObjectItem: versionedSchema('ExecutableObject'),
  RegistryItem: versionedSchema('Registry'),
  RoleItem: versionedSchema('Role'),
  GroupItem: versionedSchema('Group'),
  ServiceAccountItem: versionedSchema('ServiceAccount'),
  ServiceItem: versionedSchema('Service'),
  ServiceGroupItem: versionedSchema('ServiceGroup'),
  ScheduleItem: scheduleItemSchema,
  ClusterPage: pageSchema('ClusterItem', 'A page of clusters.'),
  CredentialPage: pageSchema('CredentialItem', 'A page of credentials.'),
  DevicePage: pageSchema('DeviceItem', 'A page of devices.'),
  PoolPage: pageSchema('PoolItem', 'A page of pools.'),
  SecretPage: pageSchema('SecretItem', 'A page of secrets, without their values.'),
  RepositoryPage: pageSchema('RepositoryItem', 'A page of repositories.'),
  DecoratorPage: pageSchema('DecoratorItem', 'A page of decorators.'),
  ExecutableObjectPage: pageSchema('ExecutableObjectItem', 'A page of executable objects.'),
  RegistryPage: pageSchema('RegistryItem', 'A page of registries.'),
  RolePage: pageSchema('RoleItem', 'A page of roles.'),
  GroupPage: pageSchema('GroupItem', 'A page of groups.'),
  ServiceAccountPage: pageSchema('ServiceAccountItem', 'A page of service accounts.'),
  ServicePage: pageSchema('ServiceItem', 'A page of services.'),
  ServiceGroupPage: pageSchema('ServiceGroupItem', 'A page of service groups.'),
  SchedulePage: pageSchema('ScheduleItem', 'A page of schedules.'),

  EnmsRunService: enms.enmsRunServiceSchema,
  EnmsSyncAnswer: enms.enmsSyncAnswerSchema,
  EnmsAsyncAnswer: enms.enmsAsyncAnswerSchema,
  EnmsDevice: enms.enmsDeviceSchema,
  EnmsResult: enms.enmsResultSchema,
  EnmsError: enms.enmsErrorSchema,
  EnmsIsAlive: enms.enmsIsAliveSchema,

  GatewayManagerNewGateway: gatewayManager.gatewayManagerNewGatewaySchema,
  GatewayManagerGatewayChange: gatewayManager.gatewayManagerGatewayChangeSchema,
  GatewayManagerNewServiceGroup: gatewayManager.gatewayManagerNewServiceGroupSchema,
  GatewayManagerServiceGroupChange: gatewayManager.gatewayManagerServiceGroupChangeSchema,
  GatewayManagerNewCertificate: gatewayManager.gatewayManagerNewCertificateSchema,
  GatewayManagerCertificateChange: gatewayManager.gatewayManagerCertificateChangeSchema,
  GatewayManagerRun: gatewayManager.gatewayManagerRunSchema,
  GatewayManagerLogin: gatewayManager.gatewayManagerLoginSchema,
  GatewayManagerTokenRequest: gatewayManager.gatewayManagerTokenRequestSchema,
  ...gatewayManagerAnswers,
} as const satisfies Record<string, SchemaObject>;

/** `CatalogSections` is a catalog file without a look at its items, and there in the form of files only. */
export type SchemaName = keyof typeof NAMED | 'CatalogSections';

/** `api`: camelCase, as the HTTP API has it. `file`: kebab-case, as catalog files have it. */
export type Form = 'api' | 'file';

/** Every schema of the API by name; a `$ref` in them is such a name. */
export const SCHEMAS: Readonly<Record<string, SchemaObject>> & Readonly<Record<keyof typeof NAMED, SchemaObject>> = {
  ...NAMED,
  ...serviceSchemas('api'),
};

/** The catalog as files have it, still in camelCase: secrets name where their values are, services their files. */
const IN_FILES: Readonly<Record<string, SchemaObject>> = {
  ...SCHEMAS,
  ...serviceSchemas('file'),
  Credential: credentialInFileSchema,
  Secret: secretInFileSchema,
  Decorator: decoratorInFileSchema,
  CatalogSections: sectionsOf(catalogSchema),
};

/** The file around its items, which are checked one by one. */
function sectionsOf(schema: SchemaObject): SchemaObject {
  const sections = Object.keys(schema.properties ?? {}).map((section) => [section, { type: 'array' }]);
  return { ...schema, properties: Object.fromEntries(sections) as Record<string, SchemaObject> };
}

/** The schemas of what stands in catalog files, in kebab-case. */
export const FILE_SCHEMAS: Readonly<Record<string, SchemaObject>> = Object.fromEntries(
  Object.entries(IN_FILES).map(([name, schema]) => [name, kebabSchema(schema)]),
);

/** The camelCase schema by which a value of this form is mapped. */
export function schemaNamed(name: string, form: Form = 'api'): SchemaObject | undefined {
  const schemas = form === 'api' ? SCHEMAS : IN_FILES;
  return Object.hasOwn(schemas, name) ? schemas[name] : undefined;
}
