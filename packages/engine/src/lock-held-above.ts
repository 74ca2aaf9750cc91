import { AppError, type LockHolder, type RunSpec, waitingAbove } from '@runyard/domain';

/**
 * Why a device can never get a lock: whoever holds it is above its run in the chain and waits for that to end. To let it
 * work under the lock of the other would be no lock: a run that is let go goes on when the holder has given it back.
 */
export function lockHeldAbove({ parent }: RunSpec, key: string, heldBy: LockHolder): AppError | null {
  const waits = waitingAbove(parent?.chain ?? []).some(
    ({ runId, device = '' }) => runId === heldBy.runId && device === heldBy.device,
  );
  if (!waits) return null;
  const what = heldBy.device === '' ? '' : `the device '${heldBy.device}' of `;
  return new AppError(
    'LOCK_HELD_ABOVE',
    `The lock '${key}' is held by ${what}the run ${heldBy.runId} of '${heldBy.service}', which waits for this run to end. Give one of both another lock or none (lock: none), or let the step go on without waiting (mode: detach).`,
  );
}
