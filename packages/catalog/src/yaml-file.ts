import { isJsonObject, type JsonValue } from '@runyard/domain';
import { type Document, isAlias, isCollection, isMap, isNode, LineCounter, parseAllDocuments } from 'yaml';
import type { CatalogProblem } from './catalog-document.ts';

const ALIASES_MAX = 10_000;
const PARTS_MAX = 10_000_000;
const CHARACTERS_MAX = 200_000_000;
const DEPTH_MAX = 100;
const SYNTAX_ERRORS_MAX = 20;
const LARGE_JSON_LENGTH = 1_000_000;

/** One YAML document of a file. */
export interface YamlDocument {
  readonly value: JsonValue;
  /** The line of what a JSON pointer names, or of the nearest thing around it that is there. */
  readonly lineOf: (pointer: string) => number;
}

export interface YamlText {
  readonly documents: readonly YamlDocument[];
  readonly problems: readonly CatalogProblem[];
}

/** Reads YAML 1.2, and JSON as a part of it. Duplicate keys, unknown tags and alias bombs are problems. */
export function readYaml(text: string, file?: string): YamlText {
  const origin = file === undefined ? {} : { file };
  const json = readLargeJson(text);
  if (json) return { documents: [json], problems: [] };
  const counter = new LineCounter();
  const documents: YamlDocument[] = [];
  const problems: CatalogProblem[] = [];
  for (const parsed of parse(text, counter)) {
    const wrong = [...parsed.errors, ...parsed.warnings].slice(0, SYNTAX_ERRORS_MAX);
    for (const { message, pos } of wrong) {
      problems.push({ ...origin, path: '', line: counter.linePos(pos[0]).line, message: syntaxText(message) });
    }
    if (wrong.length > 0 || parsed.contents === null) continue;
    const value = plainValue(parsed);
    if (typeof value === 'string') problems.push({ ...origin, path: '', line: 1, message: value });
    else documents.push({ value: value.value, lineOf: (pointer) => lineOf(parsed, counter, pointer) });
  }
  return { documents, problems };
}

/** Much JSON is a hundred times faster to read as what it is. Lines are looked up when somebody asks for one. */
function readLargeJson(text: string): YamlDocument | null {
  if (text.length < LARGE_JSON_LENGTH || !/^\s*[[{]/.test(text)) return null;
  let value: JsonValue;
  try {
    value = JSON.parse(text) as JsonValue;
  } catch {
    return null;
  }
  if (isTooLarge(value)) return null;
  let counted: { readonly parsed: Document; readonly counter: LineCounter } | undefined;
  const count = () => {
    const counter = new LineCounter();
    const [parsed] = parse(text, counter);
    return parsed === undefined ? undefined : { parsed, counter };
  };
  return {
    value,
    lineOf: (pointer) => {
      counted ??= count();
      return counted === undefined ? 1 : lineOf(counted.parsed, counted.counter, pointer);
    },
  };
}

function parse(text: string, lineCounter: LineCounter): Document[] {
  const options = { version: '1.2', uniqueKeys: true, prettyErrors: false, logLevel: 'silent', lineCounter } as const;
  const documents = parseAllDocuments(text, options);
  return Array.isArray(documents) ? (documents as unknown as Document[]) : [];
}

function syntaxText(message: string): string {
  if (message === 'Map keys must be unique') return 'the same key is there twice';
  return `is no YAML: ${message}`;
}

/** The plain value, or why there is none. */
function plainValue(parsed: Document): { value: JsonValue } | string {
  let value: JsonValue;
  try {
    value = parsed.toJS({ maxAliasCount: ALIASES_MAX }) as JsonValue;
  } catch (error) {
    // The parser's own text tells which alias is unknown, or that there are too many.
    return `is no YAML: ${error instanceof Error ? error.message : 'it cannot be read'}`;
  }
  return isTooLarge(value)
    ? 'is too large, or nested too deeply, once its aliases are replaced by what they stand for'
    : { value };
}

/** Aliases share what they stand for in memory, but not where it is copied: counted as if it were copied. */
function isTooLarge(root: JsonValue): boolean {
  let parts = 0;
  let characters = 0;
  const visit = (value: JsonValue | undefined, depth: number): boolean => {
    parts += 1;
    if (typeof value === 'string') characters += value.length;
    if (parts > PARTS_MAX || characters > CHARACTERS_MAX || depth > DEPTH_MAX) return true;
    if (Array.isArray(value)) return value.some((child) => visit(child, depth + 1));
    return isJsonObject(value) && Object.values(value).some((child) => visit(child, depth + 1));
  };
  return visit(root, 0);
}

function lineOf(parsed: Document, counter: LineCounter, pointer: string): number {
  let node: unknown = parsed.contents;
  let offset = isNode(node) ? (node.range?.[0] ?? 0) : 0;
  for (const part of pointer.split('/').slice(1)) {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~');
    if (isAlias(node)) node = node.resolve(parsed);
    const pair = isMap(node) ? node.items.find((item) => textOfKey(item.key) === key) : undefined;
    const child: unknown = pair ? pair.value : isCollection(node) ? node.get(Number(key), true) : undefined;
    const start: unknown = pair ? pair.key : child;
    if (!isNode(start)) break;
    offset = start.range?.[0] ?? offset;
    node = child;
  }
  return counter.linePos(offset).line;
}

function textOfKey(key: unknown): string {
  const value: unknown = isNode(key) && 'value' in key ? key.value : key;
  return String(value);
}
