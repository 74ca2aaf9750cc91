import type { Reason, ReasonCode, ReasonFacts } from '@runyard/domain';

export function reason(code: ReasonCode, message: string, facts: ReasonFacts = {}): Reason {
  return { code, message, facts };
}

/** `1 slice`, `3 slices`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

const NAMES_MAX = 10;

/** `a, b and 3 more`. */
export function listed(names: readonly string[]): string {
  const shown = names.slice(0, NAMES_MAX);
  const more = names.length - shown.length;
  return more > 0 ? `${shown.join(', ')} and ${more} more` : shown.join(', ');
}

/** `2026-11-21 10:45:00 UTC`. */
export function moment(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
] as const;

/** A length of time in its largest unit that is not nothing, rounded down: `90 min` is `1 h`. */
export function lasting(durationMs: number): string {
  for (const [unit, ms] of UNITS) if (durationMs >= ms) return `${Math.floor(durationMs / ms)} ${unit}`;
  return `${Math.max(0, Math.round(durationMs))} ms`;
}
