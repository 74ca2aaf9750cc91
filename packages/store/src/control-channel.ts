import type { ControlChannel, Log, RunId } from '@runyard/domain';
import type { RedisConnection } from '@runyard/redis';
import type { Keys } from './keys.ts';

interface ControlMessage {
  readonly cancel: RunId;
}

/** Messages to all workers. They only make things quick: whoever misses one finds the flag in the record. */
export async function createControlChannel(
  publisher: RedisConnection,
  subscriber: RedisConnection | null,
  keys: Keys,
  log: Log,
): Promise<ControlChannel> {
  const listeners: ((runId: RunId) => void)[] = [];
  if (subscriber) {
    subscriber.on('message', (channel: string, text: string) => {
      if (channel !== keys.control) return;
      try {
        const message = JSON.parse(text) as ControlMessage;
        for (const listener of listeners) listener(message.cancel);
      } catch (error) {
        log.warn('control message not understood', { error });
      }
    });
    await subscriber.subscribe(keys.control);
  }
  return {
    async cancel(runId) {
      await publisher.publish(keys.control, JSON.stringify({ cancel: runId } satisfies ControlMessage));
    },
    onCancel(listener) {
      listeners.push(listener);
    },
  };
}
