import type { Log, RunEvents, RunWatch } from '@runyard/domain';
import type { RedisConnection } from '@runyard/redis';
import type { Keys } from './keys.ts';
import { stepField } from './step-field.ts';

interface Watcher extends RunWatch {
  heard(message: string): void;
}

/**
 * Changes of runs over one subscriber connection. A channel is subscribed while somebody watches it.
 * Owns `channels`: channel → its watchers, and when the subscription holds. Without a subscription a watcher falls
 * back on its time-outs.
 */
export function createRunEvents(subscriber: RedisConnection, keys: Keys, log: Log): RunEvents {
  const channels = new Map<string, { readonly watchers: Set<Watcher>; readonly subscribed: Promise<unknown> }>();
  subscriber.on('message', (channel: string, message: string) => {
    for (const watcher of channels.get(channel)?.watchers ?? []) watcher.heard(message);
  });
  const failed = (error: unknown) => log.warn('changes of a run are not heard', { error });

  return {
    async watch(runId, only) {
      const channel = keys.changed(runId);
      let entry = channels.get(channel);
      if (!entry) {
        entry = { watchers: new Set(), subscribed: subscriber.subscribe(channel).catch(failed) };
        channels.set(channel, entry);
      }
      const { watchers, subscribed } = entry;
      const watcher = createWatcher(endingOf(only), () => {
        if (!watchers.delete(watcher) || watchers.size > 0) return;
        channels.delete(channel);
        subscriber.unsubscribe(channel).catch(failed);
      });
      watchers.add(watcher);
      await subscribed;
      return watcher;
    },
  };
}

/** How messages end that are worth a look. */
function endingOf(only: Parameters<RunEvents['watch']>[1]): string {
  if (only === undefined) return '';
  return only === 'end' ? ' end' : ` step ${stepField(only)}`;
}

/**
 * Remembers a change that comes between two calls. A message is a revision; behind it stands ` end` for the last one, and
 * ` step ` with its field for a step.
 */
function createWatcher(ending: string, close: () => void): Watcher {
  let hasChanged = false;
  let wake: (() => void) | null = null;
  return {
    heard(message) {
      if (!message.endsWith(ending)) return;
      hasChanged = true;
      wake?.();
    },
    changed(timeoutMs, signal) {
      return new Promise((resolve) => {
        const done = () => {
          clearTimeout(timer);
          signal?.removeEventListener('abort', done);
          wake = null;
          hasChanged = false;
          resolve();
        };
        const timer = setTimeout(done, Math.max(0, timeoutMs));
        if (hasChanged || signal?.aborted) return done();
        signal?.addEventListener('abort', done, { once: true });
        wake = done;
      });
    },
    close,
  };
}
