import { type CatalogView, DEFAULT_CLUSTER, resolveTargets, type RunPlan, type RunSpec } from '@runyard/domain';

/** The clusters whose workers the run would go to, also of one that is planned later; some more than once. */
export function* clustersOfRun(spec: RunSpec, plan: RunPlan | null, view: CatalogView): Generator<string> {
  if (plan) {
    for (const { cluster } of plan.slices) yield cluster;
    return;
  }
  if (spec.runMethod === 'once' && spec.cluster !== undefined) {
    yield spec.cluster;
    return;
  }
  const devices = resolveTargets(spec.targets, view);
  if (spec.runMethod === 'once') yield devices[0]?.cluster ?? DEFAULT_CLUSTER;
  else for (const { cluster } of devices) yield cluster;
}
