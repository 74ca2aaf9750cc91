import type { ClusterPauses } from '@runyard/domain';

/** The queues of clusters, as far as pausing goes. */
export interface PausableQueues {
  isPaused(cluster: string): Promise<boolean>;
  pause(cluster: string): Promise<void>;
  resume(cluster: string): Promise<void>;
}

/** More rounds are only needed when somebody pauses and resumes all the time; the next look goes on then. */
const ROUNDS_MAX = 5;

/**
 * Makes the queue of a cluster do what its mark in the store says, and gives that. The mark is looked at again after
 * the queue was changed, so that of several who do this at once, or beside somebody who changes the mark, the last one
 * leaves the two alike. A crash between mark and queue is mended by whoever does this next.
 */
export async function followClusterPause(
  cluster: string,
  { pauses, queues }: { readonly pauses: ClusterPauses; readonly queues: PausableQueues },
): Promise<boolean> {
  let wanted = (await pauses.get(cluster)) !== null;
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    if ((await queues.isPaused(cluster)) === wanted) return wanted;
    await (wanted ? queues.pause(cluster) : queues.resume(cluster));
    wanted = (await pauses.get(cluster)) !== null;
  }
  return wanted;
}
