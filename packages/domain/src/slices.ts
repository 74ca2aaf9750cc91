import type { Device } from './device.ts';
import { batchSizes, failuresAllowed, type Rollout } from './rollout.ts';

/** Part of a run that one queue job carries: devices of one cluster. */
export interface NewSlice {
  readonly cluster: string;
  readonly names: readonly string[];
  /** Number of the batch of the rollout that it belongs to; 0 without one. */
  readonly batch?: number;
}

/** A rollout with its shares counted out. */
export interface PlannedRollout {
  /** Devices in each batch, in the order of the slices. */
  readonly sizes: readonly number[];
  /** More failed devices are too many; null when any number is allowed. */
  readonly failuresMax: number | null;
  readonly soakMs: number;
  readonly onBreach: 'stop' | 'pause';
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
  /** Absent without a rollout. */
  readonly rollout?: PlannedRollout;
}

/** What the workers of a cluster are like, as far as a plan depends on it. */
export interface Fleet {
  /** Device slots of all of them. */
  readonly slots: number;
  readonly workers: number;
}

/**
 * How many slices of one cluster are queued at once: enough to fill the device slots of its live workers twice, once in
 * work and once waiting, so that nobody stands still. A run of many devices puts only so many before those of others;
 * whoever finishes one queues the next.
 */
export function windowFor(plan: RunPlan, { slots, workers }: Fleet): number {
  const largest = Math.max(1, ...plan.slices.map(({ names }) => names.length));
  return Math.max(2, workers, Math.ceil((2 * slots) / largest));
}

/**
 * Gives a plan its window, and makes it keep the run's `parallel` over all its slices and clusters, without anybody
 * counting while it runs: so many slices are queued at once, each with so many devices at once, that the product is not
 * above it. A run over more clusters than its `parallel` has one device at once in each of them.
 */
export function limitParallel(plan: RunPlan, parallel: number | undefined, fleet: Fleet): RunPlan {
  const window = windowFor(plan, fleet);
  if (parallel === undefined) return { ...plan, window };
  const clusters = new Set(plan.slices.map(({ cluster }) => cluster)).size;
  const limited = Math.max(1, Math.min(window, Math.floor(parallel / Math.max(1, clusters))));
  // Only slices of one batch are in work together.
  const together = new Map<string, number>();
  for (const { cluster, batch = 0 } of plan.slices) {
    const key = `${batch} ${cluster}`;
    together.set(key, Math.min(limited, (together.get(key) ?? 0) + 1));
  }
  const queued = new Map<string, number>();
  for (const [key, slices] of together) {
    const batch = key.slice(0, key.indexOf(' '));
    queued.set(batch, (queued.get(batch) ?? 0) + slices);
  }
  const most = Math.max(1, ...queued.values());
  return { ...plan, window: limited, sliceParallel: Math.max(1, Math.floor(parallel / most)) };
}

export const SLICE_DEVICES_MAX = 400;
/** A cluster gets at least this many slices, if it has the devices, so that each of its workers has something to do. */
const SLICES_AIM = 8;
const SLICES_PER_WORKER = 2;
const SLICE_DEVICES_MIN = 10;

export interface CutOptions {
  /** Live workers of a cluster. */
  readonly workers?: number;
  readonly parallel?: number | undefined;
}

/**
 * Cuts devices into slices, cluster by cluster. Up to one slice a cluster the order asked for is kept; more slices
 * are sorted by name, so that pages and look-ups by name need no index.
 */
export function cutSlices(devices: readonly Device[], options: CutOptions = {}): RunPlan {
  const sorted = [...byCluster(devices).values()].some((names) => names.length > SLICE_DEVICES_MIN);
  return { slices: slicesOf(sorted ? sortedByName(devices) : devices, options), sorted };
}

/**
 * Cuts devices into batches and each of these into slices. Up to one slice of devices the batches follow the order asked
 * for, so that the caller chooses the canary; more of them are taken by name.
 */
export function cutRollout(devices: readonly Device[], rollout: Rollout, options: CutOptions = {}): RunPlan {
  const sorted = devices.length > SLICE_DEVICES_MAX;
  const ordered = sorted ? sortedByName(devices) : devices;
  const sizes = batchSizes(rollout, ordered.length);
  const slices: NewSlice[] = [];
  let first = 0;
  for (const [batch, size] of sizes.entries()) {
    for (const slice of slicesOf(ordered.slice(first, first + size), options)) slices.push({ ...slice, batch });
    first += size;
  }
  const { soakMs, onBreach } = rollout;
  const failuresMax = failuresAllowed(rollout, ordered.length);
  return { slices, sorted, rollout: { sizes, failuresMax, soakMs, onBreach } };
}

/** The slices that are queued as soon as the run is planned: of each cluster as many as the window allows. */
export function firstSlices({ slices, window = Infinity }: RunPlan): readonly number[] {
  const queued = new Map<string, number>();
  const first: number[] = [];
  for (const [number, { cluster, batch = 0 }] of slices.entries()) {
    const count = (queued.get(cluster) ?? 0) + 1;
    if (batch > 0 || count > window) continue;
    queued.set(cluster, count);
    first.push(number);
  }
  return first;
}

function slicesOf(devices: readonly Device[], options: CutOptions): NewSlice[] {
  const slices: NewSlice[] = [];
  for (const [cluster, names] of byCluster(devices)) {
    const size = sliceSize(names.length, options);
    for (let first = 0; first < names.length; first += size) {
      slices.push({ cluster, names: names.slice(first, first + size) });
    }
  }
  return slices;
}

function byCluster(devices: readonly Device[]): ReadonlyMap<string, string[]> {
  const clusters = new Map<string, string[]>();
  for (const { cluster, name } of devices) {
    const names = clusters.get(cluster);
    if (names) names.push(name);
    else clusters.set(cluster, [name]);
  }
  return clusters;
}

function sortedByName(devices: readonly Device[]): readonly Device[] {
  if (devices.every(({ name }, index) => index === 0 || (devices[index - 1]?.name ?? '') < name)) return devices;
  // Texts without a comparing function sort several times faster, and a device is named once.
  const byName = new Map(devices.map((device) => [device.name, device]));
  return [...byName.keys()].sort().flatMap((name) => byName.get(name) ?? []);
}

function sliceSize(devices: number, { workers = 1, parallel = Infinity }: CutOptions): number {
  const aim = Math.max(SLICES_AIM, SLICES_PER_WORKER * workers);
  return Math.min(SLICE_DEVICES_MAX, Math.max(SLICE_DEVICES_MIN, Math.min(parallel, Math.ceil(devices / aim))));
}
