import {
  type CatalogKind,
  type CatalogKinds,
  type CatalogView,
  compilePoolRule,
  type Device,
  type Versioned,
} from '@runyard/domain';

export type CatalogItems = { [Kind in CatalogKind]: Map<string, Versioned<CatalogKinds[Kind]>> };

/** What is derived from the items on first use and dropped with the revision. */
interface Derived {
  readonly names: Map<CatalogKind, readonly string[]>;
  readonly members: Map<string, readonly Device[]>;
  byAddress: Map<string, Device[]> | null;
}

/** A view on items that do not change while it is in use. */
export function createCatalogView(items: CatalogItems, revision: number): CatalogView {
  const derived: Derived = { names: new Map(), members: new Map(), byAddress: null };
  const view: CatalogView = {
    revision,
    get: (kind, name) => items[kind].get(name),
    names(kind) {
      let names = derived.names.get(kind);
      if (!names) derived.names.set(kind, (names = [...items[kind].keys()].sort()));
      return names;
    },
    devicesByAddress(address) {
      derived.byAddress ??= indexByAddress(view, items);
      return derived.byAddress.get(address) ?? [];
    },
    poolMembers(name) {
      const known = derived.members.get(name);
      if (known) return known;
      const pool = items.pool.get(name)?.item;
      if (!pool) return undefined;
      const listed = new Set(pool.devices);
      const test = pool.rule ? compilePoolRule(pool.rule) : () => false;
      const members: Device[] = [];
      for (const deviceName of view.names('device')) {
        const device = items.device.get(deviceName)?.item;
        if (device && (listed.has(deviceName) || test(device))) members.push(device);
      }
      derived.members.set(name, members);
      return members;
    },
  };
  return view;
}

function indexByAddress(view: CatalogView, items: CatalogItems): Map<string, Device[]> {
  const index = new Map<string, Device[]>();
  for (const name of view.names('device')) {
    const device = items.device.get(name)?.item;
    if (!device) continue;
    const others = index.get(device.address);
    if (others) others.push(device);
    else index.set(device.address, [device]);
  }
  return index;
}

export function emptyItems(): CatalogItems {
  return {
    cluster: new Map([['default', { item: { name: 'default' }, version: 0, updatedAtMs: 0 }]]),
    secret: new Map(),
    credential: new Map(),
    device: new Map(),
    pool: new Map(),
    repository: new Map(),
    decorator: new Map(),
    'executable-object': new Map(),
    registry: new Map(),
    role: new Map(),
    group: new Map(),
    'service-account': new Map(),
    service: new Map(),
    'service-group': new Map(),
    schedule: new Map(),
  };
}
