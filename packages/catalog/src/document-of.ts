import {
  type CatalogDocumentKinds,
  fromCluster,
  fromCredential,
  fromDevice,
  fromPlain,
  fromPool,
  fromSchedule,
  fromSecret,
  fromService,
} from '@runyard/contracts';
import type { CatalogKind, CatalogKinds } from '@runyard/domain';

type Documents = { [Kind in CatalogKind]: (item: CatalogKinds[Kind]) => CatalogDocumentKinds[Kind] };

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
  role: fromPlain,
  group: fromPlain,
  'service-account': fromPlain,
  'service-group': fromPlain,
  service: fromService,
  schedule: fromSchedule,
};

/** A stored item as people write it. No stored secret is in it: values that are sealed come as `{kept: true}`. */
export function documentOf<Kind extends CatalogKind>(kind: Kind, item: CatalogKinds[Kind]): CatalogDocumentKinds[Kind] {
  return DOCUMENTS[kind](item);
}
