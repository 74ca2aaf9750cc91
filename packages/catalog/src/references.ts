import { type CatalogDocumentKinds, CREDENTIAL_SECRETS } from '@runyard/contracts';
import type { CatalogKind, CatalogKinds } from '@runyard/domain';

/** A name by which one item refers to another, and where it stands in the item. */
export interface Reference {
  readonly kind: CatalogKind;
  readonly name: string;
  readonly pointer: string;
}

type Item<Kind extends CatalogKind> = CatalogDocumentKinds[Kind] | CatalogKinds[Kind];
type Finders = { [Kind in CatalogKind]: (item: Item<Kind>) => Reference[] };

const one = (kind: CatalogKind, name: string | undefined, pointer: string): Reference[] =>
  name === undefined ? [] : [{ kind, name, pointer }];
const many = (kind: CatalogKind, names: readonly string[] | undefined, pointer: string): Reference[] =>
  (names ?? []).map((name, index) => ({ kind, name, pointer: `${pointer}/${index}` }));

const REFERENCES: Finders = {
  cluster: () => [],
  secret: () => [],
  credential: (item) => [
    ...many('pool', item.pools, '/pools'),
    ...CREDENTIAL_SECRETS.flatMap((key) => {
      const value = item[key];
      const isReference = typeof value === 'object' && 'secret' in value;
      return isReference ? one('secret', value.secret, `/${key}/secret`) : [];
    }),
  ],
  device: (item) => [
    ...one('cluster', item.cluster, '/cluster'),
    ...one('credential', item.credential, '/credential'),
    ...one('device', item.ssh?.jump, '/ssh/jump'),
  ],
  pool: (item) => many('device', item.devices, '/devices'),
  repository: (item) => [
    ...one('secret', item.passwordName, '/passwordName'),
    ...one('secret', item.privateKeyName, '/privateKeyName'),
  ],
  decorator: () => [],
  'executable-object': () => [],
  registry: (item) => [
    ...one('secret', item.passwordName, '/passwordName'),
    ...one('secret', item.tokenName, '/tokenName'),
  ],
  service: (item) => [
    ...one('cluster', item.cluster, '/cluster'),
    ...one('credential', item.credential, '/credential'),
    ...many('device', item.targets?.devices, '/targets/devices'),
    ...many('pool', item.targets?.pools, '/targets/pools'),
    ...one('repository', item.repository, '/repository'),
    ...one('decorator', item.decorator, '/decorator'),
    ...one('executable-object', executableObjectOf(item), '/executableObject'),
    ...(item.secrets ?? []).map(({ name }, index) => ({
      kind: 'secret' as const,
      name,
      pointer: `/secrets/${index}/name`,
    })),
    ...(item.webhooks ?? []).flatMap(({ secret }, index) => one('secret', secret, `/webhooks/${index}/secret`)),
  ],
  schedule: (item) => [
    ...one('service', item.service, '/service'),
    ...many('device', item.devices, '/devices'),
    ...many('pool', item.pools, '/pools'),
  ],
};

/** A key of one type of service: at the top of a document, in the settings of what is stored. */
function executableObjectOf(item: Item<'service'>): string | undefined {
  const keys = 'settings' in item ? (item as CatalogKinds['service']).settings : item;
  const name = keys['executableObject'];
  return typeof name === 'string' ? name : undefined;
}

/** Everything that an item refers to, be it a document or stored. */
export function referencesOf<Kind extends CatalogKind>(kind: Kind, item: Item<Kind>): Reference[] {
  return REFERENCES[kind](item);
}
