import type { SchemaObject } from './json-schema.ts';
import { TIME_ZONE_ALIASES } from './time-zone-aliases.ts';

const NAME_LENGTH_MAX = 64;
const ZONES_KEPT_MAX = 500;
const SECOND_MS = 1_000;

interface Zone {
  /** A reader of its wall clocks. */
  readonly format: Intl.DateTimeFormat;
  /** As the IANA database writes its name. */
  readonly spelling: string;
}

const zones = new Map<string, Zone | null>();
const aliases = new Map(TIME_ZONE_ALIASES.map((name) => [name.toLowerCase(), name]));

/** The zone of that name in any case; null when there is none. Making a reader is dear, so they are kept. */
function zoneNamed(timeZone: string): Zone | null {
  const known = zones.get(timeZone);
  if (known !== undefined) return known;
  const format = makeFormat(timeZone);
  const zone = format && { format, spelling: spellingOf(timeZone, format) };
  if (zones.size >= ZONES_KEPT_MAX) zones.clear();
  zones.set(timeZone, zone);
  return zone;
}

/** An alias that is newer than the list counts as it is written. */
function spellingOf(timeZone: string, format: Intl.DateTimeFormat): string {
  const resolved = format.resolvedOptions().timeZone;
  const inAnyCase = timeZone.toLowerCase();
  return resolved.toLowerCase() === inAnyCase ? resolved : (aliases.get(inAnyCase) ?? timeZone);
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

/**
 * True for the IANA name of a time zone, such as `Europe/Oslo` or `UTC`. Its case counts: programs that get it look for a
 * file of that name.
 */
export function isTimeZone(text: string): boolean {
  return zoneNamed(text)?.spelling === text;
}

/** The name that a text is but for its case, for whoever wrote it otherwise; undefined when there is none. */
export function meantTimeZone(text: string): string | undefined {
  const spelling = zoneNamed(text)?.spelling;
  return spelling === text ? undefined : spelling;
}

/** How far the wall clocks of the zone are ahead of UTC at a time, in milliseconds. Throws for an unknown zone. */
export function zoneOffsetMs(timeZone: string, atMs: number): number {
  const zone = zoneNamed(timeZone);
  if (!zone) throw new Error(`there is no time zone ${timeZone}`);
  const part: Partial<Record<Intl.DateTimeFormatPartTypes, number>> = {};
  for (const { type, value } of zone.format.formatToParts(atMs)) part[type] = Number(value);
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
