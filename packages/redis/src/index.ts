export {
  closeRedis,
  connectRedis,
  type ConnectionRole,
  isCluster,
  type RedisConnection,
  type RedisSettings,
} from './connection.ts';
export { storeError } from './errors.ts';
export { defineScripts, loadScript, runScript, type Script } from './script.ts';
export {
  askRedis,
  findRedisServer,
  installHint,
  type RedisServer,
  type RedisServerKind,
  type RedisServerOptions,
  startRedisServer,
} from './server/index.ts';
