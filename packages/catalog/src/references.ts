import { type CatalogDocumentKinds, CREDENTIAL_SECRETS } from '@runyard/contracts';
import { BUILT_IN_ROLES, type CatalogKind, type CatalogKinds, slugOf } from '@runyard/domain';
import { isTemplate, type PlacedStep, placedSteps } from './placed-steps.ts';

/** A name by which one item refers to another, and where it stands in the item. */
export interface Reference {
  readonly kind: CatalogKind;
  readonly name: string;
  readonly pointer: string;
  /** The name may be the slug of the item. */
  readonly isSlug?: true;
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
    ...(item.endpoints ?? []).flatMap(({ runAs }, index) => one('service-account', runAs, `/endpoints/${index}/runAs`)),
    ...placedSteps(item).flatMap(ofStep),
  ],
  role: () => [],
  group: (item) => ownRoles(item.roles),
  'service-account': (item) => ownRoles(item.roles),
  'service-group': (item) => many('service', item.services, '/services'),
  schedule: (item) => [
    ...one('service', item.service, '/service'),
    ...one('service-account', item.runAs, '/runAs'),
    ...many('device', item.devices, '/devices'),
    ...many('pool', item.pools, '/pools'),
  ],
};

/** Built-in roles are always there. */
function ownRoles(roles: readonly string[]): Reference[] {
  return many('role', roles, '/roles').filter(({ name }) => !BUILT_IN_ROLES.has(name));
}

function ofStep({ step, pointer }: PlacedStep): Reference[] {
  if (step.type === 'work') {
    return REFERENCES.service(step.service).map((found) => ({ ...found, pointer: `${pointer}${found.pointer}` }));
  }
  if (step.type !== 'run-service') return [];
  return [
    { kind: 'service', name: step.service, pointer: `${pointer}/service`, isSlug: true },
    ...one('service-account', step.runAs, `${pointer}/runAs`),
    ...many('device', step.devices, `${pointer}/devices`).filter(({ name }) => !isTemplate(name)),
    ...many('pool', step.pools, `${pointer}/pools`),
  ];
}

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

/** True when this is the item that was meant. */
export function refersTo(
  reference: Reference,
  kind: CatalogKind,
  item: { readonly name: string; readonly slug?: string },
): boolean {
  if (reference.kind !== kind) return false;
  return reference.name === item.name || (reference.isSlug === true && reference.name === slugOf(item));
}
