export { checkPolicy } from './check-policy.ts';
export {
  closeRedis,
  connectionEpoch,
  connectRedis,
  type ConnectionRole,
  isCluster,
  isReachable,
  type RedisConnection,
  type RedisSettings,
} from './connection.ts';
export { storeError } from './errors.ts';
export { isReplicated } from './replication.ts';
export { type MemoryUse, parseMemoryUse, readMemoryUse } from './memory-use.ts';
export { batchScripts, defineScripts, loadScript, runScript, type Script } from './script.ts';
export {
  askRedis,
  type ExtraArgs,
  findRedisServer,
  installHint,
  type RedisServer,
  type RedisServerKind,
  type RedisServerOptions,
  startRedisServer,
} from './server/index.ts';
