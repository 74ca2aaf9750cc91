import type { RunEvents, RunId } from '@runyard/domain';
import type { RedisConnection } from '@runyard/redis';
import type { Keys } from './keys.ts';

/**
 * Changes of runs over one subscriber connection. A channel is subscribed while somebody waits for it.
 * Owns `waiting`: channel → those to wake. A wake-up that is missed costs the waiter its time-out, nothing else.
 */
export function createRunEvents(subscriber: RedisConnection, keys: Keys): RunEvents {
  const waiting = new Map<string, Set<() => void>>();
  subscriber.on('message', (channel: string) => {
    for (const wake of waiting.get(channel) ?? []) wake();
  });

  function add(channel: string, wake: () => void): void {
    const others = waiting.get(channel);
    if (others) {
      others.add(wake);
      return;
    }
    waiting.set(channel, new Set([wake]));
    // Without a subscription the waiter falls back on its time-out.
    subscriber.subscribe(channel).catch(() => undefined);
  }

  function remove(channel: string, wake: () => void): void {
    const others = waiting.get(channel);
    if (!others?.delete(wake) || others.size > 0) return;
    waiting.delete(channel);
    subscriber.unsubscribe(channel).catch(() => undefined);
  }

  return {
    changed(runId: RunId, timeoutMs: number, signal?: AbortSignal): Promise<void> {
      if (timeoutMs <= 0 || signal?.aborted) return Promise.resolve();
      const channel = keys.changed(runId);
      return new Promise((resolve) => {
        const timer = setTimeout(done, timeoutMs);
        signal?.addEventListener('abort', done, { once: true });
        add(channel, done);
        function done(): void {
          clearTimeout(timer);
          signal?.removeEventListener('abort', done);
          remove(channel, done);
          resolve();
        }
      });
    },
  };
}
