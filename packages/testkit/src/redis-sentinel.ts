import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { askRedis, findRedisServer, installHint } from '@runyard/redis';
import { atExit, killQuietly } from './at-exit.ts';
import { freePort } from './free-port.ts';
import { startTestRedis, type TestRedis } from './redis.ts';
import { tempFolder, type TempFolder } from './temp-folder.ts';
import { waitFor } from './wait-for.ts';

export interface TestRedisSentinelOptions {
  readonly replicas?: number;
  readonly sentinels?: number;
  readonly appendOnly?: boolean;
  readonly extraArgs?: readonly string[];
}

/** One primary with replicas, watched by Sentinels. Each server can be killed and restarted through its `server`. */
export interface TestRedisSentinel {
  /** `redis+sentinel://` with all Sentinels and the name of the set. */
  readonly url: string;
  /** The primary as it was at the start, then the replicas. */
  readonly nodes: readonly TestRedis[];
  /** The server that the first Sentinel takes for the primary now. */
  primary(): Promise<TestRedis>;
  stop(): Promise<void>;
}

const NAME = 'runyard';
const DOWN_AFTER_MS = 1_000;
const READY_MS = 30_000;

/** Starts all of it and resolves when the Sentinels agree and every replica has its copy. */
export async function startTestRedisSentinel(options: TestRedisSentinelOptions = {}): Promise<TestRedisSentinel> {
  const { replicas = 2, sentinels: count = 3, appendOnly = false, extraArgs = [] } = options;
  const args = ['--repl-diskless-sync-delay', '0', ...extraArgs];
  const nodes: TestRedis[] = [];
  const sentinels: Sentinel[] = [];
  const stop = async () => {
    await Promise.all(sentinels.map((sentinel) => sentinel.stop()));
    await Promise.all(nodes.map((node) => node.stop()));
  };
  try {
    const primary = await startTestRedis({ appendOnly, extraArgs: args });
    nodes.push(primary);
    const replicaOf = [...args, '--replicaof', `127.0.0.1 ${primary.port}`];
    while (nodes.length <= replicas) nodes.push(await startTestRedis({ appendOnly, extraArgs: replicaOf }));
    while (sentinels.length < count) sentinels.push(await startSentinel(primary.port, Math.floor(count / 2) + 1));
    const ready = `status=ok,address=127.0.0.1:${primary.port},slaves=${replicas},sentinels=${count}`;
    const agree = async () => {
      const states = await Promise.all(sentinels.map(({ port }) => askRedis(port, ['INFO', 'sentinel'])));
      const linked = await Promise.all(nodes.slice(1).map((node) => node.ask('INFO', 'replication')));
      const isLinked = linked.every((text) => text.includes('master_link_status:up'));
      return isLinked && states.every((state) => state.includes(ready));
    };
    await waitFor(agree, { timeoutMs: READY_MS });
  } catch (error) {
    await stop();
    throw error;
  }
  const sentinelPorts = sentinels.map(({ port }) => port);
  return {
    url: `redis+sentinel://${sentinelPorts.map((port) => `127.0.0.1:${port}`).join(',')}/${NAME}`,
    nodes,
    primary: async () => {
      const state = await askRedis(sentinelPorts[0] ?? 0, ['INFO', 'sentinel']);
      const port = Number(/address=127\.0\.0\.1:(\d+)/.exec(state)?.[1]);
      const node = nodes.find((candidate) => candidate.port === port);
      if (!node) throw new Error(`the Sentinels name no server of ours: ${state}`);
      return node;
    },
    stop,
  };
}

interface Sentinel {
  readonly port: number;
  stop(): Promise<void>;
}

async function startSentinel(primaryPort: number, quorum: number): Promise<Sentinel> {
  const found = findRedisServer(process.env.PATH);
  if (!found) throw new Error(`The tests need a real Redis: ${installHint(process.env.PATH)}`);
  const folder = await tempFolder('runyard-sentinel-');
  const port = await freePort();
  const settings = [
    `port ${port}`,
    'bind 127.0.0.1',
    'protected-mode yes',
    `dir ${folder.path}`,
    `sentinel monitor ${NAME} 127.0.0.1 ${primaryPort} ${quorum}`,
    `sentinel down-after-milliseconds ${NAME} ${DOWN_AFTER_MS}`,
    `sentinel failover-timeout ${NAME} 6000`,
    `sentinel parallel-syncs ${NAME} 1`,
  ];
  // A Sentinel writes what it learns into its own settings file.
  const file = join(folder.path, 'sentinel.conf');
  await writeFile(file, `${settings.join('\n')}\n`);
  const child = spawn(found.program, [file, '--sentinel'], { stdio: 'ignore', detached: true });
  const forget = atExit(() => killQuietly(child.pid ?? 0));
  const stop = () => stopChild(child, folder, forget);
  try {
    await waitFor(async () => (await askRedis(port, ['PING'])) === 'PONG', { timeoutMs: READY_MS });
    return { port, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function stopChild(child: ChildProcess, folder: TempFolder, forget: () => void): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    await exited;
  }
  forget();
  await folder.remove();
}
