/** A number of devices, or a share of them such as `10%`. */
export type Amount = number | string;

/** How a run spreads over its devices batch by batch, and when it stops doing so. */
export interface Rollout {
  /** Devices of the first batch. Without it the first batch is like the others. */
  readonly canary?: Amount;
  /** Devices of each later batch; all that are left when absent. */
  readonly batches?: Amount;
  /** More failed devices than this are too many; any number is allowed when absent. */
  readonly maxFailures?: Amount;
  /** Milliseconds between the end of one batch and the start of the next. */
  readonly soakMs: number;
  /** What becomes of the run when too many devices failed. */
  readonly onBreach: 'stop' | 'pause';
}

export const ROLLOUT_DEFAULTS = { soakMs: 0, onBreach: 'stop' } as const;

/** Batches of one run: more of them would be a queue of their own. */
export const ROLLOUT_BATCHES_MAX = 1_000;

/** Devices that an amount means, of a total. A share is rounded up, so that it is never nothing. */
export function devicesOf(amount: Amount, total: number): number {
  if (typeof amount === 'number') return Math.min(amount, total);
  return Math.min(total, Math.ceil((Number.parseFloat(amount) * total) / 100));
}

/** Failures that a rollout allows; a share is rounded down, so that it never allows more than it says. */
export function failuresAllowed({ maxFailures }: Rollout, total: number): number | null {
  if (maxFailures === undefined) return null;
  if (typeof maxFailures === 'number') return maxFailures;
  return Math.floor((Number.parseFloat(maxFailures) * total) / 100);
}

/** The number of devices in each batch; their sum is the total. */
export function batchSizes({ canary, batches }: Rollout, total: number): readonly number[] {
  const sizes: number[] = [];
  let left = total;
  const take = (amount: number): void => {
    const size = Math.min(left, Math.max(1, amount));
    sizes.push(size);
    left -= size;
  };
  if (canary !== undefined && total > 0) take(devicesOf(canary, total));
  const smallest = Math.ceil(total / ROLLOUT_BATCHES_MAX);
  const size = Math.max(smallest, batches === undefined ? total : devicesOf(batches, total));
  while (left > 0) take(size);
  return sizes;
}
