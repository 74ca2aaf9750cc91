import type {
  CatalogStore,
  Clock,
  ClusterPauses,
  DeliveryStore,
  LockStore,
  Log,
  RunGate,
  RunStore,
  WorkerRegistry,
} from '@runyard/domain';
import { createExplainRun, createRunEnded, type ExplainRun, type RunEnded } from '@runyard/engine';
import type { BullRunQueue } from '@runyard/queue';
import type { RedisConnection } from '@runyard/redis';
import { createRunGate, createSliceLook, type Keys } from '@runyard/store';

export interface LimitParts {
  readonly connection: RedisConnection;
  readonly keys: Keys;
  readonly runs: RunStore;
  readonly queue: BullRunQueue;
  readonly catalog: CatalogStore;
  readonly workers: WorkerRegistry;
  readonly locks: Pick<LockStore, 'waitingOf'>;
  readonly pauses: ClusterPauses;
  readonly deliveries: DeliveryStore;
  readonly clock: Clock;
  readonly log: Log;
}

/** What limits runs that were accepted, and what says so. */
export interface Limits {
  readonly gate: RunGate;
  readonly runEnded: RunEnded;
  readonly explainRun: ExplainRun;
}

export function composeLimits({ connection, keys, ...parts }: LimitParts): Limits {
  const gate = createRunGate(connection, keys);
  return {
    gate,
    runEnded: createRunEnded({ ...parts, gate }),
    explainRun: createExplainRun({
      ...parts,
      gate,
      slices: createSliceLook(connection, keys),
      waiting: (clusters) => parts.queue.waiting(clusters),
    }),
  };
}
