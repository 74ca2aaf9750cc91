import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { type Bundle, CATALOG_SECTIONS, toKebabKey } from '@runyard/contracts';
import { CATALOG_KINDS, isJsonObject, type JsonValue, type Log } from '@runyard/domain';
import type { CatalogDocument, CatalogProblem, Place } from './catalog-document.ts';
import { CATALOG_FILE_BYTES_MAX, listCatalogFiles, readText } from './catalog-files.ts';
import { isGatewayFile, withoutParts } from './gateway-file.ts';
import { type ItemSources, type Reading, readItem } from './read-item.ts';
import { sourcesIn } from './service-sources.ts';
import { validator } from './validator.ts';
import { readYaml, type YamlDocument } from './yaml-file.ts';

export interface ReadCatalogOptions {
  /** Where `{env: …}` is looked up. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log?: Log;
  /** As what the files are read; `auto` looks at each. */
  readonly format?: CatalogFormat;
  /** One more text that is read as a file in the present folder, such as the standard input. */
  readonly text?: { readonly name: string; readonly content: string };
}

/** `gateway`: a service file of a Gateway, in which unknown fields are warnings. */
export type CatalogFormat = 'auto' | 'runyard' | 'gateway';

/** What the files say. Only documents without a problem of their own are in it. */
export interface CatalogFiles {
  readonly documents: readonly CatalogDocument[];
  /** The packed folders that services refer to by their hash, each once. */
  readonly bundles: readonly Bundle[];
  readonly problems: readonly CatalogProblem[];
  /** What is allowed and should not be, such as a password in the open. */
  readonly warnings: readonly CatalogProblem[];
  /** One of the files at least is a service file of a Gateway. */
  readonly hasGatewayFile: boolean;
}

const ITEMS_AT_ONCE = 50;

interface RawFile {
  readonly file: string;
  readonly documents: readonly YamlDocument[];
  readonly problems: readonly CatalogProblem[];
}

/** Reads files and folders into one catalog: environment and files resolved, sources packed, every mistake told. */
export async function readCatalog(paths: readonly string[], options: ReadCatalogOptions): Promise<CatalogFiles> {
  const listed = await listCatalogFiles(paths);
  const reading = emptyReading();
  reading.problems.push(...listed.problems);
  let hasGatewayFile = false;
  const raw = await Promise.all(listed.files.map(readRawFile));
  const { text } = options;
  if (text) raw.push({ file: text.name, ...readYaml(text.content, text.name) });
  const sources = raw.flatMap(sourceFolders);
  for (const file of raw) {
    // What lies in the folder of a service's code belongs to the code.
    if (sources.some((folder) => isInside(folder, file.file))) continue;
    reading.problems.push(...file.problems);
    const from = { env: options.env, folder: path.dirname(file.file) };
    for (const document of file.documents) {
      const isGateway = isGatewayDocument(document, options.format);
      hasGatewayFile ||= isGateway;
      await readDocument(document, { file: file.file }, { sources: from, isGateway }, reading);
    }
  }
  options.log?.debug('Catalog files were read', { files: raw.length, documents: reading.documents.length });
  return { ...reading, bundles: [...reading.bundles.values()], hasGatewayFile };
}

/** Reads one text that came over the network: files and variables that it names are problems. */
export async function readCatalogText(text: string, format: CatalogFormat = 'auto'): Promise<CatalogFiles> {
  const reading = emptyReading();
  const { documents, problems } = readYaml(text);
  reading.problems.push(...problems);
  // A folder may have an empty file in it; whoever sends nothing made a mistake.
  if (problems.length === 0 && documents.every(({ value }) => value === null)) {
    reading.problems.push({ path: '', message: 'has nothing in it' });
  }
  let hasGatewayFile = false;
  for (const document of documents) {
    const isGateway = isGatewayDocument(document, format);
    hasGatewayFile ||= isGateway;
    await readDocument(document, {}, { sources: null, isGateway }, reading);
  }
  return { ...reading, bundles: [], hasGatewayFile };
}

function emptyReading(): Reading {
  return { documents: [], bundles: new Map(), problems: [], warnings: [] };
}

function isGatewayDocument({ value }: YamlDocument, format: CatalogFormat = 'auto'): boolean {
  return format === 'auto' ? isGatewayFile(value) : format === 'gateway';
}

async function readRawFile(file: string): Promise<RawFile> {
  const read = await readText(file, CATALOG_FILE_BYTES_MAX);
  if ('problem' in read) return { file, documents: [], problems: [{ file, path: '', message: read.problem }] };
  return { file, ...readYaml(read.text, file) };
}

function sourceFolders({ file, documents }: RawFile): string[] {
  return documents.flatMap(({ value }) => {
    const services = isJsonObject(value) && Array.isArray(value['services']) ? value['services'] : [];
    const sources = services.flatMap((service) => (isJsonObject(service) ? sourcesIn(service) : []));
    return sources.flatMap(({ source }) => {
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

async function readDocument(
  { value: written, lineOf }: YamlDocument,
  origin: Pick<Place, 'file'>,
  { sources, isGateway }: { readonly sources: ItemSources | null; readonly isGateway: boolean },
  reading: Reading,
): Promise<void> {
  const at = (pointer: string): Place => ({ ...origin, path: pointer, line: lineOf(pointer) });
  let value = written;
  if (value === null) return;
  if (isGateway) {
    const unknown = validator.unknownKeys('CatalogSections', value, 'file');
    for (const { path: pointer, message } of unknown) {
      reading.warnings.push({ ...at(pointer), message: `${message}; it is left out` });
    }
    const pointers = unknown.map(({ path: pointer }) => pointer);
    value = withoutEmptySections(withoutParts(value, pointers));
  }
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
      // A gateway that reads many has others to serve.
      if (index % ITEMS_AT_ONCE === ITEMS_AT_ONCE - 1) await setImmediate();
      const atItem = (pointer: string): Place => at(`/${section}/${index}${pointer}`);
      await readItem({ kind, value: item, at: atItem, sources, isGateway }, reading);
    }
  }
}

/** A Gateway writes `secrets: null` where there are none. */
function withoutEmptySections(value: JsonValue): JsonValue {
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([, section]) => section !== null));
}
