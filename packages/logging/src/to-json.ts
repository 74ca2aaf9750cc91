import { describeError, isError } from './describe-error.ts';
import { maskText } from './mask-text.ts';
import { isSecretKey } from './secret-keys.ts';
import { MASK, type SecretValues } from './secret-values.ts';

const DEPTH_MAX = 8;
const VALUES_MAX = 1_000;
const ITEMS_MAX = 100;
const TEXT_LENGTH_MAX = 8_192;

/**
 * One line of JSON without line ends. Hides what stands under the name of a secret, describes errors, and bounds
 * depth, number and length of values. Changes nothing of the caller's; never throws.
 */
export function toJson(record: Readonly<Record<string, unknown>>, secrets: SecretValues): string {
  try {
    // Most records need no replacer, which would be called for each of their members.
    return JSON.stringify(record, isPlain(record) ? undefined : createReplacer(secrets));
  } catch (error) {
    // A getter or toJSON of the caller's failed. The line is written all the same, without its fields.
    const { time, level, service, message } = record;
    const reason = isError(error) ? error.message : 'unknown';
    return JSON.stringify({ time, level, service, message, fieldsLost: maskText(reason, secrets) });
  }
}

/** True for a record that goes out as it is: few short texts, numbers and truth values, none under the name of a secret. */
function isPlain(record: Readonly<Record<string, unknown>>): boolean {
  for (const key in record) {
    const value = record[key];
    if (typeof value === 'string' ? value.length > TEXT_LENGTH_MAX : !isSimple(value)) return false;
    if (isSecretKey(key)) return false;
  }
  return true;
}

function isSimple(value: unknown): boolean {
  return typeof value === 'number' || typeof value === 'boolean' || value === null || value === undefined;
}

function createReplacer(secrets: SecretValues): (this: unknown, key: string, value: unknown) => unknown {
  // The objects that contain the present one, outermost first.
  const ancestors: unknown[] = [];
  let values = 0;
  return function replace(key, value) {
    if (key !== '' && isSecretKey(key)) return value === null || value === undefined ? value : MASK;
    values += 1;
    if (values > VALUES_MAX) return undefined;
    if (typeof value === 'string') return cut(value, secrets);
    if (typeof value === 'bigint') return String(value);
    if (typeof value !== 'object' || value === null) return value;

    while (ancestors.length > 0 && ancestors.at(-1) !== this) ancestors.pop();
    if (ancestors.includes(value)) return '[circular]';
    if (ancestors.length > DEPTH_MAX) return '[deep]';
    const shown = toPlain(value);
    if (typeof shown === 'object') ancestors.push(shown);
    return shown;
  };
}

function toPlain(value: object): object | string {
  if (isError(value)) return describeError(value);
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (isBufferJson(value)) return `[${value.data.length} bytes]`;
  if (value instanceof Map) return Object.fromEntries([...value].slice(0, ITEMS_MAX));
  if (value instanceof Set) return [...value].slice(0, ITEMS_MAX);
  if (Array.isArray(value) && value.length > ITEMS_MAX) {
    return [...value.slice(0, ITEMS_MAX), `[${value.length - ITEMS_MAX} more]`];
  }
  return value;
}

/** What a Buffer makes of itself before the replacer sees it. */
function isBufferJson(value: object): value is { data: unknown[] } {
  return 'type' in value && value.type === 'Buffer' && 'data' in value && Array.isArray(value.data);
}

/** A long text is masked before it is cut, or the cut could leave half a secret that nobody recognises. */
function cut(text: string, secrets: SecretValues): string {
  if (text.length <= TEXT_LENGTH_MAX) return text;
  const start = maskText(text.slice(0, 4 * TEXT_LENGTH_MAX), secrets).slice(0, TEXT_LENGTH_MAX);
  return `${start}… [${text.length} characters]`;
}
