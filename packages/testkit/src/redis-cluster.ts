import type { Certificates } from './certificates.ts';
import { startTestRedis, type TestRedis } from './redis.ts';
import { waitFor } from './wait-for.ts';

export interface TestRedisClusterOptions {
  readonly masters?: number;
  /** Replicas of each master; 0 when absent. */
  readonly replicas?: number;
  readonly appendOnly?: boolean;
  readonly extraArgs?: readonly string[];
  /** The nodes talk TLS to each other and on a second port, which the address names. */
  readonly tls?: Certificates;
}

/** A real Redis Cluster on loopback ports. Each node can be killed and restarted through its `server`. */
export interface TestRedisCluster {
  /** `redis+cluster://`, or `rediss+cluster://`, with all nodes. */
  readonly url: string;
  /** The masters as they were at the start, then the replicas: those of the first master first. */
  readonly nodes: readonly TestRedis[];
  /** Deletes every key on every master that answers. */
  flush(): Promise<void>;
  /** The node that is the master of the slot of this key now. */
  masterOf(key: string): Promise<TestRedis>;
  stop(): Promise<void>;
}

const SLOTS = 16_384;
/** After this time a node counts as dead; the vote of the others comes on top. */
const NODE_TIMEOUT_MS = 1_000;
const READY_MS = 30_000;

/** Starts the nodes, gives them slots and replicas, and resolves when all of them find the cluster complete. */
export async function startTestRedisCluster(options: TestRedisClusterOptions = {}): Promise<TestRedisCluster> {
  const { masters = 3, replicas = 0, appendOnly = false, extraArgs = [], tls } = options;
  const args = [
    '--cluster-enabled',
    'yes',
    '--cluster-config-file',
    'nodes.conf',
    '--cluster-node-timeout',
    String(NODE_TIMEOUT_MS),
    '--repl-diskless-sync-delay',
    '0',
    ...extraArgs,
  ];
  const startNode = () =>
    startTestRedis({ appendOnly, extraArgs: tls ? (port) => [...args, ...tlsArgs(port + 1, tls)] : args });
  const portOf = ({ port }: TestRedis): number => (tls ? port + 1 : port);
  const started = await Promise.allSettled(Array.from({ length: masters * (1 + replicas) }, startNode));
  const nodes = started.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  const stop = async () => void (await Promise.all(nodes.map((node) => node.stop())));
  try {
    for (const each of started) if (each.status === 'rejected') throw each.reason;
    await join(nodes, masters, portOf);
    await waitFor(() => isComplete(nodes), { timeoutMs: READY_MS });
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    url: `redis${tls ? 's' : ''}+cluster://${nodes.map((node) => `127.0.0.1:${portOf(node)}`).join(',')}`,
    nodes,
    flush: async () => {
      for (const node of await mastersAmong(nodes)) await node.flush();
    },
    masterOf: async (key) => {
      const living = await mastersAmong(nodes);
      const slot = Number(await living[0]?.ask('CLUSTER', 'KEYSLOT', key));
      for (const node of living) {
        if ((await slotsOf(node)).some(([first, last]) => slot >= first && slot <= last)) return node;
      }
      throw new Error(`no master has the slot ${slot}`);
    },
    stop,
  };
}

function tlsArgs(port: number, { caFile, certFile, keyFile }: Certificates): string[] {
  const files = ['--tls-cert-file', certFile, '--tls-key-file', keyFile, '--tls-ca-cert-file', caFile];
  return ['--tls-port', String(port), '--tls-cluster', 'yes', ...files, '--tls-auth-clients', 'no'];
}

async function join(nodes: readonly TestRedis[], masters: number, portOf: (node: TestRedis) => number): Promise<void> {
  const [first] = nodes;
  if (!first) throw new Error('a cluster needs a node');
  for (const [index, node] of nodes.entries()) {
    await node.ask('CLUSTER', 'SET-CONFIG-EPOCH', String(index + 1));
    if (index < masters) {
      const from = Math.round((index * SLOTS) / masters);
      const to = Math.round(((index + 1) * SLOTS) / masters);
      await node.ask('CLUSTER', 'ADDSLOTS', ...Array.from({ length: to - from }, (_, slot) => String(from + slot)));
    }
    if (node !== first) await node.ask('CLUSTER', 'MEET', '127.0.0.1', String(portOf(first)));
  }
  const knowsAll = async (node: TestRedis) =>
    (await node.ask('CLUSTER', 'INFO')).includes(`cluster_known_nodes:${nodes.length}\r\n`);
  await waitFor(async () => (await Promise.all(nodes.map(knowsAll))).every(Boolean), { timeoutMs: READY_MS });
  const replicas = nodes.slice(masters);
  for (const [index, replica] of replicas.entries()) {
    const master = nodes[Math.floor((index * masters) / replicas.length)];
    const id = await master?.ask('CLUSTER', 'MYID');
    if (id) await waitFor(() => replica.ask('CLUSTER', 'REPLICATE', id), { timeoutMs: READY_MS });
  }
}

/** True when every node finds all slots served, and every replica has its copy. */
async function isComplete(nodes: readonly TestRedis[]): Promise<boolean> {
  for (const node of nodes) {
    if (!(await node.ask('CLUSTER', 'INFO')).startsWith('cluster_state:ok')) return false;
    const replication = await node.ask('INFO', 'replication');
    if (replication.includes('role:slave') && !replication.includes('master_link_status:up')) return false;
  }
  return true;
}

async function living(nodes: readonly TestRedis[]): Promise<readonly TestRedis[]> {
  const answers = await Promise.allSettled(nodes.map((node) => node.ask('PING')));
  return nodes.filter((_, index) => answers[index]?.status === 'fulfilled');
}

async function mastersAmong(nodes: readonly TestRedis[]): Promise<readonly TestRedis[]> {
  const found: TestRedis[] = [];
  for (const node of await living(nodes)) {
    if ((await node.ask('INFO', 'replication')).includes('role:master')) found.push(node);
  }
  return found;
}

/** Ranges of slots that the node itself serves. */
async function slotsOf(node: TestRedis): Promise<readonly (readonly [number, number])[]> {
  const lines = (await node.ask('CLUSTER', 'NODES')).split('\n');
  const own = lines.find((line) => line.includes('myself')) ?? '';
  return own
    .trim()
    .split(' ')
    .slice(8)
    .filter((range) => !range.startsWith('['))
    .map((range) => {
      const [first, last] = range.split('-').map(Number);
      return [first ?? 0, last ?? first ?? 0] as const;
    });
}
