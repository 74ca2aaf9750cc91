import type { Member } from './gather.ts';

/**
 * One signal for tasks that share a process: it fires when the signals of all of them have. Whoever's fires before that
 * is let go with its reason, and the others go on.
 */
export function endTogether(members: readonly Member[]): { readonly signal: AbortSignal; readonly end: () => void } {
  const all = new AbortController();
  let left = members.length;
  const listeners = members.map(({ task: { signal }, reject }) => {
    const listener = (): void => {
      left -= 1;
      // Only the last one waits for the process to be gone; the others have nothing to wait for.
      if (left === 0) all.abort(signal.reason);
      else reject(signal.reason);
    };
    if (signal.aborted) listener();
    else signal.addEventListener('abort', listener, { once: true });
    return () => signal.removeEventListener('abort', listener);
  });
  return { signal: all.signal, end: () => listeners.forEach((remove) => remove()) };
}
