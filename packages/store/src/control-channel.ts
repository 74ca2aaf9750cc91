import type { ControlChannel, Log, RunId } from '@runyard/domain';
import type { RedisConnection } from '@runyard/redis';
import type { Keys } from './keys.ts';

interface ControlMessage {
  readonly cancel?: RunId;
  /** Name of a cluster that was paused or resumed. */
  readonly clusterPause?: string;
}

/** Messages to all workers. They only make things quick: whoever misses one finds the mark in the store. */
export async function createControlChannel(
  publisher: RedisConnection,
  subscriber: RedisConnection | null,
  keys: Keys,
  log: Log,
): Promise<ControlChannel> {
  const cancelListeners: ((runId: RunId) => void)[] = [];
  const pauseListeners: ((cluster: string) => void)[] = [];
  if (subscriber) {
    subscriber.on('message', (channel: string, text: string) => {
      if (channel !== keys.control) return;
      try {
        const { cancel, clusterPause } = JSON.parse(text) as ControlMessage;
        if (cancel !== undefined) for (const listener of cancelListeners) listener(cancel);
        if (clusterPause !== undefined) for (const listener of pauseListeners) listener(clusterPause);
      } catch (error) {
        log.warn('control message not understood', { error });
      }
    });
    await subscriber.subscribe(keys.control);
  }
  const publish = async (message: ControlMessage): Promise<void> => {
    await publisher.publish(keys.control, JSON.stringify(message));
  };
  return {
    cancel: (runId) => publish({ cancel: runId }),
    onCancel(listener) {
      cancelListeners.push(listener);
    },
    clusterPause: (cluster) => publish({ clusterPause: cluster }),
    onClusterPause(listener) {
      pauseListeners.push(listener);
    },
  };
}
