import type { NewSlice } from '@runyard/domain';

/** What a slice is, beside its names: which devices of the run, counted from 0, in which cluster. */
export interface SliceHeader {
  readonly cluster: string;
  readonly first: number;
  readonly count: number;
  /** Number of the batch of the rollout; 0 without one. */
  readonly batch: number;
  readonly firstName: string;
  /** The slice of the same cluster that follows it; null for the last one. */
  readonly next: number | null;
}

export function encodeHeader(slice: NewSlice, first: number, next: number | null): string {
  return [slice.cluster, first, slice.names.length, slice.batch ?? 0, slice.names[0] ?? '', next ?? ''].join('\t');
}

export function decodeHeader(text: string): SliceHeader {
  const [cluster = '', first, count, batch, firstName = '', next = ''] = text.split('\t');
  return {
    cluster,
    first: Number(first),
    count: Number(count),
    batch: Number(batch),
    firstName,
    next: next === '' ? null : Number(next),
  };
}

/** Names hold no control characters, so a line feed parts them. */
export function encodeNames(names: readonly string[]): string {
  return names.join('\n');
}

export function decodeNames(text: string): string[] {
  return text.split('\n');
}

/**
 * The slices that may hold a device with this name. When the names ascend within each cluster, that is one slice of
 * each cluster; else all of them, which are few then.
 */
export function slicesForName(headers: readonly SliceHeader[], sorted: boolean, name: string): number[] {
  if (!sorted) return headers.map((_, number) => number);
  const byCluster = new Map<string, number>();
  headers.forEach(({ cluster, firstName }, number) => {
    if (firstName <= name) byCluster.set(cluster, number);
  });
  return [...byCluster.values()];
}

/** The number of the slice that holds the device with this number. */
export function sliceOfDevice(headers: readonly SliceHeader[], device: number): number {
  let low = 0;
  let high = headers.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((headers[middle]?.first ?? Infinity) <= device) low = middle;
    else high = middle - 1;
  }
  return low;
}
