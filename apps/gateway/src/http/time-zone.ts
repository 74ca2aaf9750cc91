import type { IncomingMessage } from 'node:http';
import { isTimeZone, meantTimeZone } from '@runyard/contracts';
import { AppError } from '@runyard/domain';

/** How the header stands in the OpenAPI document. */
export const timeZoneHeader = {
  'x-time-zone': {
    schema: { type: 'string', minLength: 1, maxLength: 64 },
    description: 'IANA name of the time zone of the run, before that of the service.',
  },
} as const;

/** The zone that the caller names in the header; undefined when it names none. Throws PARAMETER_INVALID. */
export function readTimeZone({ headers }: Pick<IncomingMessage, 'headers'>): string | undefined {
  const timeZone = headers['x-time-zone'];
  if (timeZone === undefined) return undefined;
  if (typeof timeZone === 'string' && isTimeZone(timeZone)) return timeZone;
  const meant = typeof timeZone === 'string' ? meantTimeZone(timeZone) : undefined;
  const hint = meant === undefined ? '.' : `; did you mean ${meant}?`;
  throw new AppError(
    'PARAMETER_INVALID',
    `x-time-zone must be the IANA name of a time zone, such as Europe/Oslo${hint}`,
  );
}
