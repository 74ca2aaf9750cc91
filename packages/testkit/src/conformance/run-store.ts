import type { RunStore } from '@runyard/domain';
import type { ConformanceCase } from './conformance-case.ts';
import { runStoreHandOverCases } from './run-store-hand-over.ts';
import { runStoreLifeCases } from './run-store-life.ts';
import { runStoreOrderCases } from './run-store-orders.ts';
import { runStoreReadCases } from './run-store-read.ts';

/** What every run store promises: the cases of a run's life and those of reading it. */
export const runStoreConformance: readonly ConformanceCase<RunStore>[] = [
  ...runStoreLifeCases,
  ...runStoreHandOverCases,
  ...runStoreOrderCases,
  ...runStoreReadCases,
];
