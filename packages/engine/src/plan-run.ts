import {
  type CatalogStore,
  firstSlices,
  type Fleet,
  isTerminal,
  resolveTargets,
  type RunId,
  type RunPlan,
  type RunQueue,
  type RunRecord,
  type RunStore,
  type WorkerRegistry,
} from '@runyard/domain';
import { planRunOn, sliceJob } from './accept-run.ts';
import { RUN_DEVICES_MAX } from './run-request.ts';

export interface PlanRunDependencies {
  readonly catalog: CatalogStore;
  readonly runs: RunStore;
  readonly queue: RunQueue;
  readonly workers: WorkerRegistry;
}

/** What a cluster will have whose workers are not there yet. */
const FLEET_OF_NOBODY: Fleet = { slots: 256, workers: 1 };

export type PlanRun = (runId: RunId) => Promise<void>;

/**
 * The plan step: evaluates pools, takes the snapshot of the devices, cuts it into slices and queues them; for a rollout
 * also the step to its next batch. May be repeated after a crash at any line: a run is planned once, and a slice that is
 * queued twice is run once.
 */
export function createPlanRun({ catalog, runs, queue, workers }: PlanRunDependencies): PlanRun {
  return async (runId) => {
    const record = await runs.get(runId);
    if (!record || isTerminal(record.state)) return;
    if (!record.planned) {
      const plan = await makePlan(record);
      if (!plan) return;
      const written = await runs.plan(runId, plan);
      if (written === 'ended') return;
      if (written === 'written') {
        const first = firstSlices(plan).map((slice) => sliceJob(record.spec, slice, plan.slices[slice]?.cluster ?? ''));
        await queue.addSlices(first);
        return;
      }
    } else if (record.rollout && record.rollout.nextAtMs !== null) {
      await runs.nextBatch(runId, record.rollout.batch);
    }
    const slices = (await runs.openSlices(runId)).filter(({ isReleased, owner }) => isReleased && owner === null);
    await queue.addSlices(slices.map(({ slice, cluster }) => sliceJob(record.spec, slice, cluster)));
  };

  /** The workers of the cluster that has most slots. */
  async function largestFleet(): Promise<Fleet> {
    const fleets = new Map<string, Fleet>();
    for (const { cluster, slots } of await workers.live()) {
      const known = fleets.get(cluster);
      fleets.set(cluster, { slots: (known?.slots ?? 0) + slots, workers: (known?.workers ?? 0) + 1 });
    }
    return [...fleets.values()].reduce((most, fleet) => (fleet.slots > most.slots ? fleet : most), FLEET_OF_NOBODY);
  }

  /** Null when the run ended because there is nothing to run on. */
  async function makePlan({ spec }: RunRecord): Promise<RunPlan | null> {
    const [view, service, targets] = await Promise.all([
      catalog.view(),
      catalog.serviceVersion(spec.service, spec.version),
      runs.targets(spec.id),
    ]);
    if (!service || !targets) {
      const message = `Version ${spec.version} of the service '${spec.service}' is not in the catalog any more.`;
      await runs.fail(spec.id, { code: 'SERVICE_NOT_FOUND', message });
      return null;
    }
    const devices = resolveTargets(targets, view);
    if (devices.length > RUN_DEVICES_MAX) {
      const message = `The pools hold ${devices.length} devices; a run has at most ${RUN_DEVICES_MAX}.`;
      await runs.fail(spec.id, { code: 'TOO_MANY_TARGETS', message });
      return null;
    }
    if (devices.length === 0 && service.runMethod === 'per-device') {
      const message = `No device is left to run on: ${describe(targets.devices, targets.pools)}.`;
      await runs.fail(spec.id, { code: 'TARGETS_EMPTY', message });
      return null;
    }
    return planRunOn(devices, spec, service, await largestFleet());
  }
}

function describe(devices: readonly string[], pools: readonly string[]): string {
  const parts = [];
  if (devices.length > 0) parts.push(`${devices.length} named devices were deleted`);
  if (pools.length > 0) parts.push(`the pools ${pools.map((name) => `'${name}'`).join(', ')} hold no device`);
  return parts.join(' and ') || 'the service has no targets';
}
