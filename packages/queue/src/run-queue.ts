import { Queue } from 'bullmq';
import type { Log, RunQueue, SliceJob } from '@runyard/domain';
import { isCluster, type RedisConnection, storeError } from '@runyard/redis';
import { planJobId, sliceJobId } from './job-data.ts';
import { clusterQueue, planQueue, type QueueName } from './queue-names.ts';

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
  }

  async addSlices(jobs: readonly SliceJob[]): Promise<void> {
    const [only] = jobs;
    try {
      if (only && jobs.length === 1) {
        const { runId: run, slice } = only;
        await this.queue(clusterQueue(this.keyPrefix, only.cluster)).add(
          only.service,
          { run, slice },
          { jobId: sliceJobId(run, slice) },
        );
        return;
      }
      for (const cluster of new Set(jobs.map((job) => job.cluster))) {
        const ofCluster = jobs.filter((job) => job.cluster === cluster);
        await this.addMany(this.queue(clusterQueue(this.keyPrefix, cluster)), ofCluster);
      }
    } catch (error) {
      throw storeError(error);
    }
  }

  private async addMany(queue: Queue, jobs: readonly SliceJob[]): Promise<void> {
    for (let first = 0; first < jobs.length; first += BULK_MAX) {
      await queue.addBulk(
        jobs.slice(first, first + BULK_MAX).map(({ runId: run, slice, service }) => ({
          name: service,
          data: { run, slice },
          opts: { jobId: sliceJobId(run, slice) },
        })),
      );
    }
  }

  async addPlan(runId: string, service: string): Promise<void> {
    try {
      await this.queue(planQueue(this.keyPrefix)).add(service, { run: runId }, { jobId: planJobId(runId) });
    } catch (error) {
      throw storeError(error);
    }
  }

  /** The queues of these clusters and the plan queue, for a board that shows them. */
  queues(clusters: readonly string[]): Queue[] {
    const names = [planQueue(this.keyPrefix), ...clusters.map((cluster) => clusterQueue(this.keyPrefix, cluster))];
    return names.map((name) => this.queue(name));
  }

  /** Jobs that nobody has taken yet: of these clusters, and runs to be planned. */
  async waiting(
    clusters: readonly string[],
  ): Promise<{ readonly waiting: ReadonlyMap<string, number>; readonly plansWaiting: number }> {
    const count = (name: QueueName): Promise<number> => this.queue(name).getJobCountByTypes('waiting', 'prioritized');
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
