import path from 'node:path';
import { type Bundle, CATALOG_SECTIONS, fromKebab, schemaNamed, toKebabKey } from '@runyard/contracts';
import { type CatalogKind, isJsonObject, type JsonObject, type JsonValue } from '@runyard/domain';
import { type CatalogDocument, catalogDocument, type CatalogProblem, type Place } from './catalog-document.ts';
import { CATALOG_FILE_BYTES_MAX, readText } from './catalog-files.ts';
import { fromGateway, withoutParts } from './gateway-file.ts';
import { resolveValues } from './secret-values.ts';
import { sourcesIn, withBundles } from './service-sources.ts';
import { validator } from './validator.ts';
import { readYaml } from './yaml-file.ts';

/** Where files and variables that an item names are looked up. */
export interface ItemSources {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The folder that relative paths begin in. */
  readonly folder: string;
}

/** What is being put together from all files. */
export interface Reading {
  readonly documents: CatalogDocument[];
  readonly bundles: Map<string, Bundle>;
  readonly problems: CatalogProblem[];
  readonly warnings: CatalogProblem[];
}

export interface WrittenItem {
  readonly kind: CatalogKind;
  readonly value: JsonValue;
  readonly at: (pointer: string) => Place;
  /** Null for a text that came over the network: nothing of this machine may get into it. */
  readonly sources: ItemSources | null;
  /** From a service file of a Gateway: unknown fields are warnings. */
  readonly isGateway: boolean;
}

type At = (pointer: string) => Place;

/** Checks one item of a file, resolves what it names, and adds it to the reading, or its problems. */
export async function readItem(written: WrittenItem, reading: Reading): Promise<void> {
  const { kind, at, sources } = written;
  const { schema } = CATALOG_SECTIONS[kind];
  const value = written.isGateway ? withoutUnknown(written, reading) : written.value;
  const errors = validator.check(schema, value, 'file');
  for (const { path: pointer, message } of errors) reading.problems.push({ ...at(pointer), message });
  if (errors.length > 0) return;
  const lookup = (name: string) => schemaNamed(name, 'file');
  const mapped = fromKebab({ $ref: schema }, value, lookup) as JsonObject;
  const atKey = (pointer: string) => at(writtenPointer(pointer, value));
  const before = reading.problems.length;
  const resolved = await resolve(kind, mapped, sources, atKey, reading);
  if (reading.problems.length > before) return;
  reading.documents.push(catalogDocument(kind, resolved, atKey));
}

/** The pointer as the file has its keys: those of the contract in kebab-case, those of its author as they are. */
function writtenPointer(pointer: string, item: JsonValue): string {
  let value: JsonValue | undefined = item;
  const [root = '', ...parts] = pointer.split('/');
  const written = parts.map((part) => {
    const holder = value;
    const isThere = (key: string) => typeof holder === 'object' && holder !== null && Object.hasOwn(holder, key);
    const key = isThere(part) ? part : toKebabKey(part);
    value = isThere(key) ? (holder as JsonObject)[key] : undefined;
    return key;
  });
  return [root, ...written].join('/');
}

const UNKNOWN_ROUNDS_MAX = 5;

/** What is unknown within a choice is only told once the rest of it fits, so there may be several rounds. */
function withoutUnknown({ kind, value, at }: WrittenItem, reading: Reading): JsonValue {
  const { schema } = CATALOG_SECTIONS[kind];
  let known = fromGateway(kind, value);
  for (let round = 1; round <= UNKNOWN_ROUNDS_MAX; round += 1) {
    const unknown = validator.unknownKeys(schema, known, 'file').filter(({ path: pointer }) => pointer !== '');
    if (unknown.length === 0) break;
    for (const { path: pointer, message } of unknown) {
      reading.warnings.push({ ...at(pointer), message: `${message}; it is left out` });
    }
    known = withoutParts(
      known,
      unknown.map(({ path: pointer }) => pointer),
    );
  }
  return known;
}

async function resolve(
  kind: CatalogKind,
  item: JsonObject,
  sources: ItemSources | null,
  at: At,
  reading: Reading,
): Promise<JsonObject> {
  if (!sources) return withoutLocal(kind, item, at, reading);
  const { item: resolved, problems, inTheOpen } = await resolveValues(kind, item, sources);
  for (const { key, message } of problems) reading.problems.push({ ...at(`/${key}`), message });
  for (const key of inTheOpen) reading.warnings.push({ ...at(`/${key}`), message: IN_THE_OPEN });
  if (kind === 'service') return withBundles(resolved, sources.folder, at, reading);
  return kind === 'decorator' ? withSchema(resolved, sources.folder, at, reading) : resolved;
}

const IN_THE_OPEN = 'stands in the file in the open; better {env: <variable>}, {file: <path>} or {secret: <name>}';
const NOT_HERE = 'names a file or variable, which only `runyard apply` reads; put the value itself here';

/** The files and variables of a gateway are none of a caller's business. */
function withoutLocal(kind: CatalogKind, item: JsonObject, at: At, reading: Reading): JsonObject {
  for (const [key, value] of Object.entries(item)) {
    const isNamed = isJsonObject(value) && ('env' in value || 'file' in value);
    const isSecret = (kind === 'secret' || kind === 'credential') && isNamed;
    const isFile = kind === 'decorator' && key === 'file';
    if (isSecret || isFile) reading.problems.push({ ...at(`/${key}`), message: NOT_HERE });
  }
  if (kind !== 'service') return item;
  for (const { pointer } of sourcesIn(item)) reading.problems.push({ ...at(pointer), message: NOT_HERE });
  return item;
}

/** The decorator with the schema of its `file` instead of the file. */
async function withSchema(item: JsonObject, folder: string, at: At, reading: Reading): Promise<JsonObject> {
  const { file, ...rest } = item;
  if (typeof file !== 'string') return item;
  const read = await readText(path.resolve(folder, file), CATALOG_FILE_BYTES_MAX);
  const { documents, problems } = 'problem' in read ? { documents: [], problems: [read.problem] } : readYaml(read.text);
  const schema = documents[0]?.value;
  if (problems.length === 0 && documents.length === 1 && isJsonObject(schema)) return { ...rest, schema };
  const problem = 'problem' in read ? read.problem : 'is no JSON Schema in JSON or YAML';
  reading.problems.push({ ...at('/file'), message: `${file} ${problem}` });
  return rest;
}
