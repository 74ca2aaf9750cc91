import { cronTimes } from '@runyard/contracts';
import type { ScheduleStore, StartStop } from '@runyard/domain';
import { ScheduleFirer, type ScheduleFirerDependencies } from '@runyard/engine';
import type { RedisConnection } from '@runyard/redis';
import { createScheduleStore, type Keys } from '@runyard/store';
import type { GatewayMetrics } from './metrics.ts';

export interface ScheduleParts extends Pick<
  ScheduleFirerDependencies,
  'catalog' | 'accept' | 'runs' | 'ids' | 'clock' | 'log' | 'lead'
> {
  readonly connection: RedisConnection;
  readonly keys: Keys;
  readonly metrics: GatewayMetrics;
}

/** What fires schedules, in one gateway at a time, and where it keeps how far they have come. */
export function composeSchedules({ connection, keys, metrics, ...parts }: ScheduleParts): {
  readonly schedules: ScheduleStore;
  readonly firer: StartStop;
} {
  const schedules = createScheduleStore(connection, keys);
  const onFired = () => metrics.accepted('schedule');
  return { schedules, firer: new ScheduleFirer({ ...parts, schedules, times: cronTimes, onFired }) };
}
