import { startLongTimer } from './long-timer.ts';

/** Resolves after the time, however long. Rejects with the reason of the signal when that aborts first. */
export function abortableDelay(delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = () => {
      timer.stop();
      reject(signal.reason as Error);
    };
    const timer = startLongTimer(delayMs, () => {
      signal.removeEventListener('abort', abort);
      resolve();
    });
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
  });
}
