const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** `500ms`, `20s`, `1.5m`, `1h` in milliseconds; anything else is given back as it is, for validation to refuse. */
export function parseDuration(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  const match = /^(\d{1,12}(?:\.\d{1,6})?)\s*(ms|s|m|h)$/.exec(value.trim());
  const unitMs = UNIT_MS[match?.[2] ?? ''];
  return match && unitMs !== undefined ? Math.round(Number(match[1]) * unitMs) : value;
}
