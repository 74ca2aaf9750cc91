import type { JsonValue } from '@runyard/domain';

const MASK = '***';
/** A shorter one would also hide words that are no secret, and guards little. */
const SECRET_CHARS_MIN = 6;
/** So much of a secret at the place where a text was cut still is one. */
const PART_CHARS_MIN = 4;

/** Hides secrets in what programs print. */
export interface Mask {
  text(text: string): string;
  /** The same for a text that goes on where it was cut: what may be the beginning of a secret is hidden too. */
  cutText(text: string): string;
  /** In every text of the value, and in the names of its members. */
  value(value: JsonValue): JsonValue;
}

export const NO_MASK: Mask = { text: (text) => text, cutText: (text) => text, value: (value) => value };

/** Also finds them as they stand in JSON, in addresses, in base64, and line by line when they have several lines. */
export function createMask(secrets: readonly (string | undefined)[]): Mask {
  const forms = [...new Set(secrets.flatMap((secret) => (secret === undefined ? [] : formsOf(secret))))]
    .filter((form) => form.length >= SECRET_CHARS_MIN)
    .sort((a, b) => b.length - a.length);
  if (forms.length === 0) return NO_MASK;
  const text = (from: string): string => forms.reduce((masked, form) => masked.replaceAll(form, MASK), from);
  const cutText = (from: string): string => {
    const masked = text(from);
    const longest = Math.max(0, ...forms.map((form) => partAtEnd(masked, form)));
    return longest === 0 ? masked : masked.slice(0, masked.length - longest) + MASK;
  };
  const value = (from: JsonValue): JsonValue => {
    if (typeof from === 'string') return text(from);
    if (Array.isArray(from)) return from.map(value);
    if (typeof from !== 'object' || from === null) return text(String(from)) === String(from) ? from : MASK;
    const members = Object.entries(from).filter((member) => member[1] !== undefined);
    return Object.fromEntries(members.map(([key, member]) => [text(key), value(member as JsonValue)]));
  };
  return { text, cutText, value };
}

function formsOf(secret: string): string[] {
  const lines = secret.split(/\r?\n/);
  const inJson = JSON.stringify(secret).slice(1, -1);
  return [
    secret,
    secret.trim(),
    inJson,
    asciiOnly(inJson),
    withoutMarkup(inJson),
    asInAddress(secret),
    Buffer.from(secret).toString('base64'),
    ...(lines.length > 1 ? lines.map((line) => line.trim()) : []),
  ];
}

/** As programs write JSON that keep to ASCII. */
function asciiOnly(text: string): string {
  return text.replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** As Go writes JSON. */
function withoutMarkup(text: string): string {
  return text.replace(/[<>&]/g, (unit) => `\\u00${unit.charCodeAt(0).toString(16)}`);
}

function asInAddress(secret: string): string {
  // Half of a surrogate pair has no such form.
  return /\p{Surrogate}/u.test(secret) ? secret : encodeURIComponent(secret);
}

/** Characters at the end of the text that are the beginning of the secret. */
function partAtEnd(text: string, secret: string): number {
  const most = Math.min(text.length, secret.length - 1);
  for (let length = most; length >= PART_CHARS_MIN; length -= 1) {
    if (text.endsWith(secret.slice(0, length))) return length;
  }
  return 0;
}
