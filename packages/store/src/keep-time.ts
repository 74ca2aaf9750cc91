import type { Keep } from '@runyard/domain';

export const DAY_MS = 86_400_000;

/** A record outlives its time by this much, should nobody prune: the pruner needs it to find what lists it is in. */
export const KEEP_SPARE_MS = 24 * 3_600_000;

/** Milliseconds from the end of a run after which its record goes by itself. Whole: Redis takes no others. */
export function recordLifeMs({ days }: Keep): number {
  return Math.round(days * DAY_MS) + KEEP_SPARE_MS;
}
