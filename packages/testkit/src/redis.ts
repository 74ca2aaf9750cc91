import {
  askRedis,
  type ExtraArgs,
  findRedisServer,
  installHint,
  type RedisServer,
  startRedisServer,
} from '@runyard/redis';
import { atExit, killQuietly } from './at-exit.ts';
import { tempFolder } from './temp-folder.ts';

export interface TestRedis {
  readonly url: string;
  readonly port: number;
  /** Kill, restart and pid, for chaos. */
  readonly server: RedisServer;
  readonly folder: string;
  /** Deletes every key, scripts excepted. */
  flush(): Promise<void>;
  /** Any command, its answer as text. */
  ask(...command: string[]): Promise<string>;
  stop(): Promise<void>;
}

export interface TestRedisOptions {
  /** Keeps the data on disk, for tests that kill it. False when absent. */
  readonly appendOnly?: boolean;
  readonly extraArgs?: ExtraArgs;
}

/** One real Redis for a test file, on a port and in a folder of its own. Stop it in afterAll. */
export async function startTestRedis({ appendOnly = false, extraArgs }: TestRedisOptions = {}): Promise<TestRedis> {
  const path = process.env.PATH;
  if (!findRedisServer(path)) throw new Error(`The tests need a real Redis: ${installHint(path)}`);
  const folder = await tempFolder('runyard-redis-');
  const server = await startRedisServer({
    folder: folder.path,
    appendOnly,
    kinds: ['redis-server', 'valkey-server'],
    ...(path === undefined ? {} : { path }),
    ...(extraArgs ? { extraArgs } : {}),
  });
  const forget = atExit(() => killQuietly(server.pid));
  const ask = (...command: string[]): Promise<string> => askRedis(server.port, command, 10_000);
  return {
    url: server.url,
    port: server.port,
    server,
    folder: folder.path,
    ask,
    flush: async () => {
      await ask('FLUSHALL');
    },
    stop: async () => {
      await server.stop();
      forget();
      await folder.remove();
    },
  };
}
