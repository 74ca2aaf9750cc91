export { createConverters } from './convert/converters.ts';
export { createExecutable, type ExecutableOptions } from './executable/executable.ts';
export { createHttpRequest, type HttpRequestOptions } from './http-request/http-request.ts';
export { createNoOp } from './no-op/no-op.ts';
export { createPing, type PingOptions } from './ping/ping.ts';
export { createServiceTypes, type ServiceTypes, type ServiceTypesOptions } from './service-types.ts';
export { type BundleCache, type BundleCacheOptions, createBundleCache } from './source-bundle/bundle-cache.ts';
export { createSshCommand, type SshCommandOptions } from './ssh-command/ssh-command.ts';
export { createTemplates } from './templates/templates.ts';
