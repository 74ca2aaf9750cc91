import {
  type Certificate,
  GATEWAY_MANAGER_KINDS,
  type GatewayManagerChange,
  type GatewayManagerKind,
  type GatewayManagerKinds,
  type GatewayManagerStore,
  type GatewayManagerView,
  type GatewayRecord,
  type Log,
  type Page,
  type ServiceGroup,
} from '@runyard/domain';
import { defineScripts, loadScript, type RedisConnection, runScript } from '@runyard/redis';
import type { Keys } from './keys.ts';
import { pageById } from './page-by-id.ts';
import { known } from './store-errors.ts';

const READ = loadScript(new URL('./lua/read-gateway-manager-4.lua', import.meta.url));
const WRITE = loadScript(new URL('./lua/write-gateway-manager-4.lua', import.meta.url));

export interface GatewayManagerStoreOptions {
  readonly connection: RedisConnection;
  /** Hears of changes; without it only a look tells. */
  readonly subscriber: RedisConnection | null;
  readonly keys: Keys;
  readonly log: Log;
}

type Hash = readonly string[];
type Read = readonly [revision: string, gateways: Hash, serviceGroups: Hash, certificates: Hash];

/** Listens for changes from the moment it resolves. */
export async function createGatewayManagerStore(options: GatewayManagerStoreOptions): Promise<GatewayManagerStore> {
  const { subscriber, keys } = options;
  const store = new RedisGatewayManagerStore(options);
  if (subscriber) {
    subscriber.on('message', (channel: string) => {
      if (channel === keys.gatewayManager.changed) store.heardOfChange();
    });
    await subscriber.subscribe(keys.gatewayManager.changed);
  }
  return store;
}

/** Three small hashes under one revision. A process keeps a copy, and reads it anew only when the revision moved. */
class RedisGatewayManagerStore implements GatewayManagerStore {
  private readonly connection: RedisConnection;
  private readonly keys: Keys['gatewayManager'];
  private readonly hashes: readonly string[];
  private readonly log: Log;
  private readonly listeners = new Set<() => void>();
  private current: GatewayManagerView | null = null;

  constructor({ connection, keys, log }: GatewayManagerStoreOptions) {
    this.connection = connection;
    this.keys = keys.gatewayManager;
    this.log = log;
    const { revision, gateways, serviceGroups, certificates } = this.keys;
    this.hashes = [revision, gateways, serviceGroups, certificates];
    defineScripts(connection, [READ, WRITE]);
  }

  async view(): Promise<GatewayManagerView> {
    const revision = Number((await known(this.connection.get(this.keys.revision))) ?? 0);
    if (this.current?.revision === revision) return this.current;
    // A lower one: a server took over that had not heard of the last changes.
    if (this.current && revision < this.current.revision) this.current = null;
    return this.read();
  }

  lastView(): GatewayManagerView | null {
    return this.current;
  }

  async write(changes: readonly GatewayManagerChange[], expectedRevision: number): Promise<number | null> {
    const args = changes.flatMap((change) => [
      // The first key is the revision, and Lua counts from 1.
      GATEWAY_MANAGER_KINDS.indexOf(change.kind) + 2,
      change.action === 'put' ? change.item.id : change.id,
      change.action === 'put' ? JSON.stringify(change.item) : '',
    ]);
    const all = [expectedRevision, this.keys.changed, ...args];
    const revision = await known(runScript<number>(this.connection, WRITE, this.hashes, all));
    if (revision === -1) return null;
    // What was written holds in this process from now on, whatever becomes of the message.
    await this.read();
    return revision;
  }

  async list<Kind extends GatewayManagerKind>(
    kind: Kind,
    cursor: string | null,
    limit: number,
  ): Promise<Page<GatewayManagerKinds[Kind]>> {
    const view = await this.view();
    const records = { gateway: view.gateways, 'service-group': view.serviceGroups, certificate: view.certificates };
    const items = [...records[kind].values()] as GatewayManagerKinds[Kind][];
    return pageById(items, ({ id }) => id, cursor, limit);
  }

  onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  heardOfChange(): void {
    this.read().then(
      () => this.listeners.forEach((listener) => listener()),
      (error: unknown) => this.log.warn('gateways were not read after a change', { error }),
    );
  }

  private async read(): Promise<GatewayManagerView> {
    const [revision, gateways, serviceGroups, certificates] = await known(
      runScript<Read>(this.connection, READ, this.hashes, []),
    );
    const view: GatewayManagerView = {
      revision: Number(revision),
      gateways: decode<GatewayRecord>(gateways),
      serviceGroups: decode<ServiceGroup>(serviceGroups),
      certificates: decode<Certificate>(certificates),
    };
    // Answers may overtake each other.
    if (!this.current || view.revision >= this.current.revision) this.current = view;
    return view;
  }
}

function decode<Item>(hash: Hash): ReadonlyMap<string, Item> {
  const items = new Map<string, Item>();
  for (let at = 0; at < hash.length; at += 2) items.set(hash[at] ?? '', JSON.parse(hash[at + 1] ?? '') as Item);
  return items;
}
