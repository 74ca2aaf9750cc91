import { type DeviceResult, isAppError } from '@runyard/domain';

/** The row of a device that was not run, or whose run gave nothing but this error. */
export function failedResult(
  name: string,
  startedAtMs: number,
  error: NonNullable<DeviceResult['error']>,
): DeviceResult {
  return {
    name,
    state: 'failed',
    startedAtMs,
    durationMs: 0,
    attempts: 1,
    result: null,
    error,
    fields: {},
    history: [],
  };
}

export function deletedResult(name: string, nowMs: number): DeviceResult {
  return failedResult(name, nowMs, {
    code: 'DEVICE_DELETED',
    message: `The device '${name}' was deleted from the catalog before its turn.`,
  });
}

/** The row of a device whose turn never came. */
export function cancelledResult(name: string, nowMs: number) {
  return {
    name,
    state: 'cancelled',
    startedAtMs: nowMs,
    durationMs: 0,
    attempts: 0,
    result: null,
    error: { code: 'RUN_CANCELLED', message: 'The run was cancelled before the turn of this device.' },
    fields: {},
    history: [],
  } as const;
}

/** The row of a device whose turn was ended from outside, for this reason. */
export function endedResult(
  name: string,
  reason: unknown,
  { begun, startedAtMs, nowMs }: { readonly begun: boolean; readonly startedAtMs: number; readonly nowMs: number },
): DeviceResult {
  const code = isAppError(reason) ? reason.code : 'INTERNAL';
  const durationMs = nowMs - startedAtMs;
  if (code === 'RUN_CANCELLED') {
    const cancelled = cancelledResult(name, nowMs);
    if (!begun) return cancelled;
    const error = { code, message: 'The run was cancelled while this device was in work.' } as const;
    return { ...cancelled, error, startedAtMs, durationMs, attempts: 1 };
  }
  const message = reason instanceof Error ? reason.message : String(reason);
  return { ...failedResult(name, startedAtMs, { code, message }), durationMs };
}

/** The row of a device that lost its lock while it was in work. */
export function lockLostResult(name: string, reason: unknown, startedAtMs: number, nowMs: number): DeviceResult {
  const message = isAppError(reason) ? reason.message : 'The lock was lost while this device was in work.';
  return { ...failedResult(name, startedAtMs, { code: 'LOCK_LOST', message }), durationMs: nowMs - startedAtMs };
}

/** The row of a device that is not tried again after a worker was lost with it. */
export function workerLostResult(name: string, losses: number, once: boolean, nowMs: number): DeviceResult {
  const message = once
    ? 'The worker was lost while this device was in work. Whether it took effect is not known, and it is not run again.'
    : `The worker was lost ${losses} times while this device was in work; it is left out so that the rest can go on.`;
  const result = failedResult(name, nowMs, { code: 'WORKER_LOST', message });
  return once ? { ...result, state: 'unknown' } : result;
}
