import { isDeepStrictEqual } from 'node:util';
import {
  type AccessView,
  AppError,
  type CatalogChange,
  type CatalogKind,
  type CatalogKinds,
  type CatalogStore,
  type CatalogView,
  type Clock,
  type Cluster,
  type CredentialItem,
  DEFAULT_CLUSTER,
  type Device,
  type Pool,
  type Service,
  type Versioned,
} from '@runyard/domain';
import { type CatalogItems, MemoryCatalogView } from './memory-catalog-view.ts';

type Mutable = { [Kind in keyof CatalogKinds]: Map<string, Versioned<CatalogKinds[Kind]>> };

/** The catalog in memory. It checks no references: that is done before anything is written. */
export class MemoryCatalogStore implements CatalogStore {
  private readonly clock: Clock;
  private readonly versions = new Map<string, Map<number, Service>>();
  private readonly bundles = new Map<string, Uint8Array>();
  private current: CatalogView;
  private items: Mutable = {
    cluster: new Map(),
    credential: new Map(),
    device: new Map(),
    pool: new Map(),
    secret: new Map(),
    repository: new Map(),
    decorator: new Map(),
    'executable-object': new Map(),
    registry: new Map(),
    role: new Map(),
    group: new Map(),
    'service-account': new Map(),
    'service-group': new Map(),
    service: new Map(),
    schedule: new Map(),
  };

  constructor(clock: Clock) {
    this.clock = clock;
    this.current = new MemoryCatalogView(0, this.items);
  }

  view(): Promise<CatalogView> {
    return Promise.resolve(this.current);
  }

  lastView(): CatalogView {
    return this.current;
  }

  async write(changes: readonly CatalogChange[], expectedRevision: number): Promise<number> {
    if (expectedRevision !== this.current.revision) {
      throw new AppError('CATALOG_CONFLICT', `The catalog is at revision ${this.current.revision}.`);
    }
    const next = copyOf(this.items);
    for (const change of changes) this.apply(next, change, expectedRevision + 1);
    this.items = next;
    this.current = new MemoryCatalogView(expectedRevision + 1, next);
    return this.current.revision;
  }

  async serviceVersion(name: string, version: number): Promise<Service | null> {
    return this.versions.get(name)?.get(version) ?? null;
  }

  async serviceVersions(name: string): Promise<readonly number[]> {
    return [...(this.versions.get(name)?.keys() ?? [])];
  }

  async devices(names: readonly string[]): Promise<readonly (Device | null)[]> {
    return names.map((name) => this.current.get('device', name)?.item ?? null);
  }

  async cluster(name: string): Promise<Cluster | null> {
    return this.current.get('cluster', name)?.item ?? (name === DEFAULT_CLUSTER ? { name } : null);
  }

  async credentials(): Promise<{
    readonly credentials: readonly CredentialItem[];
    readonly pools: ReadonlyMap<string, Pool>;
  }> {
    return {
      credentials: [...this.items.credential.values()].map(({ item }) => item),
      pools: new Map([...this.items.pool].map(([name, { item }]) => [name, item])),
    };
  }

  access(): Promise<AccessView> {
    return this.view();
  }

  async item<Kind extends CatalogKind>(kind: Kind, name: string): Promise<CatalogKinds[Kind] | null> {
    return this.current.get(kind, name)?.item ?? null;
  }

  async secret(name: string): Promise<string | null> {
    return this.current.get('secret', name)?.item.value.sealed ?? null;
  }

  async putBundle(hash: string, content: Uint8Array): Promise<void> {
    this.bundles.set(hash, content);
  }

  async bundle(hash: string): Promise<Uint8Array | null> {
    return this.bundles.get(hash) ?? null;
  }

  private apply(items: Mutable, change: CatalogChange, revision: number): void {
    const kept = items[change.kind] as Map<string, Versioned<CatalogKinds[typeof change.kind]>>;
    if (change.action === 'delete') {
      kept.delete(change.name);
      return;
    }
    const before = kept.get(change.item.name);
    const managedBy = change.managedBy ?? before?.managedBy;
    const sinceRevision = before ? before.sinceRevision : change.kind === 'schedule' ? revision : undefined;
    const mark = {
      ...(managedBy === undefined ? {} : { managedBy }),
      ...(sinceRevision === undefined ? {} : { sinceRevision }),
    };
    if (before && isDeepStrictEqual(before.item, change.item)) {
      kept.set(change.item.name, { ...before, ...mark });
      return;
    }
    const version = (before?.version ?? 0) + 1;
    kept.set(change.item.name, { item: change.item, version, updatedAtMs: this.clock.nowMs(), ...mark });
    if (change.kind === 'service') {
      const versions = this.versions.get(change.item.name) ?? new Map<number, Service>();
      this.versions.set(change.item.name, versions.set(version, change.item));
    }
  }
}

function copyOf(items: CatalogItems): Mutable {
  return {
    cluster: new Map(items.cluster),
    credential: new Map(items.credential),
    device: new Map(items.device),
    pool: new Map(items.pool),
    secret: new Map(items.secret),
    repository: new Map(items.repository),
    decorator: new Map(items.decorator),
    'executable-object': new Map(items['executable-object']),
    registry: new Map(items.registry),
    role: new Map(items.role),
    group: new Map(items.group),
    'service-account': new Map(items['service-account']),
    'service-group': new Map(items['service-group']),
    service: new Map(items.service),
    schedule: new Map(items.schedule),
  };
}
