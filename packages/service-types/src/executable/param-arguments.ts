import { deviceError, type JsonObject, type JsonValue } from '@runyard/domain';

const DEFAULT_ARG_FORMAT = '--{{.Key}} {{.Value}}';
const KEY = '{{.Key}}';
const VALUE = '{{.Value}}';
/** Spaces inside the braces are allowed, and must not split a piece. */
const PLACEHOLDER = /\{\{\s*\.(Key|Value)\s*\}\}/g;

/**
 * Params as arguments. The format is split at white space before values are put in, so a value stays one argument.
 * `true` gives the name alone; `false`, null and what is not set give nothing; objects and lists are JSON text.
 */
export function paramArguments(params: JsonObject, format: string = DEFAULT_ARG_FORMAT): string[] {
  const pieces = parseFormat(format);
  return Object.entries(params).flatMap(([key, value]) => argumentsOf(pieces, key, value));
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
