import { maskText, maySecretBeIn } from './mask-text.ts';
import type { SecretValues } from './secret-values.ts';
import { toJson } from './to-json.ts';
import { toText } from './to-text.ts';

export type LogFormat = 'json' | 'text';
export type LogRecord = Readonly<Record<string, unknown>>;

/** The line that is written for a record, without its line end and without secrets. */
export function renderLine(record: LogRecord, format: LogFormat, secrets: SecretValues): string {
  const line = toJson(record, secrets);
  const isClean = !maySecretBeIn(line, secrets);
  if (isClean && format === 'json') return line;
  const parsed: LogRecord = JSON.parse(line);
  const { time, level, ...rest } = parsed;
  // Masked as a tree and not as text: a secret may be like a piece of JSON syntax.
  const masked = isClean ? parsed : { time, level, ...(maskTree(rest, secrets) as LogRecord) };
  return format === 'json' ? JSON.stringify(masked) : toText(masked);
}

function maskTree(value: unknown, secrets: SecretValues): unknown {
  if (typeof value === 'string') return maskText(value, secrets);
  if (typeof value === 'number') {
    const text = String(value);
    return secrets.isIn(text) ? maskText(text, secrets) : value;
  }
  if (Array.isArray(value)) return value.map((item) => maskTree(item, secrets));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [maskText(key, secrets), maskTree(inner, secrets)]),
  );
}
