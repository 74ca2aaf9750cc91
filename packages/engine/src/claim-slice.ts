import type { CatalogStore, RunStore, SliceClaim, SliceRef } from '@runyard/domain';
import { type CheckStart, denyRun, type DenyRunDependencies } from './check-start.ts';
import { devicesOfRun } from './devices-of-run.ts';

export interface ClaimSliceDependencies extends Omit<DenyRunDependencies, 'runs' | 'runEnded'> {
  readonly runs: RunStore;
  readonly catalog: Pick<CatalogStore, 'access' | 'devices' | 'view'>;
  /** Absent: nobody looks again at the rights of a run before it begins. */
  readonly checkStart?: CheckStart | undefined;
  readonly runEnded?: DenyRunDependencies['runEnded'] | undefined;
  readonly workerId: string;
}

/** Rights that change at each look; whoever changes them all the time keeps a run waiting, and never lets it pass unseen. */
const LOOKS_MAX = 20;

/**
 * Takes a slice; null when there is nothing to do with it. When rights may have changed since its run was accepted, and
 * it has not begun, they are looked at first, and a run that is not allowed any more ends as denied: no device began.
 */
export async function claimSlice(deps: ClaimSliceDependencies, slice: SliceRef): Promise<SliceClaim | null> {
  const { runs, catalog, workerId, checkStart } = deps;
  let rightsRevision: string | undefined;
  for (let look = 1; look <= LOOKS_MAX; look += 1) {
    const claim = await runs.claim(slice, workerId, rightsRevision);
    // Whoever resumes a paused run queues its slices again.
    if (claim === 'done' || claim === 'gone' || claim === 'paused') return null;
    if (claim !== 'unchecked') return claim;
    if (!checkStart) throw new Error('the rights of a run must be looked at, and nobody can');
    const record = await runs.get(slice.runId);
    if (!record) return null;
    const decision = await checkStart(record.spec, await catalog.access(), () => devicesOfRun(deps, record));
    if (decision.refusal) {
      await denyRun({ ...deps, runEnded: deps.runEnded ?? (async () => undefined) }, record.spec, decision.refusal);
      return null;
    }
    ({ rightsRevision } = decision);
  }
  throw new Error('the rights of a run changed at each look at them');
}
