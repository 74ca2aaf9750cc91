import type {
  GatewayManagerChange,
  GatewayManagerKind,
  GatewayManagerKinds,
  GatewayManagerStore,
  GatewayManagerView,
  Page,
} from '@runyard/domain';

/** Gateways, service groups and certificates in memory. */
export class MemoryGatewayManagerStore implements GatewayManagerStore {
  private current: GatewayManagerView = {
    revision: 0,
    gateways: new Map(),
    serviceGroups: new Map(),
    certificates: new Map(),
  };
  private readonly listeners = new Set<() => void>();

  view(): Promise<GatewayManagerView> {
    return Promise.resolve(this.current);
  }

  lastView(): GatewayManagerView | null {
    return this.current;
  }

  write(changes: readonly GatewayManagerChange[], expectedRevision: number): Promise<number | null> {
    if (expectedRevision !== this.current.revision) return Promise.resolve(null);
    const maps = {
      gateway: new Map<string, unknown>(this.current.gateways),
      'service-group': new Map<string, unknown>(this.current.serviceGroups),
      certificate: new Map<string, unknown>(this.current.certificates),
    };
    for (const change of changes) {
      if (change.action === 'put') maps[change.kind].set(change.item.id, change.item);
      else maps[change.kind].delete(change.id);
    }
    this.current = {
      revision: expectedRevision + 1,
      gateways: maps.gateway,
      serviceGroups: maps['service-group'],
      certificates: maps.certificate,
    } as GatewayManagerView;
    for (const listener of this.listeners) listener();
    return Promise.resolve(this.current.revision);
  }

  list<Kind extends GatewayManagerKind>(
    kind: Kind,
    cursor: string | null,
    limit: number,
  ): Promise<Page<GatewayManagerKinds[Kind]>> {
    const { gateways, serviceGroups, certificates } = this.current;
    const records = { gateway: gateways, 'service-group': serviceGroups, certificate: certificates }[kind];
    const all = ([...records.values()] as GatewayManagerKinds[Kind][]).sort((a, b) => (a.id < b.id ? -1 : 1));
    const rest = all.filter(({ id }) => cursor === null || id > cursor);
    const items = rest.slice(0, limit);
    return Promise.resolve({ items, cursor: rest.length > limit ? (items.at(-1)?.id ?? null) : null });
  }

  onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
}
