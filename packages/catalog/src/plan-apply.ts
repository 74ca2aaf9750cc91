import {
  type Sealing,
  toCluster,
  toCredential,
  toDevice,
  toPlain,
  toPool,
  toSchedule,
  toSecret,
  toService,
} from '@runyard/contracts';
import {
  CATALOG_KINDS,
  type CatalogChange,
  type CatalogKind,
  type CatalogKinds,
  type CatalogView,
  type SecretBox,
  type StoredSecret,
} from '@runyard/domain';
import type { CatalogDocument } from './catalog-document.ts';
import { isSameJson } from './same-json.ts';

export interface ItemName {
  readonly kind: CatalogKind;
  readonly name: string;
}

/** What must be written so that the catalog has all documents, and nothing else. */
export interface ApplyPlan {
  /** In an order in which each item only refers to what is there or comes before it in the same write. */
  readonly changes: readonly CatalogChange[];
  readonly added: readonly ItemName[];
  readonly changed: readonly ItemName[];
  readonly unchanged: number;
}

/** Compares checked documents with the catalog. Only real differences become changes; secrets are compared opened. */
export function planApply(
  view: CatalogView,
  documents: readonly CatalogDocument[],
  secrets: SecretBox,
  managedBy?: string,
): ApplyPlan {
  const changes: CatalogChange[] = [];
  const added: ItemName[] = [];
  const changed: ItemName[] = [];
  for (const kind of CATALOG_KINDS) {
    for (const document of documents) {
      if (document.kind !== kind) continue;
      const { name } = document.document;
      const current = view.get(kind, name)?.item;
      const item = toItem(document, current, secrets);
      if (current !== undefined && isSameJson(item, current)) continue;
      (current === undefined ? added : changed).push({ kind, name });
      changes.push({ kind, action: 'put', item, ...(managedBy === undefined ? {} : { managedBy }) } as CatalogChange);
    }
  }
  return { changes, added, changed, unchanged: documents.length - changes.length };
}

type StoredItem = CatalogKinds[CatalogKind];

function toItem(document: CatalogDocument, current: StoredItem | undefined, secrets: SecretBox): StoredItem {
  switch (document.kind) {
    case 'cluster':
      return toCluster(document.document);
    case 'device':
      return toDevice(document.document);
    case 'pool':
      return toPool(document.document);
    case 'service':
      return toService(document.document);
    case 'schedule':
      return toSchedule(document.document);
    case 'credential':
      return toCredential(document.document, sealingOver(current, secrets));
    case 'secret': {
      const item = toSecret(document.document, sealingOver(current, secrets));
      if (!item) throw new Error('a secret that keeps its value is checked before it is planned');
      return item;
    }
    default:
      return toPlain(document.document);
  }
}

/** Sealing gives another text each time, so a value that is the same already stays as it is sealed. */
function sealingOver(current: StoredItem | undefined, secrets: SecretBox): Sealing {
  const stored = (current ?? {}) as unknown as Readonly<Record<string, StoredSecret | undefined>>;
  const kept = (key: string) => (Object.hasOwn(stored, key) ? stored[key] : undefined);
  return {
    kept,
    seal: (text, key) => {
      const value = kept(key);
      if (value !== undefined && 'sealed' in value && isSame(value.sealed, text, secrets)) return value;
      return { sealed: secrets.seal(text) };
    },
  };
}

function isSame(sealed: string, text: string, secrets: SecretBox): boolean {
  try {
    return secrets.open(sealed) === text;
  } catch {
    // Sealed with a key that is gone: applying the value again mends it.
    return false;
  }
}
