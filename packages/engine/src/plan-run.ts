import {
  RIGHTS_UNSURE,
  type CatalogStore,
  firstSlices,
  type Fleet,
  isTerminal,
  resolveTargets,
  type RunGate,
  type RunId,
  type RunPlan,
  type RunQueue,
  type RunRecord,
  type RunStore,
  type WorkerInfo,
  type WorkerRegistry,
} from '@runyard/domain';
import { type CheckStart, denyRun } from './check-start.ts';
import type { DecisionLog } from './decision-log.ts';
import { missingType } from './missing-type.ts';
import { planRunOn, sliceJob } from './plan-of-run.ts';
import type { RunEnded } from './run-ended.ts';
import { RUN_DEVICES_MAX } from './run-request.ts';

export interface PlanRunDependencies {
  readonly catalog: CatalogStore;
  readonly runs: RunStore;
  readonly queue: RunQueue;
  readonly workers: WorkerRegistry;
  /** Who is in work of services that allow only so many runs at once. */
  readonly gate: RunGate;
  readonly runEnded: RunEnded;
  /** Absent: nobody looks again at the rights of a run before it begins. */
  readonly checkStart?: CheckStart;
  /** Absent: denials are not written down. */
  readonly decisions?: Pick<DecisionLog, 'note'>;
}

/** A plan, and the revision of rights on which it was found allowed. */
interface Made {
  readonly plan: RunPlan;
  readonly rightsRevision: string | undefined;
}

/** What a cluster will have whose workers are not there yet. */
const FLEET_OF_NOBODY: Fleet = { slots: 256, workers: 1 };

export type PlanRun = (runId: RunId) => Promise<void>;

/**
 * The plan step: evaluates pools, takes the snapshot of the devices, cuts it into slices and queues them; for a rollout
 * also the step to its next batch. May be repeated after a crash at any line: a run is planned once, and a slice that is
 * queued twice is run once.
 */
export function createPlanRun(deps: PlanRunDependencies): PlanRun {
  const { catalog, runs, queue, workers, gate, runEnded } = deps;
  return async (runId) => {
    const record = await runs.get(runId);
    if (!record || isTerminal(record.state)) return;
    if (!record.planned) {
      if (!(await mayBegin(record))) return;
      const made = await makePlan(record);
      const written = made ? await runs.plan(runId, made.plan, made.rightsRevision) : 'ended';
      if (!made || written === 'ended') return runEnded(record.spec);
      const { plan } = made;
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

  /** False when it has to wait for others of its service to end: then whoever ends has it planned. */
  async function mayBegin({ spec }: RunRecord): Promise<boolean> {
    const { id, service, createdAtUs, maxConcurrent } = spec;
    if (maxConcurrent === undefined || (await gate.enter(service, id, createdAtUs, maxConcurrent))) return true;
    // One that ended while it asked would stand in the line for ever.
    const after = await runs.get(id);
    if (!after || isTerminal(after.state)) await runEnded(spec);
    return false;
  }

  /** Null when the run ended because there is nothing to run on. */
  async function makePlan({ spec }: RunRecord): Promise<Made | null> {
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
    const decision = await deps.checkStart?.(spec, view, async () => devices);
    if (decision?.refusal) {
      await denyRun({ ...deps, runEnded: async () => undefined }, spec, decision.refusal);
      return null;
    }
    const live = await workers.live();
    const plan = planRunOn(devices, spec, service, largestFleet(live));
    const clusters = plan.slices.map(({ cluster }) => cluster);
    const missing = missingType(service.type, clusters, live);
    // What may end by itself is looked at again when it begins.
    const isUnsure = spec.rightsRevision === RIGHTS_UNSURE;
    if (!missing) return { plan, rightsRevision: isUnsure ? RIGHTS_UNSURE : decision?.rightsRevision };
    await runs.fail(spec.id, missing);
    return null;
  }
}

/** The workers of the cluster that has most slots. */
function largestFleet(live: readonly WorkerInfo[]): Fleet {
  const fleets = new Map<string, Fleet>();
  for (const { cluster, slots } of live) {
    const known = fleets.get(cluster);
    fleets.set(cluster, { slots: (known?.slots ?? 0) + slots, workers: (known?.workers ?? 0) + 1 });
  }
  return [...fleets.values()].reduce((most, fleet) => (fleet.slots > most.slots ? fleet : most), FLEET_OF_NOBODY);
}

function describe(devices: readonly string[], pools: readonly string[]): string {
  const parts = [];
  if (devices.length > 0) parts.push(`${devices.length} named devices were deleted`);
  if (pools.length > 0) parts.push(`the pools ${pools.map((name) => `'${name}'`).join(', ')} hold no device`);
  return parts.join(' and ') || 'the service has no targets';
}
