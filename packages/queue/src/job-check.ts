import type { Queue } from 'bullmq';
import type { JobCheck } from '@runyard/domain';
import { type RedisConnection, storeError } from '@runyard/redis';
import { planJobId, sliceJobId } from './job-data.ts';
import type { BullRunQueue } from './run-queue.ts';

const JOBS_AT_ONCE = 100;
/** Looking for a job in a long list takes Redis a millisecond or more: so many jobs in a window are looked at so closely. */
const CLOSE_LOOKS_MAX = 50;
const WINDOW_MS = 2_000;

/**
 * A job is there from its adding to its end, in whatever state: nothing of it is kept afterwards. One that is there and
 * in no list would be given to nobody and could never be added again: when it is seen it is taken away, and counts as
 * missing.
 */
export function createJobCheck(connection: RedisConnection, queues: Pick<BullRunQueue, 'queues'>): JobCheck {
  const mayLookClosely = createShare(CLOSE_LOOKS_MAX, WINDOW_MS);

  async function isThere(queue: Queue | undefined, jobId: string): Promise<boolean> {
    if (!queue || (await connection.exists(queue.toKey(jobId))) === 0) return false;
    if (!mayLookClosely() || (await queue.getJobState(jobId)) !== 'unknown') return true;
    await queue.remove(jobId);
    return false;
  }

  return {
    async missing(jobs) {
      try {
        const there: boolean[] = [];
        for (let first = 0; first < jobs.length; first += JOBS_AT_ONCE) {
          const looks = jobs.slice(first, first + JOBS_AT_ONCE).map(({ runId, slice, cluster }) => {
            const [, queue] = queues.queues([cluster]);
            return isThere(queue, sliceJobId(runId, slice));
          });
          there.push(...(await Promise.all(looks)));
        }
        return jobs.filter((_, index) => !there[index]);
      } catch (error) {
        throw storeError(error);
      }
    },
    async hasPlan(runId) {
      try {
        const [plans] = queues.queues([]);
        return await isThere(plans, planJobId(runId));
      } catch (error) {
        throw storeError(error);
      }
    },
  };
}

/**
 * True for about so many calls in each stretch of time, all of them when there are no more. Which ones is chance, so that
 * each job has its turn sooner or later.
 */
function createShare(callsMax: number, windowMs: number): () => boolean {
  let startedAtMs = performance.now();
  let calls = 0;
  let share = 1;
  return () => {
    const nowMs = performance.now();
    if (nowMs - startedAtMs >= windowMs) {
      share = Math.min(1, callsMax / Math.max(1, calls));
      startedAtMs = nowMs;
      calls = 0;
    }
    calls += 1;
    return share < 1 ? Math.random() < share : calls <= callsMax;
  };
}
