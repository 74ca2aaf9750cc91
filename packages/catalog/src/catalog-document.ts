import { CATALOG_SECTIONS, type CatalogContent, type CatalogDocumentKinds } from '@runyard/contracts';
import { CATALOG_KINDS, type CatalogKind, type FieldError } from '@runyard/domain';

/** A wrong place in a catalog: where in which file, and what would be right. Lines count from 1. */
export interface CatalogProblem extends FieldError {
  readonly line?: number;
}

export type Place = Omit<CatalogProblem, 'message'>;

/** An item as somebody wrote it, and how to say where a part of it (a JSON pointer in camelCase) stands. */
export type CatalogDocument = {
  [Kind in CatalogKind]: {
    readonly kind: Kind;
    readonly document: CatalogDocumentKinds[Kind];
    readonly at: (pointer: string) => Place;
  };
}[CatalogKind];

/** An item of this kind; the types of kind and document belong together. */
export function catalogDocument(kind: CatalogKind, document: object, at: CatalogDocument['at']): CatalogDocument {
  return { kind, document, at } as unknown as CatalogDocument;
}

/** The items of a valid catalog of the API, with pointers below `path`. */
export function documentsOf(content: CatalogContent, path = ''): CatalogDocument[] {
  return CATALOG_KINDS.flatMap((kind) => {
    const { section } = CATALOG_SECTIONS[kind];
    return (content[section] ?? []).map((document, index) =>
      catalogDocument(kind, document, (pointer) => ({ path: `${path}/${section}/${index}${pointer}` })),
    );
  });
}

/** The items as one catalog of the API, to be sent to it. */
export function contentOf(documents: readonly CatalogDocument[]): CatalogContent {
  const content: Record<string, object[]> = {};
  for (const { kind, document } of documents) (content[CATALOG_SECTIONS[kind].section] ??= []).push(document);
  return content;
}

/** `services.yaml:12`, for texts about another place. */
export function placeText({ file, line, path }: Place): string {
  if (file === undefined) return path;
  return line === undefined ? file : `${file}:${line}`;
}
