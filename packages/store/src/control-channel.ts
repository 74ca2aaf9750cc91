import { randomBytes } from 'node:crypto';
import type { ControlChannel, Log, RunId, WorkerAnswer, WorkerQuestion, WorkerQuestions } from '@runyard/domain';
import type { RedisConnection } from '@runyard/redis';
import type { Keys } from './keys.ts';

interface ControlMessage {
  readonly cancel?: RunId;
  /** Name of a cluster that was paused or resumed. */
  readonly clusterPause?: string;
  readonly ask?: WorkerQuestion & { readonly id: string; readonly replyTo: string };
}

/** Who waits for answers to one question. */
interface Waiting {
  readonly heard: (answer: WorkerAnswer) => void;
}

/** Messages to all workers. They only make things quick: whoever misses one finds the mark in the store. */
export async function createControlChannel(
  publisher: RedisConnection,
  subscriber: RedisConnection | null,
  keys: Keys,
  log: Log,
): Promise<ControlChannel & WorkerQuestions> {
  const cancelListeners: ((runId: RunId) => void)[] = [];
  const pauseListeners: ((cluster: string) => void)[] = [];
  const answerers: ((question: WorkerQuestion) => WorkerAnswer | null)[] = [];
  const waiting = new Map<string, Waiting>();
  const replies = keys.controlReplies(randomBytes(8).toString('hex'));
  if (subscriber) {
    subscriber.on('message', (channel: string, text: string) => {
      if (channel !== keys.control && channel !== replies) return;
      try {
        if (channel === keys.control) heardMessage(JSON.parse(text) as ControlMessage);
        else heardReply(JSON.parse(text) as { readonly id: string; readonly answer: WorkerAnswer });
      } catch (error) {
        log.warn('control message not understood', { error });
      }
    });
    await subscriber.subscribe(keys.control, replies);
  }
  const publish = async (message: ControlMessage): Promise<void> => {
    await publisher.publish(keys.control, JSON.stringify(message));
  };

  function heardMessage({ cancel, clusterPause, ask }: ControlMessage): void {
    if (cancel !== undefined) for (const listener of cancelListeners) listener(cancel);
    if (clusterPause !== undefined) for (const listener of pauseListeners) listener(clusterPause);
    if (ask === undefined || !ask.replyTo.startsWith(keys.controlReplies(''))) return;
    for (const answer of answerers) reply(ask.replyTo, ask.id, answer(ask));
  }

  function reply(replyTo: string, id: string, answer: WorkerAnswer | null): void {
    if (answer === null) return;
    publisher.publish(replyTo, JSON.stringify({ id, answer })).catch((error: unknown) => {
      log.warn('a question was not answered', { error });
    });
  }

  function heardReply({ id, answer }: { readonly id: string; readonly answer: WorkerAnswer }): void {
    waiting.get(id)?.heard(answer);
  }

  return {
    cancel: (runId) => publish({ cancel: runId }),
    onCancel(listener) {
      cancelListeners.push(listener);
    },
    clusterPause: (cluster) => publish({ clusterPause: cluster }),
    onClusterPause(listener) {
      pauseListeners.push(listener);
    },
    async ask({ cluster, nonce }, { timeoutMs, isAccepted }) {
      if (!subscriber) throw new Error('a control channel without a subscriber hears no answers');
      const id = randomBytes(12).toString('hex');
      let timer: NodeJS.Timeout | undefined;
      try {
        return await new Promise<WorkerAnswer | null>((resolve, reject) => {
          timer = setTimeout(() => resolve(null), timeoutMs);
          waiting.set(id, { heard: (answer) => isAccepted(answer) && resolve(answer) });
          publish({ ask: { id, replyTo: replies, cluster, nonce } }).catch(reject);
        });
      } finally {
        clearTimeout(timer);
        waiting.delete(id);
      }
    },
    onAsk(answer) {
      answerers.push(answer);
    },
  };
}
