import { DelayedError, type Job, WaitingError } from 'bullmq';
import type { Log, RunId, SliceRef, StartStop, StepRef } from '@runyard/domain';
import type { RedisConnection } from '@runyard/redis';
import type { CanaryJobData, PlanJobData, SliceJobData, StepJobData } from './job-data.ts';
import { PullingWorker, type QueuePulse } from './pulling-worker.ts';
import { clusterQueue, planQueue, type QueueName } from './queue-names.ts';
import { shareCommands } from './shared-commands.ts';

/**
 * A dead worker's job is given to another after this time. BullMQ renews the lock at half of it, so the event loop
 * of a worker must never be blocked for longer than a second.
 */
const LOCK_MS = 4_000;
/**
 * Workers share one mark that a check was just made, which lasts as long as this: the check of a lone survivor often
 * comes a moment before the mark is gone and waits for its next turn. So a take-over may take two of these more.
 */
const STALLED_CHECK_MS = 500;
/** BullMQ must not give up a job for having been taken over often: the run record decides what becomes of a run. */
const STALLED_MAX = 1_000_000;
const AGAIN_MS = 1_000;

/** What became of a job: finished, to be given back for another worker, or to be tried again in so many milliseconds. */
export type SliceEnd = 'done' | 'hand-back' | { readonly againInMs: number };

export interface ConsumerOptions {
  /** A connection that waits while Redis is away. */
  readonly connection: RedisConnection;
  readonly keyPrefix: string;
  readonly concurrency: number;
  readonly log: Log;
}

/** Pulls one queue. */
export interface Consumer extends StartStop {
  /** How many jobs may be in hand at once from now on. Those in hand stay, also when they are more. */
  resize(places: number): void;
  pulse(): QueuePulse;
}

/** Pulls the queue of one cluster and no other. `run` rejects when the slice should be tried again in a second. */
export function createSliceConsumer(
  cluster: string,
  run: (slice: SliceRef) => Promise<SliceEnd>,
  options: ConsumerOptions,
): Consumer {
  type Data = SliceJobData | CanaryJobData;
  return consumer(clusterQueue(options.keyPrefix, cluster), options, async (job: Job<Data>, token) => {
    if ('canary' in job.data) return;
    const end = await run({ runId: job.data.run, slice: job.data.slice });
    if (end === 'done') return;
    if (end === 'hand-back') {
      await job.moveToWait(token);
      throw new WaitingError();
    }
    await job.moveToDelayed(Date.now() + end.againInMs, token);
    throw new DelayedError();
  });
}

/** What a gateway does for runs; each rejects when it should be tried again in a second. */
export interface PlanWork {
  readonly plan: (runId: RunId) => Promise<void>;
  /** Starts the run of a step of a workflow. */
  readonly startStep: (ref: StepRef) => Promise<void>;
}

/** Pulls runs that need a plan step, and steps of workflows whose run is to be started. */
export function createPlanConsumer({ plan, startStep }: PlanWork, options: ConsumerOptions): Consumer {
  return consumer(planQueue(options.keyPrefix), options, ({ data }: Job<PlanJobData | StepJobData>) => {
    if ('step' in data) return startStep({ runId: data.run, device: data.device, step: data.step });
    return plan(data.run);
  });
}

/**
 * A job is repeated until its work is done: what may fail for good is decided per device, in the run record. Nothing
 * is kept in BullMQ afterwards, because the run record is the history.
 */
function consumer<Data>(
  { name, prefix }: QueueName,
  { connection, concurrency, log }: ConsumerOptions,
  work: (job: Job<Data>, token: string | undefined) => Promise<void>,
): Consumer {
  let worker: PullingWorker<Data> | null = null;
  let places = concurrency;
  let stopping: Promise<void> | null = null;

  async function workOrPutOff(job: Job<Data>, token: string | undefined): Promise<void> {
    try {
      await work(job, token);
    } catch (error) {
      if (error instanceof WaitingError || error instanceof DelayedError) throw error;
      log.warn('job will be tried again', { queue: name, jobId: job.id, error });
      await job.moveToDelayed(Date.now() + AGAIN_MS, token);
      throw new DelayedError();
    }
  }

  return {
    async start() {
      if (worker || stopping) return;
      shareCommands(connection);
      worker = new PullingWorker<Data>(name, workOrPutOff, {
        connection,
        prefix,
        concurrency: places,
        lockDuration: LOCK_MS,
        stalledInterval: STALLED_CHECK_MS,
        maxStalledCount: STALLED_MAX,
        removeOnComplete: { count: 0 },
        removeOnFail: { count: 0 },
      });
      worker.on('error', (error) => log.warn('queue consumer error', { queue: name, error }));
      worker.on('stalled', (jobId) => log.warn('job taken over from a dead worker', { queue: name, jobId }));
      worker.run().catch((error: unknown) => log.error('queue consumer ended', { queue: name, error }));
      await worker.waitUntilReady();
    },
    /** Takes nothing new and waits for the jobs in hand; whoever runs them hands them back in time. */
    stop() {
      stopping ??= worker ? worker.close() : Promise.resolve();
      return stopping;
    },
    resize(wanted) {
      places = wanted;
      worker?.setPlaces(wanted);
    },
    pulse: () => worker?.pulse ?? { inHand: 0, places, takenAtMs: 0, answeredAtMs: 0, failedAtMs: 0 },
  };
}
