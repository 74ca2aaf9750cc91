import type { SchemaObject } from './json-schema.ts';

/** Text such as `1h30m`, or a number of seconds. */
export type Duration = string | number;

const SHAPE =
  /^(?=\d)(?:(\d+(?:\.\d+)?)d)?(?:(\d+(?:\.\d+)?)h)?(?:(\d+(?:\.\d+)?)m)?(?:(\d+(?:\.\d+)?)s)?(?:(\d+)ms)?$/;
const UNITS = [
  { letter: 'd', ms: 86_400_000 },
  { letter: 'h', ms: 3_600_000 },
  { letter: 'm', ms: 60_000 },
  { letter: 's', ms: 1_000 },
  { letter: 'ms', ms: 1 },
] as const;
const TEXT_LENGTH_MAX = 50;

export const DURATION_EXPECTED = 'a duration such as 30s, 5m or 1h30m, or a number of seconds';

/** Milliseconds of `30s`, `5m`, `1h30m`, `250ms`, `2d` or of a number of seconds; null when it is no duration. */
export function parseDuration(duration: unknown): number | null {
  if (typeof duration === 'number') return wholeMs(duration * 1_000);
  if (typeof duration !== 'string' || duration.length > TEXT_LENGTH_MAX) return null;
  const parts = SHAPE.exec(duration);
  if (!parts) return null;
  return wholeMs(UNITS.reduce((sum, { ms }, index) => sum + Number(parts[index + 1] ?? 0) * ms, 0));
}

function wholeMs(ms: number): number | null {
  const rounded = Math.round(ms);
  return ms >= 0 && Number.isSafeInteger(rounded) ? rounded : null;
}

/** The shortest text that `parseDuration` reads as these milliseconds: 90000 → `1m30s`. */
export function formatDuration(durationMs: number): string {
  let rest = Math.max(0, Math.round(durationMs));
  if (rest === 0) return '0s';
  let text = '';
  for (const { letter, ms } of UNITS) {
    const count = Math.floor(rest / ms);
    if (count > 0) text += `${count}${letter}`;
    rest -= count * ms;
  }
  return text;
}

interface DurationBounds {
  readonly description: string;
  readonly minimumMs: number;
  readonly maximumMs: number;
  readonly default?: string;
}

/** The schema of a duration as people write it. In the domain its key ends in `Ms`: `timeout` becomes `timeoutMs`. */
export function durationSchema({ description, minimumMs, maximumMs, default: preset }: DurationBounds) {
  return {
    type: ['string', 'number'],
    format: 'duration',
    description,
    'x-minimumMs': minimumMs,
    'x-maximumMs': maximumMs,
    examples: ['30s', '1h30m', 15],
    ...(preset === undefined ? {} : { default: preset }),
  } as const satisfies SchemaObject;
}

/** True for the schema of a duration. */
export function isDurationSchema(schema: SchemaObject): boolean {
  return schema.format === 'duration';
}
