import { Queue } from 'bullmq';
import type { Log, Priority, RunId, RunQueue, SliceJob, StepRef } from '@runyard/domain';
import { isCluster, type RedisConnection, storeError } from '@runyard/redis';
import {
  batchJobId,
  CANARY_PRIORITY,
  type CanaryJobData,
  canaryJobId,
  LOW_PRIORITY,
  planJobId,
  sliceJobId,
  type StepJobData,
  stepJobId,
  takenFirst,
} from './job-data.ts';
import { clusterQueue, planQueue, type QueueName } from './queue-names.ts';
import { raiseJobs } from './raise-jobs.ts';
import { shareCommands } from './shared-commands.ts';

/** Jobs in one call to Redis: any more of them would make other clients wait. */
const BULK_MAX = 100;

export interface RunQueueOptions {
  /** The connection of the run store: commands on one connection follow each other. */
  readonly connection: RedisConnection;
  readonly keyPrefix: string;
  readonly log: Log;
}

/** The producing side. Queues are opened on first use and closed by `close`; the connection stays the caller's. */
export class BullRunQueue implements RunQueue {
  readonly followsStore: boolean;
  private readonly connection: RedisConnection;
  private readonly keyPrefix: string;
  private readonly log: Log;
  private readonly open = new Map<string, Queue>();

  constructor({ connection, keyPrefix, log }: RunQueueOptions) {
    this.connection = connection;
    this.keyPrefix = keyPrefix;
    this.log = log;
    // In a Redis Cluster record and job lie on different servers, so the order has to be waited for.
    this.followsStore = !isCluster(connection);
    shareCommands(connection);
  }

  async addSlices(jobs: readonly SliceJob[]): Promise<void> {
    const [only] = jobs;
    try {
      if (only && jobs.length === 1) {
        const { runId: run, slice } = only;
        await this.queue(clusterQueue(this.keyPrefix, only.cluster)).add(
          only.service,
          { run, slice },
          { jobId: sliceJobId(run, slice), ...takenFirst(only.priority) },
        );
        return;
      }
      for (const cluster of new Set(jobs.map((job) => job.cluster))) {
        const ofCluster = inOrderTaken(jobs.filter((job) => job.cluster === cluster));
        await this.addMany(this.queue(clusterQueue(this.keyPrefix, cluster)), ofCluster);
      }
    } catch (error) {
      throw storeError(error);
    }
  }

  private async addMany(queue: Queue, jobs: readonly SliceJob[]): Promise<void> {
    for (let first = 0; first < jobs.length; first += BULK_MAX) {
      await queue.addBulk(
        jobs.slice(first, first + BULK_MAX).map(({ runId: run, slice, service, priority }) => ({
          name: service,
          data: { run, slice },
          opts: { jobId: sliceJobId(run, slice), ...takenFirst(priority) },
        })),
      );
    }
  }

  async addPlan(run: RunId, service: string, delayMs?: number, priority?: Priority): Promise<void> {
    const id = delayMs === undefined ? { jobId: planJobId(run) } : { jobId: batchJobId(run), delay: delayMs };
    try {
      await this.queue(planQueue(this.keyPrefix)).add(service, { run }, { ...id, ...takenFirst(priority) });
    } catch (error) {
      throw storeError(error);
    }
  }

  async addStep(ref: StepRef, service: string): Promise<void> {
    const data: StepJobData = { run: ref.runId, device: ref.device, step: ref.step };
    try {
      await this.queue(planQueue(this.keyPrefix)).add(service, data, { jobId: stepJobId(ref) });
    } catch (error) {
      throw storeError(error);
    }
  }

  async raise(jobs: readonly SliceJob[], stepMs: number): Promise<readonly SliceJob[]> {
    const left: SliceJob[] = [];
    for (const cluster of new Set(jobs.map((job) => job.cluster))) {
      const byId = new Map(
        jobs.filter((job) => job.cluster === cluster).map((job) => [sliceJobId(job.runId, job.slice), job]),
      );
      left.push(...(await this.raiseIn(clusterQueue(this.keyPrefix, cluster), byId, stepMs)));
    }
    return left;
  }

  raisePlans(runIds: readonly RunId[], stepMs: number): Promise<readonly RunId[]> {
    return this.raiseIn(planQueue(this.keyPrefix), new Map(runIds.map((id) => [planJobId(id), id])), stepMs);
  }

  private async raiseIn<Item>(name: QueueName, byId: ReadonlyMap<string, Item>, stepMs: number): Promise<Item[]> {
    try {
      const left = await raiseJobs(this.queue(name), [...byId.keys()], stepMs);
      return [...byId].filter(([id]) => left.has(id)).map(([, item]) => item);
    } catch (error) {
      throw storeError(error);
    }
  }

  /** Adds the canary of a worker, behind all work, unless it is there already. */
  async addCanary(cluster: string, workerId: string): Promise<void> {
    const data: CanaryJobData = { canary: workerId };
    const options = { jobId: canaryJobId(workerId), priority: CANARY_PRIORITY };
    await this.ask(cluster, (queue) => queue.add('canary', data, options));
  }

  /** True while nobody has taken the canary of the worker. */
  hasCanary(cluster: string, workerId: string): Promise<boolean> {
    return this.ask(cluster, async (queue) => (await queue.getJob(canaryJobId(workerId))) !== undefined);
  }

  /** Takes the canary of a worker that stops out of the queue. */
  async removeCanary(cluster: string, workerId: string): Promise<void> {
    await this.ask(cluster, (queue) => queue.remove(canaryJobId(workerId)));
  }

  /** Stops the queue of a cluster: nobody is given a job of it any more. Those in work go on. */
  pause(cluster: string): Promise<void> {
    return this.ask(cluster, (queue) => queue.pause());
  }

  resume(cluster: string): Promise<void> {
    return this.ask(cluster, (queue) => queue.resume());
  }

  isPaused(cluster: string): Promise<boolean> {
    return this.ask(cluster, (queue) => queue.isPaused());
  }

  private async ask<Value>(cluster: string, question: (queue: Queue) => Promise<Value>): Promise<Value> {
    try {
      return await question(this.queue(clusterQueue(this.keyPrefix, cluster)));
    } catch (error) {
      throw storeError(error);
    }
  }

  /** The queues of these clusters and the plan queue, for a board that shows them. */
  queues(clusters: readonly string[]): Queue[] {
    const names = [planQueue(this.keyPrefix), ...clusters.map((cluster) => clusterQueue(this.keyPrefix, cluster))];
    return names.map((name) => this.queue(name));
  }

  /** Jobs that nobody has taken yet, also of paused clusters: of these clusters, and runs to be planned. No canaries. */
  async waiting(
    clusters: readonly string[],
  ): Promise<{ readonly waiting: ReadonlyMap<string, number>; readonly plansWaiting: number }> {
    const count = async (name: QueueName): Promise<number> => {
      const counts = await this.queue(name).getCountsPerPriority([0, LOW_PRIORITY]);
      return Object.values(counts).reduce((sum, jobs) => sum + jobs, 0);
    };
    try {
      const [plansWaiting, ...counts] = await Promise.all([
        count(planQueue(this.keyPrefix)),
        ...clusters.map((cluster) => count(clusterQueue(this.keyPrefix, cluster))),
      ]);
      return { plansWaiting, waiting: new Map(clusters.map((cluster, index) => [cluster, counts[index] ?? 0])) };
    } catch (error) {
      throw storeError(error);
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.open.values()].map((queue) => queue.close()));
    this.open.clear();
  }

  private queue({ name, prefix }: QueueName): Queue {
    const known = this.open.get(prefix);
    if (known) return known;
    const queue = new Queue(name, {
      connection: this.connection,
      prefix,
      skipWaitingForReady: true,
    });
    queue.on('error', (error) => this.log.warn('queue error', { queue: name, error }));
    this.open.set(prefix, queue);
    return queue;
  }
}

/** Of jobs that go to the head of the queue, the last one added is taken first. */
function inOrderTaken(jobs: readonly SliceJob[]): readonly SliceJob[] {
  return jobs.some(({ priority }) => priority === 'high') ? jobs.toReversed() : jobs;
}
