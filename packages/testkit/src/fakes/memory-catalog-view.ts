import {
  type CatalogKind,
  type CatalogKinds,
  type CatalogView,
  type Device,
  isPoolMember,
  type Versioned,
} from '@runyard/domain';

export type CatalogItems = { readonly [Kind in CatalogKind]: ReadonlyMap<string, Versioned<CatalogKinds[Kind]>> };

/** A catalog at one revision; it never changes after it was made. */
export class MemoryCatalogView implements CatalogView {
  readonly revision: number;
  private readonly items: CatalogItems;
  private readonly sortedNames = new Map<CatalogKind, readonly string[]>();

  constructor(revision: number, items: CatalogItems) {
    this.revision = revision;
    this.items = items;
  }

  get<Kind extends CatalogKind>(kind: Kind, name: string): Versioned<CatalogKinds[Kind]> | undefined {
    return this.items[kind].get(name);
  }

  names(kind: CatalogKind): readonly string[] {
    const known = this.sortedNames.get(kind);
    if (known) return known;
    const names = [...this.items[kind].keys()].sort();
    this.sortedNames.set(kind, names);
    return names;
  }

  devicesByAddress(address: string): readonly Device[] {
    return this.devices().filter((device) => device.address === address);
  }

  poolMembers(name: string): readonly Device[] | undefined {
    const pool = this.get('pool', name)?.item;
    return pool && this.devices().filter((device) => isPoolMember(pool, device));
  }

  private devices(): Device[] {
    return this.names('device').flatMap((name) => this.get('device', name)?.item ?? []);
  }
}
