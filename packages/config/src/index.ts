export { ConfigError, type ConfigProblem } from './config-error.ts';
export { renderConfigurationDocs } from './configuration-docs.ts';
export { type Environment, processEnvironment } from './environment.ts';
export { decodeSecretKey } from './formats.ts';
export { type LoadOptions, loadConfig } from './load-config.ts';
export { printConfig } from './print-config.ts';
export { readOldSecretKeys, readSecretKey } from './read-secret-key.ts';
export { readWorkerCertificate, type WorkerCertificate } from './read-worker-certificate.ts';
export { SETTINGS_SCHEMA, type Settings } from './settings-schema.ts';
