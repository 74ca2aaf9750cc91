import { CATALOG_SECTIONS, schemaNamed, toKebab, toKebabKey } from '@runyard/contracts';
import { CATALOG_KINDS, type CatalogKind, type CatalogView, type JsonObject } from '@runyard/domain';
import { stringify } from 'yaml';
import { documentOf } from './document-of.ts';
import { withoutDefaults } from './without-defaults.ts';

export interface ExportOptions {
  /** All when absent. */
  readonly kinds?: readonly CatalogKind[];
  /** Only the items of this set of files. */
  readonly set?: string;
}

const HEADER = '# Values of secrets are not here: {kept: true} leaves the stored ones as they are.\n';

/**
 * The catalog as a catalog file in YAML, piece by piece. Importing it again changes nothing. Keys that have their
 * default are left out, and secret values are `{kept: true}`.
 */
export function* exportCatalog(
  view: CatalogView,
  { kinds = CATALOG_KINDS, set }: ExportOptions = {},
): Generator<string> {
  yield HEADER;
  let isEmpty = true;
  for (const kind of CATALOG_KINDS) {
    if (!kinds.includes(kind)) continue;
    let isFirst = true;
    for (const name of view.names(kind)) {
      const stored = view.get(kind, name);
      // The cluster that is always there is not in any file.
      if (!stored || stored.version === 0 || (set !== undefined && stored.managedBy !== set)) continue;
      if (isFirst) yield `${toKebabKey(CATALOG_SECTIONS[kind].section)}:\n`;
      isFirst = false;
      isEmpty = false;
      yield itemText(kind, documentOf(kind, stored.item) as unknown as JsonObject);
    }
  }
  if (isEmpty) yield '{}\n';
}

function itemText(kind: CatalogKind, document: JsonObject): string {
  const { schema } = CATALOG_SECTIONS[kind];
  const short = kind === 'service' ? withoutDefaults(document) : document;
  const written = toKebab({ $ref: schema }, inOrder(short), (name) => schemaNamed(name, 'file'));
  return stringify([written], {
    version: '1.2',
    lineWidth: 0,
    // Nothing is shared in the files of people, and an alias is hard to read.
    aliasDuplicateObjects: false,
    defaultStringType: 'PLAIN',
  });
}

/** What people look for first comes first. */
const FIRST = ['name', 'type', 'description'];

function inOrder(document: JsonObject): JsonObject {
  const place = ([key]: [string, unknown]): number => (FIRST.includes(key) ? FIRST.indexOf(key) : FIRST.length);
  return Object.fromEntries(Object.entries(document).sort((a, b) => place(a) - place(b)));
}
