const CHARS_MAX = 500;

/** What the library says of an expression: an error, or a plain object with a text and a place. */
export function reasonOf(error: unknown): string {
  const { message, position } = (error ?? {}) as { message?: unknown; position?: unknown };
  const text = typeof message === 'string' && message !== '' ? message : 'it cannot be evaluated';
  if (/call stack size/i.test(text)) return 'it is nested too deeply';
  const place = typeof position === 'number' ? ` (at character ${position})` : '';
  return `${text.slice(0, CHARS_MAX)}${place}`;
}
