import { type AppError, deviceError, isAppError } from '@runyard/domain';

/** What a type rejects with when its signal fired: the reason itself when it is one of ours. */
export function abortError(signal: AbortSignal): AppError {
  const reason: unknown = signal.reason;
  if (isAppError(reason)) return reason;
  if (isTimeout(reason)) {
    return deviceError('DEVICE_TIMEOUT', 'The device took longer than the time-out', reason);
  }
  return deviceError('RUN_CANCELLED', 'The run was cancelled', reason);
}

function isTimeout(reason: unknown): boolean {
  return typeof reason === 'object' && reason !== null && 'name' in reason && reason.name === 'TimeoutError';
}
