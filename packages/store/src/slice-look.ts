import type { OpenSlice, RunId } from '@runyard/domain';
import type { RedisConnection } from '@runyard/redis';
import type { Keys } from './keys.ts';
import { decodeHeader } from './slice-header.ts';
import { known } from './store-errors.ts';

/** Slices looked at, whatever the size of the run. */
const SLICES_MAX = 400;
/** Of a larger run these are spread over all of it, to find its clusters; the others lie where the work is. */
const SPREAD = 200;
const CLUSTERS_MAX = 20;

/** Some of the slices of a run that are not done. */
interface SomeSlices {
  readonly open: readonly OpenSlice[];
  /** False when there may be more. */
  readonly isComplete: boolean;
}

/** Looks at the slices of a run with work that does not grow with the run. */
export type SliceLook = (runId: RunId) => Promise<SomeSlices>;

export function createSliceLook(connection: RedisConnection, keys: Keys): SliceLook {
  return (runId) => known(look(runId));

  async function look(runId: RunId): Promise<SomeSlices> {
    const { record } = keys.run(runId);
    const [planned, slices] = await connection.hmget(record, 'planned', 'slices');
    if (planned !== '1') return { open: [], isComplete: true };
    const total = Number(slices);
    const isComplete = total <= SLICES_MAX;
    const spread = Array.from({ length: isComplete ? total : SPREAD }, (_, index) =>
      isComplete ? index : Math.floor((index * total) / SPREAD),
    );
    const open = await openAmong(runId, spread);
    if (isComplete) return { open, isComplete };
    const seen = new Set(spread);
    const atWork = (await slicesAtWork(runId, open)).filter((slice) => !seen.has(slice));
    const all = [...open, ...(await openAmong(runId, [...new Set(atWork)]))];
    return { open: all.sort((one, other) => one.slice - other.slice), isComplete };
  }

  async function openAmong(runId: RunId, slices: readonly number[]): Promise<OpenSlice[]> {
    if (slices.length === 0) return [];
    const fields = slices.flatMap((slice) => [String(slice), `${slice}:o`, `${slice}:d`]);
    const values = await connection.hmget(keys.run(runId).record, ...fields);
    const open = slices.flatMap((slice, index) => {
      const [header, owner, done] = values.slice(index * 3, index * 3 + 3);
      if (!header || done) return [];
      return [{ runId, slice, cluster: decodeHeader(header).cluster, owner: owner || null, isReleased: true }];
    });
    const waiting = await firstWaiting(runId, new Set(open.map(({ cluster }) => cluster)));
    return open.map((slice) => ({ ...slice, isReleased: slice.slice < (waiting.get(slice.cluster) ?? Infinity) }));
  }

  /** By cluster: the first slice that waits for others of its run. */
  async function firstWaiting(runId: RunId, clusters: ReadonlySet<string>): Promise<ReadonlyMap<string, number>> {
    if (clusters.size === 0) return new Map();
    const names = [...clusters];
    const values = await connection.hmget(keys.run(runId).record, ...names.map((name) => `w:${name}`));
    return new Map(names.map((name, index) => [name, Number(values[index] || Infinity)]));
  }

  /** The slices before the first one that waits, in each cluster: the last ones that were queued. */
  async function slicesAtWork(runId: RunId, open: readonly OpenSlice[]): Promise<number[]> {
    const clusters = new Set(open.map(({ cluster }) => cluster).slice(0));
    const waiting = await firstWaiting(runId, clusters);
    const ends = [...waiting.values()].filter((slice) => slice < Infinity).slice(0, CLUSTERS_MAX);
    const each = Math.floor((SLICES_MAX - SPREAD) / Math.max(1, ends.length));
    return ends.flatMap((end) =>
      Array.from({ length: each }, (_, index) => end - 1 - index).filter((slice) => slice >= 0),
    );
  }
}
