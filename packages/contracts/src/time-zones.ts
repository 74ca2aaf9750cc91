import type { SchemaObject } from './json-schema.ts';

const NAME_LENGTH_MAX = 64;
const ZONES_KEPT_MAX = 500;
const SECOND_MS = 1_000;

const formats = new Map<string, Intl.DateTimeFormat | null>();

/** A reader of wall clocks in the zone; null when there is no such zone. Making one is dear, so they are kept. */
function formatOf(timeZone: string): Intl.DateTimeFormat | null {
  const known = formats.get(timeZone);
  if (known !== undefined) return known;
  const format = makeFormat(timeZone);
  if (formats.size >= ZONES_KEPT_MAX) formats.clear();
  formats.set(timeZone, format);
  return format;
}

function makeFormat(timeZone: string): Intl.DateTimeFormat | null {
  // Not what the engine takes beside IANA names, such as `+02:00`.
  if (timeZone.length > NAME_LENGTH_MAX || !/^[A-Za-z]/.test(timeZone)) return null;
  try {
    return new Intl.DateTimeFormat('en-US', {
      timeZone,
      calendar: 'iso8601',
      numberingSystem: 'latn',
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  } catch {
    return null;
  }
}

/** True for the IANA name of a time zone, such as `Europe/Oslo` or `UTC`. */
export function isTimeZone(text: string): boolean {
  return formatOf(text) !== null;
}

/** How far the wall clocks of the zone are ahead of UTC at a time, in milliseconds. Throws for an unknown zone. */
export function zoneOffsetMs(timeZone: string, atMs: number): number {
  const format = formatOf(timeZone);
  if (!format) throw new Error(`there is no time zone ${timeZone}`);
  const part: Partial<Record<Intl.DateTimeFormatPartTypes, number>> = {};
  for (const { type, value } of format.formatToParts(atMs)) part[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = part;
  const wholeMs = Math.floor(atMs / SECOND_MS) * SECOND_MS;
  return Date.UTC(year, month - 1, day, hour, minute, second) - wholeMs;
}

/** The IANA name of a time zone. */
export const timeZoneSchema = {
  type: 'string',
  minLength: 1,
  maxLength: NAME_LENGTH_MAX,
  format: 'time-zone',
  'x-expects': 'the IANA name of a time zone, such as Europe/Oslo or UTC',
  examples: ['Europe/Oslo'],
} as const satisfies SchemaObject;
