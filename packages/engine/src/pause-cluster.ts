import {
  AppError,
  type AuditLog,
  type CatalogStore,
  type Clock,
  type ClusterPause,
  type ClusterPauses,
  type ControlChannel,
  DEFAULT_CLUSTER,
  type Log,
  may,
  type NewAuditEntry,
  type WorkerRegistry,
} from '@runyard/domain';
import { followClusterPause, type PausableQueues } from './follow-cluster-pause.ts';
import type { Caller } from './run-request.ts';

export interface PauseClusterDependencies {
  readonly pauses: ClusterPauses;
  readonly queues: PausableQueues;
  readonly control: ControlChannel;
  readonly catalog: CatalogStore;
  readonly workers: WorkerRegistry;
  readonly audit: Pick<AuditLog, 'append'>;
  readonly clock: Clock;
  readonly log: Log;
}

export interface PauseCluster {
  /** The pause of the cluster, null when it is not paused. Rejects with CLUSTER_NOT_FOUND. */
  get(cluster: string): Promise<ClusterPause | null>;
  /** Its workers take nothing new and hand back what has not begun; devices in work finish. */
  pause(cluster: string, caller: Caller, reason?: string): Promise<ClusterPause>;
  /** Its workers go on. */
  resume(cluster: string, caller: Caller): Promise<void>;
}

/**
 * Pausing and resuming a cluster: the audit entry first, then the mark in the store, then the queue, then a message to the
 * workers. The mark is what counts: should this process die after it, the workers of the cluster make the queue follow.
 * Doing either again changes nothing and mends the queue. Both reject with CLUSTER_NOT_FOUND or PERMISSION_DENIED.
 */
export function createPauseCluster(deps: PauseClusterDependencies): PauseCluster {
  const { pauses, control, audit, clock, log } = deps;
  return {
    async get(cluster) {
      await checkKnown(deps, cluster);
      return pauses.get(cluster);
    },
    async pause(cluster, caller, reason) {
      await check(cluster, caller);
      const before = await pauses.get(cluster);
      const by = caller.principal.name;
      const given = reason === undefined ? {} : { reason };
      if (!before) {
        await note(caller, 'cluster.pause', cluster, given);
        await pauses.pause({ cluster, by, atMs: clock.nowMs(), ...given });
      }
      await apply(cluster);
      return (await pauses.get(cluster)) ?? { cluster, by, atMs: clock.nowMs(), ...given };
    },
    async resume(cluster, caller) {
      await check(cluster, caller);
      if (await pauses.get(cluster)) {
        await note(caller, 'cluster.resume', cluster, {});
        await pauses.resume(cluster);
      }
      await apply(cluster);
    },
  };

  function note(
    { principal }: Caller,
    action: string,
    subject: string,
    detail: NewAuditEntry['detail'],
  ): Promise<void> {
    const { name: actor, credentialId: credential } = principal;
    return audit.append({ actor, credential, decision: 'allowed', action, subject, detail });
  }

  async function check(cluster: string, { principal }: Caller): Promise<void> {
    if (!may(principal, 'queue:admin')) {
      throw new AppError('PERMISSION_DENIED', `'${principal.name}' may not pause or resume clusters.`);
    }
    await checkKnown(deps, cluster);
  }

  async function apply(cluster: string): Promise<void> {
    await followClusterPause(cluster, deps);
    // Only makes it quick: the workers look every second.
    await control.clusterPause(cluster).catch((error: unknown) => {
      log.warn('the pause of a cluster was not announced', { cluster, error });
    });
  }
}

/** A cluster is known that is in the catalog, is the default one, or has a worker, or else is still paused. */
async function checkKnown({ catalog, workers, pauses }: PauseClusterDependencies, cluster: string): Promise<void> {
  if (cluster === DEFAULT_CLUSTER || (await catalog.view()).get('cluster', cluster)) return;
  if ((await workers.live()).some((worker) => worker.cluster === cluster)) return;
  if (await pauses.get(cluster)) return;
  throw new AppError('CLUSTER_NOT_FOUND', `There is no cluster with the name '${cluster.slice(0, 200)}'.`);
}
