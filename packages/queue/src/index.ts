export { BullRunQueue, type RunQueueOptions } from './run-queue.ts';
export { type ConsumerOptions, createPlanConsumer, createSliceConsumer, type SliceEnd } from './slice-consumer.ts';
