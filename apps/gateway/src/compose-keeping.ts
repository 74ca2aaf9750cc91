import {
  type CatalogStore,
  type Clock,
  createdAtUsOf,
  type DeliveryStore,
  type Log,
  type RunGate,
  type RunId,
  type RunStore,
  type StartStop,
  type WorkerRegistry,
} from '@runyard/domain';
import { Pruner, Reconciler, type RunEnded } from '@runyard/engine';
import { type BullRunQueue, createJobCheck } from '@runyard/queue';
import type { RedisConnection } from '@runyard/redis';
import { createRunMending, createRunRetention, type Keys } from '@runyard/store';
import type { GatewayMetrics } from './metrics.ts';

export interface KeepingParts {
  readonly connection: RedisConnection;
  readonly keys: Keys;
  readonly runs: RunStore;
  readonly queue: BullRunQueue;
  readonly catalog: CatalogStore;
  readonly workers: WorkerRegistry;
  readonly gate: RunGate;
  readonly runEnded: RunEnded;
  readonly closeChild: (runId: RunId) => Promise<boolean>;
  readonly deliveries: DeliveryStore;
  readonly metrics: GatewayMetrics;
  readonly clock: Clock;
  readonly log: Log;
  /** True while this gateway is the one that keeps order. */
  readonly lead: () => Promise<boolean>;
}

/** What keeps the runs in order, in one gateway at a time: who stands still is set going, who is over is removed. */
export function composeKeeping({ connection, keys, metrics, ...parts }: KeepingParts): readonly StartStop[] {
  const { runs, clock } = parts;
  const options = { connection, keys, nowMs: () => clock.nowMs() };
  const mending = createRunMending(options);
  metrics.watchOpenRuns(async () => {
    const [oldest] = await runs.openRuns(clock.nowMs(), 1);
    const oldestMs = oldest === undefined ? 0 : clock.nowMs() - createdAtUsOf(oldest) / 1_000;
    return { count: await mending.openCount(), oldestMs };
  });
  const jobs = createJobCheck(connection, parts.queue);
  return [
    new Reconciler({ ...parts, mending, jobs, onMended: (kind) => metrics.mended(kind) }),
    new Pruner({ ...parts, retention: createRunRetention(options) }),
  ];
}
