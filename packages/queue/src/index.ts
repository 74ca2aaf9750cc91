export { Canary, type CanaryDependencies } from './canary.ts';
export { createJobCheck } from './job-check.ts';
export { BullRunQueue, type RunQueueOptions } from './run-queue.ts';
export type { QueuePulse } from './pulling-worker.ts';
export {
  type Consumer,
  type ConsumerOptions,
  createPlanConsumer,
  createSliceConsumer,
  type SliceEnd,
} from './slice-consumer.ts';
