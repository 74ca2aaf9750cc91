import type { RunId } from './run.ts';
import type { Priority } from './service.ts';

/** Every kind of reason why a run is where it is. */
export const REASON_CODES = [
  'ended',
  'ending',
  'paused',
  'cluster-paused',
  'max-concurrent',
  'planning',
  'no-worker',
  'no-worker-of-type',
  'worker-lost',
  'queued',
  'slots',
  'rate',
  'rollout',
  'window',
  'parallel',
  'lock',
  'approval',
  'step',
  'running',
  'moving',
  'start-by',
  'deadline',
] as const;
export type ReasonCode = (typeof REASON_CODES)[number];

/** What a program needs to know of a reason; which of them there are depends on the code. */
export interface ReasonFacts {
  /** Who did it. */
  readonly by?: string;
  readonly sinceMs?: number;
  readonly untilMs?: number;
  readonly cluster?: string;
  readonly type?: string;
  readonly priority?: Priority;
  /** Runs, jobs or slices that come first. */
  readonly before?: number;
  /** Runs that have what this one waits for. */
  readonly runs?: readonly RunId[];
  readonly workers?: readonly string[];
  readonly slices?: number;
  readonly devices?: number;
  /** How many there may be at once, or in `perMs`. */
  readonly limit?: number;
  readonly perMs?: number;
  /** Counted from 1. */
  readonly batch?: number;
  readonly batches?: number;
  readonly device?: string;
  /** Id of a step of a workflow. */
  readonly step?: string;
  readonly lock?: string;
  readonly heldBy?: { readonly run: RunId; readonly device: string } | null;
}

/** One reason, in words for a person and in facts for a program. */
export interface Reason {
  readonly code: ReasonCode;
  readonly message: string;
  readonly facts: ReasonFacts;
}
