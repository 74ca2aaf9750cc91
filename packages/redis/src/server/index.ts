export { askRedis } from './ask-redis.ts';
export type { ExtraArgs } from './server-process.ts';
export { findRedisServer, installHint, type RedisServerKind } from './find-redis-server.ts';
export { type RedisServer, type RedisServerOptions, startRedisServer } from './start-redis-server.ts';
