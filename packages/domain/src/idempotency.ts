import type { RunId } from './run.ts';

/** One caller's key: two callers that choose the same one do not meet. */
export interface IdempotencyScope {
  readonly principal: string;
  readonly key: string;
}

/** What a key stands for. The run id is chosen before this is written, so that a repeated call cannot make another. */
export interface IdempotencyRecord {
  /** Hash of what was asked. */
  readonly bodyHash: string;
  readonly runId: RunId;
  readonly createdAtUs: number;
  /** When somebody last began to accept the run; 0 when that ended and nobody knows how. */
  readonly atMs: number;
  /** True once the run was accepted: then it is not accepted again, even when its record is gone. */
  readonly accepted: boolean;
}

/** How long a key is remembered. */
export const IDEMPOTENCY_KEEP_MS = 24 * 3_600_000;

/** Idempotency keys. Every method is one step: of several callers at once one succeeds. */
export interface IdempotencyStore {
  /** Writes the record when the key has none; else gives the one that is there. */
  claim(scope: IdempotencyScope, record: IdempotencyRecord): Promise<IdempotencyRecord | null>;
  /**
   * Puts a record into the place of the expected one, or with null forgets the key. False, with nothing done, when
   * another record is there. The time that the key is kept goes on.
   */
  replace(scope: IdempotencyScope, expected: IdempotencyRecord, next: IdempotencyRecord | null): Promise<boolean>;
}
