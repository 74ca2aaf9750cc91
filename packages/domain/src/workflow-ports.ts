import type { JsonValue } from './json.ts';
import type { Page, SliceClaim, SliceRef } from './ports.ts';
import type { RunId } from './run.ts';
import type { StepRecord, StepRef, StepRow, StepState } from './workflow.ts';

/** How far the steps of workflows have come. Kept as long as the record of the run. */
export interface StepStore {
  /** Those of these steps that have begun. */
  read(runId: RunId, device: string, steps: readonly string[]): Promise<ReadonlyMap<string, StepRecord>>;
  /** False, with nothing written, when the claim is not that of the slice's owner any more. */
  write(slice: SliceRef, claim: SliceClaim, ref: StepRef, record: StepRecord): Promise<boolean>;
  /** Writes over a record in this state, and announces that the run changed; false when it is in another one. */
  change(ref: StepRef, from: StepState, record: StepRecord): Promise<boolean>;
  /** In no particular order; a page may be short or empty and still have a cursor. */
  list(runId: RunId, cursor: string | null, limit: number): Promise<Page<StepRow>>;
}

/** A run below another one. */
export interface TreeNode {
  readonly runId: RunId;
  readonly parentRunId: RunId;
  readonly stepId: string;
  readonly device?: string;
}

/** Which runs started which, by the run at the top. Kept as long as the record of that one. */
export interface RunTree {
  /** Takes a place below the root; taking it twice is harmless. False when there are too many. */
  join(rootRunId: RunId, node: TreeNode, max: number): Promise<boolean>;
  /** Gives the place of a run back that was not accepted. */
  leave(rootRunId: RunId, runId: RunId): Promise<void>;
  /** Every run below the root, at most RUN_DESCENDANTS_MAX. */
  nodes(rootRunId: RunId): Promise<readonly TreeNode[]>;
}

/** Evaluates expressions with a library that can reach nothing but the data. */
export interface Expressions {
  /** What is wrong with the text; null when it can be evaluated. */
  problem(expression: string): string | null;
  /**
   * The value, `null` for nothing. Rejects with EXPRESSION_INVALID, also when it takes too long, and with the reason of
   * the signal when that ends it. Whatever the expression does, the caller's event loop goes on.
   */
  evaluate(expression: string, input: JsonValue, signal?: AbortSignal): Promise<JsonValue>;
}
