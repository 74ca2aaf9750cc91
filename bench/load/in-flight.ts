/** Does the work `count` times, so many at once. Rejects with the first failure. */
export async function keepInFlight(
  count: number,
  inFlight: number,
  work: (index: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  async function lane(): Promise<void> {
    while (next < count) {
      const index = next;
      next += 1;
      await work(index);
    }
  }
  await Promise.all(Array.from({ length: Math.min(inFlight, count) }, lane));
}

const LOOK_EVERY_MS = 5;
const WAIT_MS_MAX = 600_000;

/** Looks every few milliseconds until it is so. Rejects after ten minutes. */
export async function waitUntil(isSo: () => Promise<boolean>): Promise<void> {
  const endMs = Date.now() + WAIT_MS_MAX;
  while (!(await isSo())) {
    if (Date.now() > endMs) throw new Error('did not happen within ten minutes');
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}
