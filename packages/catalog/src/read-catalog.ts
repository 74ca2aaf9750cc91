import path from 'node:path';
import { type Bundle, CATALOG_SECTIONS, fromKebab, schemaNamed, toKebabKey } from '@runyard/contracts';
import { CATALOG_KINDS, type CatalogKind, isJsonObject, type JsonObject, type Log } from '@runyard/domain';
import { type CatalogDocument, catalogDocument, type CatalogProblem, type Place } from './catalog-document.ts';
import { CATALOG_FILE_BYTES_MAX, listCatalogFiles, readText } from './catalog-files.ts';
import { resolveValues } from './secret-values.ts';
import { packSource } from './source-files.ts';
import { validator } from './validator.ts';
import { readYaml, type YamlDocument } from './yaml-file.ts';

export interface ReadCatalogOptions {
  /** Where `{env: …}` is looked up. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log?: Log;
}

/** What the files say. Only documents without a problem of their own are in it. */
export interface CatalogFiles {
  readonly documents: readonly CatalogDocument[];
  /** The packed folders that services refer to by their hash, each once. */
  readonly bundles: readonly Bundle[];
  readonly problems: readonly CatalogProblem[];
  /** What is allowed and should not be, such as a password in the open. */
  readonly warnings: readonly CatalogProblem[];
}

interface Reading extends ReadCatalogOptions {
  readonly documents: CatalogDocument[];
  readonly bundles: Map<string, Bundle>;
  readonly problems: CatalogProblem[];
  readonly warnings: CatalogProblem[];
}

interface RawFile {
  readonly file: string;
  readonly documents: readonly YamlDocument[];
  readonly problems: readonly CatalogProblem[];
}

/** Reads files and folders into one catalog: environment and files resolved, sources packed, every mistake told. */
export async function readCatalog(paths: readonly string[], options: ReadCatalogOptions): Promise<CatalogFiles> {
  const listed = await listCatalogFiles(paths);
  const reading: Reading = {
    ...options,
    documents: [],
    bundles: new Map(),
    problems: [...listed.problems],
    warnings: [],
  };
  const raw = await Promise.all(listed.files.map(readRawFile));
  const sources = raw.flatMap(sourceFolders);
  for (const file of raw) {
    // What lies in the folder of a service's code belongs to the code.
    if (sources.some((folder) => isInside(folder, file.file))) continue;
    reading.problems.push(...file.problems);
    for (const document of file.documents) await readDocument(document, file.file, reading);
  }
  const { documents, bundles, problems, warnings } = reading;
  options.log?.debug('Catalog files were read', { files: raw.length, documents: documents.length });
  return { documents, bundles: [...bundles.values()], problems, warnings };
}

async function readRawFile(file: string): Promise<RawFile> {
  const read = await readText(file, CATALOG_FILE_BYTES_MAX);
  if ('problem' in read) return { file, documents: [], problems: [{ file, path: '', message: read.problem }] };
  return { file, ...readYaml(read.text, file) };
}

function sourceFolders({ file, documents }: RawFile): string[] {
  return documents.flatMap(({ value }) => {
    const services = isJsonObject(value) && Array.isArray(value['services']) ? value['services'] : [];
    return services.flatMap((service) => {
      const source = isJsonObject(service) ? service['source'] : undefined;
      if (typeof source !== 'string') return [];
      const folder = path.resolve(path.dirname(file), source);
      // With `source: .` the catalog lies beside the code.
      return isInside(folder, file) ? [] : [folder];
    });
  });
}

function isInside(folder: string, file: string): boolean {
  const relative = path.relative(folder, path.resolve(file));
  return relative !== '' && !relative.startsWith('..') && !path.isAbsolute(relative);
}

async function readDocument(document: YamlDocument, file: string, reading: Reading): Promise<void> {
  const { value, lineOf } = document;
  const at = (pointer: string): Place => ({ file, path: pointer, line: lineOf(pointer) });
  if (value === null) return;
  // The items are checked one by one below; here only what is around them.
  for (const { path: pointer, message } of validator.check('CatalogSections', value, 'file')) {
    reading.problems.push({ ...at(pointer), message });
  }
  if (!isJsonObject(value)) return;
  for (const kind of CATALOG_KINDS) {
    const section = toKebabKey(CATALOG_SECTIONS[kind].section);
    const items = value[section];
    if (!Array.isArray(items)) continue;
    for (const [index, item] of items.entries()) {
      await readItem(kind, item, (pointer) => at(`/${section}/${index}${pointer}`), file, reading);
    }
  }
}

async function readItem(
  kind: CatalogKind,
  written: unknown,
  at: (pointer: string) => Place,
  file: string,
  reading: Reading,
): Promise<void> {
  const { schema } = CATALOG_SECTIONS[kind];
  const errors = validator.check(schema, written, 'file');
  for (const { path: pointer, message } of errors) reading.problems.push({ ...at(pointer), message });
  if (errors.length > 0) return;
  const lookup = (name: string) => schemaNamed(name, 'file');
  const mapped = fromKebab({ $ref: schema }, written as JsonObject, lookup) as JsonObject;
  const atKey = (pointer: string) => at(pointer.split('/').map(toKebabKey).join('/'));
  const folder = path.dirname(file);
  const resolved = await resolveValues(kind, mapped, { env: reading.env, folder });
  for (const { key, message } of resolved.problems) reading.problems.push({ ...atKey(`/${key}`), message });
  for (const key of resolved.inTheOpen) reading.warnings.push({ ...atKey(`/${key}`), message: IN_THE_OPEN });
  const item = await withBundle(resolved.item, folder, atKey, reading);
  if (item && resolved.problems.length === 0) reading.documents.push(catalogDocument(kind, item, atKey));
}

const IN_THE_OPEN = 'stands in the file in the open; better {env: <variable>}, {file: <path>} or {secret: <name>}';

/** The item with the hash of its packed `source` instead of the source; null when that cannot be packed. */
async function withBundle(
  item: JsonObject,
  folder: string,
  at: (pointer: string) => Place,
  reading: Reading,
): Promise<JsonObject | null> {
  const { source, ...rest } = item;
  if (typeof source !== 'string') return item;
  const packed = await packSource(path.resolve(folder, source));
  if ('problem' in packed) {
    reading.problems.push({ ...at('/source'), message: `${source} ${packed.problem}` });
    return null;
  }
  reading.bundles.set(packed.bundle.hash, packed.bundle);
  return { ...rest, bundle: packed.bundle.hash };
}
