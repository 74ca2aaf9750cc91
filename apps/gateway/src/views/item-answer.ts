import { documentOf } from '@runyard/catalog';
import type { CatalogDocumentKinds, VersionedAnswer } from '@runyard/contracts';
import type { CatalogKind, CatalogKinds, Versioned } from '@runyard/domain';
import { timeText } from './runtime-text.ts';

/** An item of the catalog as people write it, with its version. Stored secrets come as `{kept: true}`. */
export function itemAnswer<Kind extends CatalogKind>(
  kind: Kind,
  { item, version, updatedAtMs, managedBy }: Versioned<CatalogKinds[Kind]>,
): VersionedAnswer<CatalogDocumentKinds[Kind]> {
  const updatedAt = timeText(updatedAtMs);
  return { item: documentOf(kind, item), version, updatedAt, ...(managedBy ? { managedBy } : {}) };
}
