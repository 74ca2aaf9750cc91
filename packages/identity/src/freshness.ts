/** How long something is trusted that was read from the store. */
const TRUSTED_MS = 30_000;

/** False also when the clock was set back past the time of reading. */
export function isFresh(readAtMs: number, nowMs: number): boolean {
  const ageMs = nowMs - readAtMs;
  return ageMs >= 0 && ageMs < TRUSTED_MS;
}
