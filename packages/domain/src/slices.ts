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
  /** How many slices of one cluster are in the queue at once; all of them when absent. */
  readonly window?: number;
  /** Devices of one slice at once, so that all slices together keep the run's `parallel`. */
  readonly sliceParallel?: number;
}

/**
 * How many slices of one cluster are queued at once: enough to fill the device slots of its live workers twice, once in
 * work and once waiting, so that nobody stands still. A run of many devices puts only so many before those of others;
 * whoever finishes one queues the next.
 */
export function windowFor(plan: RunPlan, slots: number): number {
  const largest = Math.max(1, ...plan.slices.map(({ names }) => names.length));
  return Math.max(2, Math.ceil((2 * slots) / largest));
}

/**
 * Gives a plan its window, and makes it keep the run's `parallel` over all its slices and clusters, without anybody counting while it runs: so
 * many slices are queued at once, each with so many devices at once, that the product is not above it. A run over more
 * clusters than its `parallel` has one device at once in each of them.
 */
export function limitParallel(plan: RunPlan, parallel: number | undefined, slots: number): RunPlan {
  const window = windowFor(plan, slots);
  if (parallel === undefined) return { ...plan, window };
  const slicesOf = new Map<string, number>();
  for (const { cluster } of plan.slices) slicesOf.set(cluster, (slicesOf.get(cluster) ?? 0) + 1);
  const limited = Math.max(1, Math.min(window, Math.floor(parallel / Math.max(1, slicesOf.size))));
  const queued = [...slicesOf.values()].reduce((sum, slices) => sum + Math.min(slices, limited), 0);
  return { ...plan, window: limited, sliceParallel: Math.max(1, Math.floor(parallel / Math.max(1, queued))) };
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
