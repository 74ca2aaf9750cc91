import { QueueKeys } from 'bullmq';
import type { JobCheck } from '@runyard/domain';
import { type RedisConnection, storeError } from '@runyard/redis';
import { planJobId, sliceJobId } from './job-data.ts';
import { clusterQueue, planQueue, type QueueName } from './queue-names.ts';

const JOBS_AT_ONCE = 100;

/** A job is there from its adding to its end, in whatever state: nothing of it is kept afterwards. */
export function createJobCheck(connection: RedisConnection, keyPrefix: string): JobCheck {
  const isThere = async ({ name, prefix }: QueueName, jobId: string): Promise<boolean> =>
    (await connection.exists(new QueueKeys(prefix).toKey(name, jobId))) === 1;
  return {
    async missing(jobs) {
      try {
        const there: boolean[] = [];
        for (let first = 0; first < jobs.length; first += JOBS_AT_ONCE) {
          const some = jobs.slice(first, first + JOBS_AT_ONCE);
          there.push(
            ...(await Promise.all(
              some.map(({ runId, slice, cluster }) =>
                isThere(clusterQueue(keyPrefix, cluster), sliceJobId(runId, slice)),
              ),
            )),
          );
        }
        return jobs.filter((_, index) => !there[index]);
      } catch (error) {
        throw storeError(error);
      }
    },
    async hasPlan(runId) {
      try {
        return await isThere(planQueue(keyPrefix), planJobId(runId));
      } catch (error) {
        throw storeError(error);
      }
    },
  };
}
