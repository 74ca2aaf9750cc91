import { deviceError, type JsonObject, type JsonValue, type Task } from '@runyard/domain';

const DEFAULT_ARG_FORMAT = '--{{.Key}} {{.Value}}';
const KEY = '{{.Key}}';
const VALUE = '{{.Value}}';
/** Spaces inside the braces are allowed, and must not split a piece. */
const PLACEHOLDER = /\{\{\s*\.(Key|Value)\s*\}\}/g;

export interface ParamArgumentOptions {
  readonly format?: string;
  /** Those of them that are not set get an empty value instead of none. */
  readonly emptyFor?: readonly string[];
}

/**
 * Params as arguments. The format is split at white space before values are put in, so a value stays one argument.
 * `true` gives the name alone; `false`, null and what is not set give nothing; objects and lists are JSON text.
 */
export function paramArguments(
  params: JsonObject,
  { format = DEFAULT_ARG_FORMAT, emptyFor = [] }: ParamArgumentOptions = {},
): string[] {
  const pieces = parseFormat(format);
  const set = Object.entries(params).flatMap(([key, value]) => argumentsOf(pieces, key, value));
  const unset = emptyFor.filter((key) => params[key] === undefined || params[key] === null);
  return [...set, ...unset.flatMap((key) => argumentsOf(pieces, key, ''))];
}

function parseFormat(format: string): string[] {
  const pieces = format.replace(PLACEHOLDER, '{{.$1}}').trim().split(/\s+/);
  if (pieces.some((piece) => piece.replaceAll(KEY, '').replaceAll(VALUE, '').includes('{{'))) {
    throw deviceError('TEMPLATE_INVALID', `argFormat knows only ${KEY} and ${VALUE}: ${format}`);
  }
  return pieces;
}

function argumentsOf(pieces: readonly string[], key: string, value: JsonValue | undefined): string[] {
  if (value === undefined || value === null || value === false) return [];
  if (value === true)
    return pieces
      .map(bare)
      .filter(Boolean)
      .map((piece) => substitute(piece, key, ''));
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
  return pieces.map((piece) => substitute(piece, key, text));
}

/** What is left of a piece without its value: `--{{.Key}}={{.Value}}` becomes `--{{.Key}}`. */
function bare(piece: string): string {
  const at = piece.indexOf(VALUE);
  return at < 0 ? piece : piece.slice(0, at).replace(/[=:]$/, '');
}

/** In one pass, so that a key or value that looks like a placeholder is left alone. */
function substitute(piece: string, key: string, value: string): string {
  return piece.replace(PLACEHOLDER, (_, name: string) => (name === 'Key' ? key : value));
}

/** The same for a task, whose service says what becomes of inputs that are not set. */
export async function taskArguments(
  task: Task,
  { argFormat, compat }: { readonly argFormat?: string | undefined; readonly compat?: Compat | undefined },
): Promise<string[]> {
  const emptyFor = compat?.emptyForUnset === true ? await task.inputNames() : [];
  return paramArguments(task.params, { emptyFor, ...(argFormat === undefined ? {} : { format: argFormat }) });
}

interface Compat {
  readonly emptyForUnset?: boolean;
}
