import {
  type CatalogStore,
  resolveTargets,
  type RunId,
  type RunPlan,
  type RunQueue,
  type RunRecord,
  type RunStore,
  type WorkerRegistry,
} from '@runyard/domain';
import { planRunOn } from './accept-run.ts';
import { RUN_DEVICES_MAX } from './run-request.ts';

export interface PlanRunDependencies {
  readonly catalog: CatalogStore;
  readonly runs: RunStore;
  readonly queue: RunQueue;
  readonly workers: WorkerRegistry;
}

/** What a worker will have that is not there yet. */
const SLOTS_OF_NOBODY = 256;

export type PlanRun = (runId: RunId) => Promise<void>;

/**
 * The plan step: evaluates pools, takes the snapshot of the devices, cuts it into slices and queues them. May be
 * repeated after a crash at any line: a run is planned once, and a slice that is queued twice is run once.
 */
export function createPlanRun({ catalog, runs, queue, workers }: PlanRunDependencies): PlanRun {
  return async (runId) => {
    const record = await runs.get(runId);
    if (!record) return;
    if (!record.planned) {
      const plan = await makePlan(record);
      if (!plan) return;
      if ((await runs.plan(runId, plan)) === 'ended') return;
    }
    const slices = (await runs.openSlices(runId)).filter(({ isReleased }) => isReleased);
    await queue.addSlices(
      slices.map(({ slice, cluster }) => ({ runId, slice, cluster, service: record.spec.service })),
    );
  };

  /** Device slots of the cluster that has most of them. */
  async function slotsOfACluster(): Promise<number> {
    const slots = new Map<string, number>();
    for (const worker of await workers.live()) {
      slots.set(worker.cluster, (slots.get(worker.cluster) ?? 0) + worker.slots);
    }
    return Math.max(SLOTS_OF_NOBODY, ...slots.values());
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
    return planRunOn(devices, spec, service, await slotsOfACluster());
  }
}

function describe(devices: readonly string[], pools: readonly string[]): string {
  const parts = [];
  if (devices.length > 0) parts.push(`${devices.length} named devices were deleted`);
  if (pools.length > 0) parts.push(`the pools ${pools.map((name) => `'${name}'`).join(', ')} hold no device`);
  return parts.join(' and ') || 'the service has no targets';
}
