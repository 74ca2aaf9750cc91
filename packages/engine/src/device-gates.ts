import type { AppError, LockHolder, RunSpec } from '@runyard/domain';
import type { HeldLock } from './device-locks.ts';
import { lockHeldAbove } from './lock-held-above.ts';

/** Locks for the devices of one worker. Rejects with the reason of the signal when that aborts first, or a refusal. */
export interface LockHolding {
  hold(
    key: string,
    holder: LockHolder,
    signal: AbortSignal,
    /** Why it is not worth to wait for this holder; null when it is. */
    refusal?: (heldBy: LockHolder) => AppError | null,
  ): Promise<HeldLock>;
}

/** Permits to begin a device, as the rate of the cluster allows; null when one is at hand at once. */
export interface BeginPermits {
  /** False when it is known that no device has to wait. */
  readonly isLimited: boolean;
  permit(signal: AbortSignal): Promise<void> | null;
}

/** A slice whose devices all wait. */
export interface IdleSlice {
  /** Gives it back to the queue for so many milliseconds. False when it cannot go: it would lose its turn at a lock. */
  putOff(forMs: number): boolean;
}

/** Told when a slice has devices that only wait, and when it has work again. */
export interface PlaceKeeper {
  idle(slice: IdleSlice): void;
  busy(slice: IdleSlice): void;
}

/** What a device passes before it takes a slot, so that waiting holds none. */
export interface DeviceGates {
  readonly locks?: LockHolding;
  readonly rate?: BeginPermits;
}

/** True when devices of the run have to wait their turn one by one before they take a slot. */
export function hasGates(gates: DeviceGates, spec: RunSpec): boolean {
  return gates.rate?.isLimited === true || locks(spec);
}

function locks({ lock }: RunSpec): boolean {
  return lock !== undefined && lock !== 'none';
}

/**
 * Waits for the lock of a device, then for a permit to begin. The lock comes first: a permit is for a device that can
 * begin. Resolves with the lock in hand, null when the run needs none; whoever got it releases it. Rejects with
 * LOCK_HELD_ABOVE when a run that waits for this one has it.
 */
export async function passGates(
  gates: DeviceGates,
  spec: RunSpec,
  device: { readonly name: string; readonly lockKey: () => string },
  signal: AbortSignal,
): Promise<HeldLock | null> {
  const { id: runId, service, principal } = spec;
  const holder = { runId, device: device.name, service, principal };
  const held = gates.locks && locks(spec) ? await holdLock(gates.locks) : null;
  try {
    const waiting = gates.rate?.permit(held ? AbortSignal.any([signal, held.lost]) : signal);
    if (waiting) await waiting;
    return held;
  } catch (error) {
    await held?.release();
    throw error;
  }

  function holdLock(holding: LockHolding): Promise<HeldLock> {
    const key = device.lockKey();
    return holding.hold(key, holder, signal, (heldBy) => lockHeldAbove(spec, key, heldBy));
  }
}
