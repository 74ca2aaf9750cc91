import type { DeviceResult } from '@runyard/domain';

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
