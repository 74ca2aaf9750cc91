import { join } from 'node:path';
import { type Settings, SETTINGS_SCHEMA } from '@runyard/config';
import { askRedis, installHint, startRedisServer } from '@runyard/redis';
import { CliError } from '../cli-error.ts';
import { EXIT } from '../exit-codes.ts';
import { withRedis } from '../redis-probe.ts';
import type { UpPlan } from './up-plan.ts';

/** The Redis that everything uses, be it our own or a configured one. */
export interface RedisPart {
  readonly url: string;
  /** One line about it. */
  readonly text: string;
  /** What the reader must know, such as that nothing is kept. */
  readonly warnings: readonly string[];
  /** Calls back when our own server dies. */
  onDeath(listener: () => void): void;
  restart(): Promise<void>;
  /** A configured Redis is left alone. */
  stop(): Promise<void>;
}

const PREFERRED_PORT = 6390;
const DEFAULT_URL: string = SETTINGS_SCHEMA.properties.redis.properties.url.default;

export async function startRedis({ settings, env, data }: UpPlan): Promise<RedisPart> {
  if (settings.redis.url !== DEFAULT_URL || env['RUNYARD_REDIS_URL']) return configuredRedis(settings);
  const folder = join(data.path, 'redis');
  const path = env['PATH'];
  const server = await startRedisServer({
    folder,
    preferPort: PREFERRED_PORT,
    reuse: true,
    ...(path === undefined ? {} : { path }),
  });
  const isReal = server.kind !== 'js-redis-server';
  const version = isReal ? ` ${versionOf(await askRedis(server.port, ['INFO', 'server']))}` : '';
  const how = server.isReused ? ', still running from before' : '';
  return {
    url: server.url,
    text: isReal
      ? `${server.kind === 'valkey-server' ? 'Valkey' : 'Redis'}${version} on port ${server.port}${how}`
      : `Redis written in JavaScript on port ${server.port}`,
    warnings: isReal
      ? []
      : [
          'This machine has no Redis. The one in JavaScript is slow and keeps nothing: runs are gone when it stops.',
          `For a real one: ${installHint(path)}`,
        ],
    onDeath: (listener) => server.onDeath(listener),
    restart: () => server.restart(),
    stop: () => server.stop(),
  };
}

/** Connects once, to say early and in words when it cannot be reached. */
async function configuredRedis({ redis }: Settings): Promise<RedisPart> {
  const shown = withoutLogin(redis.url);
  try {
    await withRedis(redis, async () => {});
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CliError(`The configured Redis ${shown} cannot be used: ${reason}`, EXIT.unavailable, [
      'It is named by RUNYARD_REDIS_URL or the settings file; without one, an own Redis is started.',
    ]);
  }
  return {
    url: redis.url,
    text: `Redis at ${shown}, as configured`,
    warnings: [],
    onDeath: () => {},
    restart: async () => {},
    stop: async () => {},
  };
}

function versionOf(info: string): string {
  return /^valkey_version:(\S+)/m.exec(info)?.[1] ?? /^redis_version:(\S+)/m.exec(info)?.[1] ?? '';
}

export function withoutLogin(url: string): string {
  return url.replace(/\/\/[^@/]*@/, '//');
}
