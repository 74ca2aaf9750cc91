import {
  ACCESS_KINDS,
  type AccessView,
  AppError,
  CATALOG_KINDS,
  type CatalogChange,
  type CatalogKind,
  type CatalogKinds,
  type CatalogStore,
  type CatalogView,
  type Clock,
  type Cluster,
  type CredentialItem,
  type Device,
  MANAGING_SET,
  type Pool,
  type SecretItem,
  type Service,
  type Versioned,
} from '@runyard/domain';
import { defineScripts, loadScript, type RedisConnection, runScript, storeError } from '@runyard/redis';
import { createCatalogView, emptyItems } from './catalog-view.ts';
import type { Keys } from './keys.ts';
import { known } from './store-errors.ts';

const WRITE_CATALOG = loadScript(new URL('./lua/write-catalog-any.lua', import.meta.url));
/** More changes than this since the last look, and everything is read anew. */
const CHANGES_AT_ONCE_MAX = 2_000;
const CREDENTIALS_FRESH_MS = 2_000;
const CLUSTER_FRESH_MS = 2_000;
const CLUSTERS_KEPT_MAX = 1_000;
const VERSIONS_KEPT_MAX = 1_000;
const RECENT_DEVICES_MAX = 10_000;
/** Devices of a larger question are not kept: they rarely come again, and to keep them costs more than to read them. */
const KEPT_OF_ONE_QUESTION_MAX = 20;

export interface CatalogStoreOptions {
  readonly connection: RedisConnection;
  readonly keys: Keys;
  readonly clock: Clock;
  /** How old a device may be that `devices` gives; 0 when absent. A worker that runs many small runs saves a read. */
  readonly deviceFreshMs?: number;
}

/**
 * The catalog in Redis, with a copy of it in memory for those who call `view()`. The copy is brought up to date from
 * the stream of changes whenever the revision moved; callers that come while the revision is being asked for share
 * the next question, so that a busy gateway asks a few times a millisecond and not once for each run.
 */
export class RedisCatalogStore implements CatalogStore {
  private readonly connection: RedisConnection;
  private readonly keys: Keys;
  private readonly clock: Clock;
  private readonly deviceFreshMs: number;
  private readonly recentDevices = new Map<string, { readonly device: Device; readonly readAtMs: number }>();
  private items = emptyItems();
  private current: CatalogView | null = null;
  private readUntil = '-';
  private asking: Promise<CatalogView> | null = null;
  private next: Promise<CatalogView> | null = null;
  private readonly versions = new Map<string, Service>();
  private readonly recentClusters = new Map<
    string,
    { readonly atMs: number; readonly value: Promise<Cluster | null> }
  >();
  /** Who may do what, for those who never look at the whole catalog. */
  private rights: AccessView | null = null;
  private chosen: { readonly atMs: number; readonly value: ReturnType<CatalogStore['credentials']> } | null = null;

  constructor({ connection, keys, clock, deviceFreshMs = 0 }: CatalogStoreOptions) {
    this.connection = connection;
    this.keys = keys;
    this.clock = clock;
    this.deviceFreshMs = deviceFreshMs;
    defineScripts(connection, [WRITE_CATALOG]);
  }

  view(): Promise<CatalogView> {
    if (!this.asking) {
      this.asking = this.refresh().finally(() => (this.asking = null));
      return this.asking;
    }
    // The question under way was sent before this call, so its answer may be older than the call.
    this.next ??= this.asking
      .catch(() => undefined)
      .then(() => {
        this.next = null;
        return this.view();
      });
    return this.next;
  }

  lastView(): CatalogView | null {
    return this.current;
  }

  private async refresh(): Promise<CatalogView> {
    try {
      const revision = Number((await this.connection.get(this.keys.catalogRevision)) ?? 0);
      if (this.current?.revision === revision) return this.current;
      return (this.current = await this.read());
    } catch (error) {
      throw storeError(error);
    }
  }

  private async read(): Promise<CatalogView> {
    const start = this.readUntil === '-' ? '-' : `(${this.readUntil}`;
    const changes = await this.connection.xrange(this.keys.catalogChanges, start, '+', 'COUNT', CHANGES_AT_ONCE_MAX);
    const revisions = changes.map(([, fields]) => Number(fields[1]));
    const revision = revisions.at(-1) ?? Number((await this.connection.get(this.keys.catalogRevision)) ?? 0);
    const complete = this.current !== null && revisions[0] === this.current.revision + 1;
    if (!complete || changes.length >= CHANGES_AT_ONCE_MAX) return this.readAll();
    const names = new Map<CatalogKind, Set<string>>();
    for (const [, fields] of changes) {
      const kind = fields[3] as CatalogKind;
      names.set(kind, (names.get(kind) ?? new Set()).add(fields[5] ?? ''));
    }
    for (const [kind, changed] of names) await this.readSome(kind, [...changed]);
    this.readUntil = changes.at(-1)?.[0] ?? this.readUntil;
    return createCatalogView(this.items, revision);
  }

  private async readSome<Kind extends CatalogKind>(kind: Kind, names: readonly string[]): Promise<void> {
    const stored = await this.connection.hmget(this.keys.catalog(kind), ...names);
    const items = new Map(this.items[kind]) as Map<string, Versioned<CatalogKinds[Kind]>>;
    names.forEach((name, index) => {
      const text = stored[index];
      if (text) items.set(name, decodeItem<CatalogKinds[Kind]>(text));
      else items.delete(name);
    });
    // A new object, so that views in use keep what they saw.
    this.items = { ...this.items, [kind]: items };
  }

  /** Read in pages. A change that comes meanwhile has a higher revision and is read from the stream next time. */
  private async readAll(): Promise<CatalogView> {
    const revision = Number((await this.connection.get(this.keys.catalogRevision)) ?? 0);
    const last = await this.connection.xrevrange(this.keys.catalogChanges, '+', '-', 'COUNT', 1);
    this.readUntil = last[0]?.[0] ?? '0-0';
    const items = emptyItems();
    for (const kind of CATALOG_KINDS) {
      const map = items[kind] as Map<string, Versioned<unknown>>;
      let cursor = '0';
      do {
        const [next, found] = await this.connection.hscan(this.keys.catalog(kind), cursor, 'COUNT', 1_000);
        cursor = next;
        for (let at = 0; at < found.length; at += 2) map.set(found[at] ?? '', decodeItem(found[at + 1] ?? ''));
      } while (cursor !== '0');
    }
    this.items = items;
    return createCatalogView(items, revision);
  }

  async write(changes: readonly CatalogChange[], expectedRevision: number): Promise<number> {
    const kinds = CATALOG_KINDS.map((kind) => this.keys.catalog(kind));
    const args = changes.flatMap((change) => [
      CATALOG_KINDS.indexOf(change.kind) + 3,
      change.kind,
      change.action === 'put' ? change.item.name : change.name,
      change.action === 'put' ? JSON.stringify(change.item) : '',
      change.action === 'put' ? managingSet(change.managedBy) : '',
    ]);
    const revision = await runScript<number>(
      this.connection,
      WRITE_CATALOG,
      [this.keys.catalogRevision, this.keys.catalogChanges, ...kinds],
      [expectedRevision, this.clock.nowMs(), this.keys.serviceVersions(''), ...args],
    ).catch((error: unknown) => {
      throw storeError(error);
    });
    if (revision < 0)
      throw new AppError('CATALOG_CONFLICT', 'Somebody else changed the catalog; read it again and retry.');
    return revision;
  }

  async serviceVersion(name: string, version: number): Promise<Service | null> {
    const id = `${version} ${name}`;
    const known = this.versions.get(id);
    if (known) return known;
    const text = await this.connection.hget(this.keys.serviceVersions(name), String(version));
    if (text === null) return null;
    const service = JSON.parse(text) as Service;
    if (this.versions.size >= VERSIONS_KEPT_MAX) this.versions.clear();
    this.versions.set(id, service);
    return service;
  }

  async serviceVersions(name: string): Promise<readonly number[]> {
    const fields = await this.connection.hkeys(this.keys.serviceVersions(name));
    return fields
      .filter((field) => field !== 'last')
      .map(Number)
      .sort((a, b) => a - b);
  }

  async devices(names: readonly string[]): Promise<readonly (Device | null)[]> {
    const readAtMs = this.clock.nowMs();
    const found = names.map((name) => {
      const recent = this.recentDevices.get(name);
      return recent && readAtMs - recent.readAtMs < this.deviceFreshMs ? recent.device : null;
    });
    const missing = names.filter((_, index) => found[index] === null);
    if (missing.length === 0) return found;
    const stored = await this.connection.hmget(this.keys.catalog('device'), ...missing);
    if (this.recentDevices.size >= RECENT_DEVICES_MAX) this.recentDevices.clear();
    const isKept = this.deviceFreshMs > 0 && names.length <= KEPT_OF_ONE_QUESTION_MAX;
    const read = stored.map((text, index) => {
      const device = text === null ? null : decodeItem<Device>(text).item;
      if (device && isKept) this.recentDevices.set(missing[index] ?? '', { device, readAtMs });
      return device;
    });
    let next = 0;
    return found.map((device) => device ?? read[next++] ?? null);
  }

  cluster(name: string): Promise<Cluster | null> {
    const nowMs = this.clock.nowMs();
    const recent = this.recentClusters.get(name);
    if (recent && nowMs - recent.atMs < CLUSTER_FRESH_MS) return recent.value;
    const value = this.readCluster(name);
    if (this.recentClusters.size >= CLUSTERS_KEPT_MAX) this.recentClusters.clear();
    this.recentClusters.set(name, { atMs: nowMs, value });
    value.catch(() => this.recentClusters.delete(name));
    return value;
  }

  private async readCluster(name: string): Promise<Cluster | null> {
    const text = await known(this.connection.hget(this.keys.catalog('cluster'), name));
    // The cluster that is always there need not be written down.
    return text === null ? (emptyItems().cluster.get(name)?.item ?? null) : decodeItem<Cluster>(text).item;
  }

  credentials(): ReturnType<CatalogStore['credentials']> {
    const nowMs = this.clock.nowMs();
    if (this.chosen && nowMs - this.chosen.atMs < CREDENTIALS_FRESH_MS) return this.chosen.value;
    const value = this.readCredentials();
    this.chosen = { atMs: nowMs, value };
    value.catch(() => (this.chosen = null));
    return value;
  }

  private async readCredentials() {
    const [credentials, pools] = await Promise.all([
      this.connection.hvals(this.keys.catalog('credential')),
      this.connection.hvals(this.keys.catalog('pool')),
    ]);
    return {
      credentials: credentials.map((text) => decodeItem<CredentialItem>(text).item),
      pools: new Map(pools.map((text) => decodeItem<Pool>(text).item).map((pool) => [pool.name, pool])),
    };
  }

  async access(): Promise<AccessView> {
    const revision = Number((await known(this.connection.get(this.keys.catalogRevision))) ?? 0);
    if (this.current?.revision === revision) return this.current;
    if (this.rights?.revision === revision) return this.rights;
    return (this.rights = await this.readRights(revision));
  }

  /** What is read may be newer than the revision that was asked for before: then the next look reads it again. */
  private async readRights(revision: number): Promise<AccessView> {
    const items = emptyItems();
    const read = ACCESS_KINDS.map(async (kind) => {
      const found = await known(this.connection.hgetall(this.keys.catalog(kind)));
      const map = items[kind] as Map<string, Versioned<unknown>>;
      for (const [name, text] of Object.entries(found)) map.set(name, decodeItem(text));
    });
    await Promise.all(read);
    return createCatalogView(items, revision);
  }

  async item<Kind extends CatalogKind>(kind: Kind, name: string): Promise<CatalogKinds[Kind] | null> {
    const text = await known(this.connection.hget(this.keys.catalog(kind), name));
    return text === null ? null : decodeItem<CatalogKinds[Kind]>(text).item;
  }

  async secret(name: string): Promise<string | null> {
    const text = await this.connection.hget(this.keys.catalog('secret'), name);
    return text === null ? null : decodeItem<SecretItem>(text).item.value.sealed;
  }

  /** The name of a bundle is its hash, so writing it twice changes nothing. Kept as long as versions of services are. */
  async putBundle(hash: string, content: Uint8Array): Promise<void> {
    await this.connection.set(this.keys.bundle(hash), Buffer.from(content));
  }

  bundle(hash: string): Promise<Uint8Array | null> {
    return this.connection.getBuffer(this.keys.bundle(hash));
  }
}

/** It is stored between blanks, so nothing else may get there. */
function managingSet(name: string | undefined): string {
  if (name === undefined || MANAGING_SET.test(name)) return name ?? '';
  throw new Error('the name of a set of files has letters, digits, dots, hyphens and underscores');
}

/** An item is stored as `<version> <time in ms>[,<set>[,<since revision>]] <JSON>`, of which the set may be empty. */
function decodeItem<Item>(text: string): Versioned<Item> {
  const first = text.indexOf(' ');
  const second = text.indexOf(' ', first + 1);
  const [updatedAtMs, managedBy = '', since] = text.slice(first + 1, second).split(',');
  return {
    version: Number(text.slice(0, first)),
    updatedAtMs: Number(updatedAtMs),
    ...(managedBy === '' ? {} : { managedBy }),
    ...(since === undefined ? {} : { sinceRevision: Number(since) }),
    item: JSON.parse(text.slice(second + 1)) as Item,
  };
}
