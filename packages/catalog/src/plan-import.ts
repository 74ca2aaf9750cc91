import {
  CATALOG_KINDS,
  type CatalogChange,
  type CatalogKind,
  type CatalogKinds,
  type CatalogView,
  type RoleHolder,
  type SecretBox,
  slugOf,
} from '@runyard/domain';
import type { ImportState } from '@runyard/contracts';
import { holdersOf } from './accounts.ts';
import type { CatalogDocument } from './catalog-document.ts';
import { type ItemName, planApply } from './plan-apply.ts';
import { referencesOf } from './references.ts';

export interface ImportedItem extends ItemName {
  readonly state: ImportState;
  /** Why it is a conflict. */
  readonly reason?: string;
}

export interface ImportPlan {
  readonly changes: readonly CatalogChange[];
  /** Items that are not as they were, or would not be. */
  readonly items: readonly ImportedItem[];
  readonly unchanged: number;
}

export interface ImportRules {
  readonly force: boolean;
  readonly prune: boolean;
  readonly set: string;
  /** Users and keys, which are no items. */
  readonly holders: readonly RoleHolder[];
}

/**
 * What importing checked documents means for each item. Without force an item that is there and differs is left as it
 * is. What pruning would delete although others use it is left as well.
 */
export function planImport(
  view: CatalogView,
  documents: readonly CatalogDocument[],
  secrets: SecretBox,
  { force, prune, set, holders }: ImportRules,
): ImportPlan {
  const { changes: wanted, unchanged } = planApply(view, documents, secrets, set);
  const changes: CatalogChange[] = [];
  const items: ImportedItem[] = [];
  for (const change of wanted) {
    const item = { kind: change.kind, name: nameOf(change) };
    const isNew = view.get(item.kind, item.name) === undefined;
    if (isNew || force) changes.push(change);
    if (isNew) items.push({ ...item, state: 'add' });
    else if (force) items.push({ ...item, state: 'replacement' });
    else items.push({ ...item, state: 'conflict', reason: 'is there and differs; force replaces it' });
  }
  if (prune) {
    for (const item of pruned(view, documents, changes, { set, holders })) {
      items.push(item);
      if (item.state === 'delete') changes.push({ kind: item.kind, action: 'delete', name: item.name });
    }
  }
  return { changes, items, unchanged };
}

const keyOf = ({ kind, name }: ItemName): string => `${kind} ${name}`;

function nameOf(change: CatalogChange): string {
  return change.action === 'put' ? change.item.name : change.name;
}

/** Items of the set that it has no more. Those in use are conflicts, and so is what they use. */
function pruned(
  view: CatalogView,
  documents: readonly CatalogDocument[],
  changes: readonly CatalogChange[],
  { set, holders }: Pick<ImportRules, 'set' | 'holders'>,
): ImportedItem[] {
  const kept = new Set(documents.map(({ kind, document }) => keyOf({ kind, name: document.name })));
  const gone = new Map<string, ItemName>();
  for (const kind of CATALOG_KINDS) {
    for (const name of view.names(kind)) {
      const item = { kind, name };
      if (view.get(kind, name)?.managedBy === set && !kept.has(keyOf(item))) gone.set(keyOf(item), item);
    }
  }
  if (gone.size === 0) return [];
  const users = usersAfter(view, changes, gone);
  const inUse = new Map<string, ImportedItem>();
  // What cannot be deleted keeps what it uses, so it goes on until nothing more is kept.
  for (let before = -1; before < inUse.size;) {
    before = inUse.size;
    for (const [key, item] of gone) {
      const [holder] = holdersOf(holders, item.kind, item.name);
      const user = holder ?? users.get(key)?.find((one) => !gone.has(keyOf(one)) || inUse.has(keyOf(one)));
      if (!user || inUse.has(key)) continue;
      inUse.set(key, { ...item, state: 'conflict', reason: `is used by ${user.kind} ${user.name}` });
    }
  }
  // Those that refer to others go first.
  return [...gone].reverse().map(([key, item]) => inUse.get(key) ?? { ...item, state: 'delete' });
}

/** Who refers to each of these items, once the changes are written. */
function usersAfter(
  view: CatalogView,
  changes: readonly CatalogChange[],
  used: ReadonlyMap<string, ItemName>,
): Map<string, ItemName[]> {
  const written = new Map<string, CatalogKinds[CatalogKind]>();
  for (const change of changes) {
    if (change.action === 'put') written.set(keyOf({ kind: change.kind, name: change.item.name }), change.item);
  }
  const users = new Map<string, ItemName[]>();
  const slugs = slugsOf(view, used);
  const note = (user: ItemName, item: CatalogKinds[CatalogKind]): void => {
    for (const { kind, name, isSlug } of referencesOf(user.kind, item as never)) {
      const key = (isSlug ? slugs.get(name) : undefined) ?? keyOf({ kind, name });
      if (!used.has(key) || key === keyOf(user)) continue;
      const known = users.get(key);
      if (known) known.push(user);
      else users.set(key, [user]);
    }
  };
  for (const kind of CATALOG_KINDS) {
    for (const name of view.names(kind)) {
      const stored = view.get(kind, name)?.item;
      if (stored && !written.has(keyOf({ kind, name }))) note({ kind, name }, stored);
    }
  }
  for (const change of changes) {
    if (change.action === 'put') note({ kind: change.kind, name: change.item.name }, change.item);
  }
  return users;
}

/** The services among these items by their slug. */
function slugsOf(view: CatalogView, items: ReadonlyMap<string, ItemName>): ReadonlyMap<string, string> {
  const slugs = new Map<string, string>();
  for (const [key, { kind, name }] of items) {
    const service = kind === 'service' ? view.get('service', name)?.item : undefined;
    if (service) slugs.set(slugOf(service), key);
  }
  return slugs;
}
