import { InvalidArgumentError } from 'commander';

/** Collects an option that may be given several times. */
export const several = (value: string, before: readonly string[] = []): string[] => [...before, value];

/** A number of devices, or a share of them; the gateway says what is wrong with anything else. */
export function toAmount(text: string): number | string {
  return /^\d+$/.test(text) ? Number(text) : text;
}

/** A day is its beginning in UTC; the gateway says what is wrong with anything that is no time. */
export function toTime(text: string): string {
  return /^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00:00Z` : text;
}

export function toPort(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port < 1 || port > 65_535) throw new InvalidArgumentError('It must be from 1 to 65535.');
  return port;
}

/** How many lines of a list. */
export function toLimit(text: string): number {
  const limit = Number(text);
  if (!/^\d+$/.test(text) || limit < 1 || limit > 1_000) throw new InvalidArgumentError('It must be from 1 to 1000.');
  return limit;
}
