export type { CatalogContent, CatalogDocumentKinds } from './catalog/catalog-document.ts';
export { CATALOG_SECTIONS } from './catalog/catalog-document.ts';
export type { ClusterDocument } from './catalog/cluster.ts';
export type { CredentialDocument, CredentialSecret } from './catalog/credential.ts';
export { CREDENTIAL_SECRETS } from './catalog/credential.ts';
export type { DecoratorDocument } from './catalog/decorator.ts';
export type { DeviceDocument } from './catalog/device.ts';
export type { ExecutableObjectDocument } from './catalog/executable-object.ts';
export type { PoolDocument } from './catalog/pool.ts';
export type { RegistryDocument } from './catalog/registry.ts';
export type { RepositoryDocument } from './catalog/repository.ts';
export type { ScheduleDocument } from './catalog/schedule.ts';
export type { SecretDocument, SecretValueDocument } from './catalog/secret.ts';
export type { ServiceDocument } from './catalog/service.ts';
export { serviceFileKeys } from './catalog/service-union.ts';
export { closest } from './closest.ts';
export { cronTimes, isCron } from './cron-times.ts';
export type { Sealing } from './documents.ts';
export {
  fromCluster,
  fromCredential,
  fromDevice,
  fromPlain,
  fromPool,
  fromSchedule,
  fromSecret,
  fromService,
  toCluster,
  toCredential,
  toDevice,
  toPlain,
  toPool,
  toSchedule,
  toSecret,
  toService,
} from './documents.ts';
export type { Duration } from './durations.ts';
export { DURATION_EXPECTED, formatDuration, parseDuration } from './durations.ts';
export { type EvaluatedText, evaluatedTexts } from './evaluated-texts.ts';
export { boundErrors, FIELD_ERRORS_MAX, pointerPart } from './field-errors.ts';
export type {
  CatalogAppliedAnswer,
  CatalogApplyRequest,
  CatalogImportedAnswer,
  CatalogImportOptions,
  ImportState,
  ItemUser,
  VersionedAnswer,
} from './http/catalog-api.ts';
export { catalogExportQuery, catalogImportQuery, IMPORT_STATES } from './http/catalog-api.ts';
export type { EndpointAnswer } from './http/endpoint-answer.ts';
export type {
  EnmsAsyncAnswer,
  EnmsDeviceAnswer,
  EnmsErrorAnswer,
  EnmsIsAliveAnswer,
  EnmsResultAnswer,
  EnmsRunServiceRequest,
  EnmsSyncAnswer,
} from './http/enms.ts';
export type {
  GatewayManagerGatewayChange,
  GatewayManagerLogin,
  GatewayManagerNewCertificate,
  GatewayManagerNewGateway,
  GatewayManagerNewServiceGroup,
  GatewayManagerRun,
  GatewayManagerServiceGroupChange,
  GatewayManagerTokenRequest,
} from './http/gateway-manager.ts';
export type {
  ApiKeyAnswer,
  CreatedApiKeyAnswer,
  MeAnswer,
  NewApiKeyRequest,
  NewSessionRequest,
  NewUserRequest,
  UserAnswer,
  UserChangeRequest,
} from './http/account.ts';
export type { AuditEntryAnswer } from './http/audit.ts';
export type { DeliveriesAnswer } from './http/delivery.ts';
export type { LockAnswer } from './http/lock.ts';
export type { PageAnswer } from './http/parts.ts';
export type { DeviceOutputAnswer, DeviceRowAnswer, LogLineAnswer } from './http/run-devices.ts';
export type { RunRequest } from './http/run-request.ts';
export { REQUESTED_DEVICES_MAX } from './http/run-request.ts';
export type { RunWhyAnswer } from './http/run-why.ts';
export type { AcceptedAnswer, DryRunAnswer, RunAnswer } from './http/run.ts';
export type { ClusterPauseAnswer } from './http/cluster-pause.ts';
export type { SecretsRotatedAnswer } from './http/secrets-rotated.ts';
export type { ScheduleAnswer } from './http/schedule-item.ts';
export type { WorkerAnswer } from './http/worker.ts';
export type { InputSchemas } from './input-validator.ts';
export { createInputValidator, INPUTS_LENGTH_MAX } from './input-validator.ts';
export type { JsonType, Schema, SchemaLookup, SchemaObject } from './json-schema.ts';
export { fromKebab, fromKebabKey, kebabSchema, toKebab, toKebabKey } from './kebab.ts';
export { NAME_LENGTH_MAX } from './names.ts';
export { parameterProblem, readParameters } from './read-parameters.ts';
export type { Form, SchemaName } from './schemas.ts';
export { FILE_SCHEMAS, SCHEMAS, schemaNamed } from './schemas.ts';
export { SERVICE_TYPE_NAMES, serviceTypeSettings } from './service-types.ts';
export type { AnsiblePlaybookSettings } from './service-types/ansible-playbook.ts';
export type { OpentofuPlanSettings } from './service-types/opentofu-plan.ts';
export type { PythonScriptSettings } from './service-types/python-script.ts';
export type { ExecutableSettings } from './service-types/executable.ts';
export { executableSettings } from './service-types/executable.ts';
export type { HttpRequestSettings } from './service-types/http-request.ts';
export { httpRequestSettings } from './service-types/http-request.ts';
export { MAIL_RECIPIENTS_MAX, type MailSettings } from './service-types/mail.ts';
export type { NoOpSettings } from './service-types/no-op.ts';
export { noOpSettings } from './service-types/no-op.ts';
export type { PingSettings } from './service-types/ping.ts';
export { pingSettings } from './service-types/ping.ts';
export { sshCommandSettings } from './service-types/ssh-command.ts';
export type { Bundle, BundleFile } from './source-bundle.ts';
export {
  BUNDLE_BYTES_MAX,
  BUNDLE_FILES_MAX,
  bundleHash,
  isBundleHash,
  isBundlePath,
  packBundle,
  readBundle,
} from './source-bundle.ts';
export { isTimeZone, meantTimeZone } from './time-zones.ts';
export type { Validator } from './validator.ts';
export { createValidator, invalid } from './validator.ts';
export { type RunStepAnswer, STEP_STATES, type StepAnswerRequest } from './http/run-steps.ts';
export type { RunBranchAnswer, RunTreeAnswer } from './http/run-tree.ts';
