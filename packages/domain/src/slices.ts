import type { Device } from './device.ts';

/** Part of a run that one queue job carries: devices of one cluster. */
export interface NewSlice {
  readonly cluster: string;
  readonly names: readonly string[];
}

/** The snapshot of a run's targets. */
export interface RunPlan {
  readonly slices: readonly NewSlice[];
  /** True when the names ascend through all slices of a cluster, so that a name is found by bisection. */
  readonly sorted: boolean;
  /** The devices that a run with run method `once` is to work on. */
  readonly inventory?: readonly string[];
}

export const SLICE_DEVICES_MAX = 200;
/** A cluster gets at least this many slices, if it has the devices, so that each of its workers has something to do. */
const SLICES_AIM = 8;
const SLICE_DEVICES_MIN = 10;

/**
 * Cuts devices into slices, cluster by cluster. Up to one slice a cluster the order asked for is kept; more slices
 * are sorted by name, so that pages and look-ups by name need no index.
 */
export function cutSlices(devices: readonly Device[]): RunPlan {
  const byCluster = new Map<string, string[]>();
  for (const device of devices) {
    const names = byCluster.get(device.cluster);
    if (names) names.push(device.name);
    else byCluster.set(device.cluster, [device.name]);
  }
  const sorted = [...byCluster.values()].some((names) => names.length > SLICE_DEVICES_MIN);
  const slices: NewSlice[] = [];
  for (const [cluster, names] of byCluster) {
    if (sorted) names.sort();
    const size = sliceSize(names.length);
    for (let first = 0; first < names.length; first += size) {
      slices.push({ cluster, names: names.slice(first, first + size) });
    }
  }
  return { slices, sorted };
}

function sliceSize(devices: number): number {
  return Math.min(SLICE_DEVICES_MAX, Math.max(SLICE_DEVICES_MIN, Math.ceil(devices / SLICES_AIM)));
}
