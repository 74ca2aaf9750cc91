import { AppError, isAppError, type RunId, type RunQueue, type RunStore } from '@runyard/domain';
import { connectionEpoch, isReplicated, type RedisConnection } from '@runyard/redis';

/** How long a replica may take. Other commands of the gateway wait meanwhile. */
const REPLICA_MS = 1_000;

/**
 * Run store and queue that have accepted a run only when a second server holds record and job: Redis hands a write on
 * after it answered, so a primary that dies just then takes it along. Rejects with STORE_UNAVAILABLE and the run's id
 * when that is not certain: the run may exist then.
 *
 * Both must write over the given connection. `runs` is copied by its own properties, so it must not be a class.
 */
export function createReplicated(
  connection: RedisConnection,
  runs: RunStore,
  queue: RunQueue,
): { readonly runs: RunStore; readonly queue: RunQueue } {
  const confirmed = createConfirmation(connection);

  async function replicated<Value>(runId: RunId, write: () => Promise<Value>): Promise<Value> {
    // A write before and a question after a reconnect would be about two servers.
    const epoch = connectionEpoch(connection);
    const value = await write().catch((error: unknown) => {
      throw isAppError(error) && error.code === 'STORE_UNAVAILABLE' ? uncertain(runId, error) : error;
    });
    if ((await confirmed()) && connectionEpoch(connection) === epoch) return value;
    throw uncertain(runId);
  }

  return {
    runs: { ...runs, accept: (spec, ...rest) => replicated(spec.id, () => runs.accept(spec, ...rest)) },
    queue: {
      followsStore: queue.followsStore,
      addSlices: (jobs) => replicated(jobs[0]?.runId ?? '', () => queue.addSlices(jobs)),
      addPlan: (runId, ...rest) => replicated(runId, () => queue.addPlan(runId, ...rest)),
      addStep: (ref, service) => replicated(ref.runId, () => queue.addStep(ref, service)),
      raise: (jobs, stepMs) => queue.raise(jobs, stepMs),
      raisePlans: (runIds, stepMs) => queue.raisePlans(runIds, stepMs),
    },
  };
}

function uncertain(runId: RunId, cause?: unknown): AppError {
  const message = `No second Redis confirmed the run ${runId} in time, so it may exist or not. Look it up with GET /v1/runs/${runId} before you send it again.`;
  return new AppError('STORE_UNAVAILABLE', message, { retryAfter: 2, ...(cause === undefined ? {} : { cause }) });
}

/**
 * Asks whether everything written before the call is replicated. One question at a time: those who come while one is
 * under way share the next, so that a slow replica costs its time once and not once for each run.
 */
function createConfirmation(connection: RedisConnection): () => Promise<boolean> {
  let asking: Promise<unknown> = Promise.resolve();
  let next: Promise<boolean> | null = null;
  return () => {
    if (!next) {
      next = asking.then(() => {
        next = null;
        return isReplicated(connection, REPLICA_MS);
      });
      asking = next;
    }
    return next;
  };
}
