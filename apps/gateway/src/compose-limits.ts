import type {
  CatalogStore,
  Clock,
  ClusterPauses,
  ControlChannel,
  DeliveryStore,
  LockStore,
  Log,
  RunGate,
  RunStore,
  RunTree,
  StepStore,
  WorkerRegistry,
} from '@runyard/domain';
import { createEndOfRun, createExplainRun, type EndOfRun, type ExplainRun } from '@runyard/engine';
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
  readonly tree: RunTree;
  readonly steps: StepStore;
  readonly control: ControlChannel;
  readonly deliveries: DeliveryStore;
  readonly clock: Clock;
  readonly log: Log;
}

/** What limits runs that were accepted, and what says so. */
export interface Limits extends EndOfRun {
  readonly gate: RunGate;
  readonly explainRun: ExplainRun;
}

export function composeLimits({ connection, keys, ...parts }: LimitParts): Limits {
  const gate = createRunGate(connection, keys);
  return {
    gate,
    ...createEndOfRun({ ...parts, gate }),
    explainRun: createExplainRun({
      ...parts,
      gate,
      slices: createSliceLook(connection, keys),
      waiting: (clusters) => parts.queue.waiting(clusters),
    }),
  };
}
