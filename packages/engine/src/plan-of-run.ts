import {
  type CatalogView,
  cutRollout,
  cutSlices,
  type Device,
  type Fleet,
  limitParallel,
  resolveTargets,
  type RunPlan,
  type RunSpec,
  type Service,
  SLICE_DEVICES_MAX,
  type SliceJob,
} from '@runyard/domain';

/**
 * The plan of a run that needs no plan step: a few devices by name. Pools are evaluated by the plan step, so that
 * accepting is the same work whatever their size. Null when the plan step has to do it.
 */
export function planAtOnce(spec: RunSpec, service: Service, view: CatalogView): RunPlan | null {
  const { devices, pools } = spec.targets;
  if (pools.length > 0 || devices.length > SLICE_DEVICES_MAX) return null;
  // Those go on only when others have ended, which is the plan step's business.
  if (spec.rollout || spec.maxConcurrent !== undefined) return null;
  const plan = planRunOn(resolveTargets(spec.targets, view), spec, service, FLEET_ANY);
  // Slices that may not all be queued at once are let go one by one, which is the plan step's business.
  return plan.slices.length <= (plan.window ?? Infinity) ? plan : null;
}

/** With so many slots, no run that needs no plan step has slices that wait, unless its own limit wants it. */
const FLEET_ANY: Fleet = { slots: SLICE_DEVICES_MAX * SLICE_DEVICES_MAX, workers: 1 };

/**
 * The plan of a run on these devices, for clusters whose workers are like this. A run with run method `once` is one slice
 * with one row without a name.
 */
export function planRunOn(devices: readonly Device[], spec: RunSpec, service: Service, fleet: Fleet): RunPlan {
  if (service.runMethod === 'per-device') {
    const parallel = spec.parallel ?? service.parallel;
    const options = { workers: fleet.workers, parallel };
    const plan = spec.rollout ? cutRollout(devices, spec.rollout, options) : cutSlices(devices, options);
    return limitParallel(plan, parallel, fleet);
  }
  const cluster = spec.cluster ?? devices[0]?.cluster ?? 'default';
  return { slices: [{ cluster, names: [''] }], sorted: false, inventory: devices.map(({ name }) => name) };
}

/** The job of a slice of this run. */
export function sliceJob({ id: runId, service, priority }: RunSpec, slice: number, cluster: string): SliceJob {
  return { runId, slice, cluster, service, ...(priority ? { priority } : {}) };
}
