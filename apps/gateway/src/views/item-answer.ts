import {
  type CatalogDocumentKinds,
  fromCluster,
  fromCredential,
  fromDevice,
  fromPlain,
  fromPool,
  fromSecret,
  fromService,
  type VersionedAnswer,
} from '@runyard/contracts';
import type { CatalogKind, CatalogKinds, Versioned } from '@runyard/domain';
import { timeText } from './runtime-text.ts';

type Documents = { [Kind in CatalogKind]: (item: CatalogKinds[Kind]) => CatalogDocumentKinds[Kind] };

// None of these gives out a stored secret: values that are sealed come as `{kept: true}`.
const DOCUMENTS: Documents = {
  cluster: fromCluster,
  credential: fromCredential,
  device: fromDevice,
  pool: fromPool,
  secret: fromSecret,
  repository: fromPlain,
  decorator: fromPlain,
  'executable-object': fromPlain,
  registry: fromPlain,
  service: fromService,
};

/** An item of the catalog as people write it, with its version. */
export function itemAnswer<Kind extends CatalogKind>(
  kind: Kind,
  { item, version, updatedAtMs }: Versioned<CatalogKinds[Kind]>,
): VersionedAnswer<CatalogDocumentKinds[Kind]> {
  return { item: DOCUMENTS[kind](item), version, updatedAt: timeText(updatedAtMs) };
}
