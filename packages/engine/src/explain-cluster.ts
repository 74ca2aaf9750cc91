import type { ClusterPause, OpenSlice, Rate, RunSpec, WorkerInfo, Reason } from '@runyard/domain';
import { counted, lasting, listed, moment, reason } from './reason.ts';

/** What is to be known of a cluster in which a run has slices that are not done. */
export interface ClusterSituation {
  readonly cluster: string;
  readonly pause: ClusterPause | null;
  readonly rate: Rate | null;
  readonly workers: readonly WorkerInfo[];
  /** Jobs of any run that nobody has taken yet. */
  readonly jobsWaiting: number;
  /** Slices of the run. */
  readonly open: readonly OpenSlice[];
}

/** What keeps a run waiting in one cluster. */
export function clusterReasons(spec: RunSpec, situation: ClusterSituation): readonly Reason[] {
  return [
    pauseReason(situation),
    workerReason(spec, situation),
    lostReason(situation),
    queueReason(spec, situation),
    slotsReason(situation),
    rateReason(situation),
  ].filter((found) => found !== null);
}

/** Slices that may be taken and that nobody has. */
function idleSlices({ open }: ClusterSituation): readonly OpenSlice[] {
  return open.filter(({ owner, isReleased }) => owner === null && isReleased);
}

function pauseReason({ cluster, pause }: ClusterSituation): Reason | null {
  if (!pause) return null;
  const { by, atMs, reason: why } = pause;
  const message = `The cluster '${cluster}' was paused by ${by} at ${moment(atMs)}${why ? `: ${why}` : ''}. Its workers take nothing new.`;
  return reason('cluster-paused', message, { cluster, by, sinceMs: atMs });
}

function workerReason({ type }: RunSpec, { cluster, workers, open }: ClusterSituation): Reason | null {
  const facts = { cluster, slices: open.length };
  if (workers.length === 0) {
    const message = `No live worker is in the cluster '${cluster}', where it has ${counted(open.length, 'slice')} to do.`;
    return reason('no-worker', message, facts);
  }
  if (workers.every(({ draining }) => draining)) {
    const message = `Every worker in the cluster '${cluster}' is stopping and takes nothing new.`;
    return reason('no-worker', message, { ...facts, workers: workers.map(({ id }) => id).slice(0, 10) });
  }
  if (workers.some(({ serviceTypes }) => serviceTypes.includes(type))) return null;
  const message = `No worker in the cluster '${cluster}' runs services of the type '${type}'.`;
  return reason('no-worker-of-type', message, { ...facts, type });
}

function lostReason({ cluster, workers, open }: ClusterSituation): Reason | null {
  const live = new Set(workers.map(({ id }) => id));
  const lost = open.filter(({ owner }) => owner !== null && !live.has(owner));
  if (lost.length === 0) return null;
  const owners = [...new Set(lost.map(({ owner }) => owner ?? ''))];
  const message = `The worker ${listed(owners)} had ${counted(lost.length, 'slice')} in hand and was not heard of since; another worker takes over.`;
  return reason('worker-lost', message, { cluster, slices: lost.length, workers: owners.slice(0, 10) });
}

const TAKEN: Readonly<Record<NonNullable<RunSpec['priority']>, string>> = {
  high: 'its priority is high',
  normal: 'its priority is normal',
  low: 'its priority is low, so others are taken first',
};

function queueReason({ priority = 'normal' }: RunSpec, situation: ClusterSituation): Reason | null {
  const { cluster, jobsWaiting } = situation;
  const slices = idleSlices(situation).length;
  if (slices === 0) return null;
  const before = priority === 'high' ? 0 : Math.max(0, jobsWaiting - slices);
  const line = before === 0 ? 'with no other job before it' : `with up to ${counted(before, 'other job')} before`;
  const message = `It has ${counted(slices, 'slice')} in the queue of the cluster '${cluster}', ${line}; ${TAKEN[priority]}.`;
  return reason('queued', message, { cluster, slices, before, priority });
}

function slotsReason({ cluster, workers, open }: ClusterSituation): Reason | null {
  const owners = new Set(open.map(({ owner }) => owner));
  const holding = workers.filter(({ id }) => owners.has(id));
  if (holding.length === 0 || holding.some(({ slots, busySlots }) => busySlots < slots)) return null;
  const limit = holding.reduce((sum, { slots }) => sum + slots, 0);
  const names = holding.map(({ id }) => id);
  const message = `All ${counted(limit, 'device slot')} of the workers that have it in hand (${listed(names)}) are taken.`;
  return reason('slots', message, { cluster, limit, workers: names.slice(0, 10) });
}

function rateReason({ cluster, rate, open }: ClusterSituation): Reason | null {
  if (!rate || open.length === 0) return null;
  const { devices, perMs } = rate;
  const message = `The cluster '${cluster}' lets ${counted(devices, 'device')} begin in ${lasting(perMs)}, over all runs.`;
  return reason('rate', message, { cluster, limit: devices, perMs });
}
