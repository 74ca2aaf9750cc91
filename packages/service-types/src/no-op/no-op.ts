import type { NoOpSettings } from '@runyard/contracts';
import type { JsonValue, ServiceType, Task, TaskOutcome } from '@runyard/domain';
import { abortError } from '../process/abort-error.ts';

const OK: TaskOutcome = Object.freeze({ success: true, result: 'ok' });
const TRUE = /^\s*(?:true|yes|1)\s*$/i;

/** The service type `no-op`: answers without touching a device. */
export function createNoOp(): ServiceType {
  return {
    name: 'no-op',
    async run(task) {
      // The schema of the type was checked when the service was stored.
      const { result, delayMs = 0, fail } = task.service.settings as NoOpSettings;
      if (delayMs > 0) {
        await delay(delayMs, task.signal);
        if (task.signal.aborted) throw abortError(task.signal);
      }
      if (result === undefined && fail === undefined) return OK;
      const rendered = renderResult(result, task);
      if (!isTrue(fail, task)) return { success: true, result: rendered };
      const error = { code: 'COMMAND_FAILED', message: 'The service was told to fail' } as const;
      return { success: false, result: rendered, error };
    },
    async stop() {},
  };
}

function renderResult(result: unknown, task: Task): JsonValue {
  if (result === undefined) return 'ok';
  return typeof result === 'string' ? task.render(result) : (result as JsonValue);
}

function isTrue(fail: boolean | string | undefined, task: Task): boolean {
  return typeof fail === 'string' ? TRUE.test(task.render(fail)) : fail === true;
}

/** Resolves after the time, or at once when the signal fires. */
function delay(delayMs: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, delayMs);
    signal.addEventListener('abort', end);
  });
}
