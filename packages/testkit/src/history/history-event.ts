import type { DeviceCounts, RunState } from '@runyard/domain';

/** Where something was seen: the moment by the one clock of the machine. */
interface Seen {
  readonly atMs: number;
}

/** One call that asked for a run, by the mark that the caller gave it. */
interface Asked extends Seen {
  readonly mark: string;
}

interface OfRun extends Seen {
  readonly run: string;
}

interface OfDevice extends OfRun {
  readonly device: string;
}

/** A write into the record of a run, with what the writer proved its ownership by. */
interface Written extends OfDevice {
  readonly slice: number;
  /** The fencing token that the writer brought; null when it was not seen. */
  readonly token: number | null;
}

export interface LockEvent extends Seen {
  readonly lock: string;
  readonly holder: string;
  readonly token: number;
}

/**
 * What happened, in the words of the history checker. Events are in the order in which they happened; the order of
 * events of one run in the store is the order of the store.
 */
export type HistoryEvent =
  /** Answered with 2xx and this id. */
  | (Asked & { readonly kind: 'accepted'; readonly run: string })
  /** Answered with a refusal (4xx): there must be no run. */
  | (Asked & { readonly kind: 'refused' })
  /** No answer, or 5xx: there may be one run or none. */
  | (Asked & { readonly kind: 'unanswered' })
  /** A time that a schedule had to fire at: there must be one run. */
  | (Asked & { readonly kind: 'due' })
  /** A run that stands in the list of runs at the end; `parent` when a step of that run started it. */
  | (OfRun & { readonly kind: 'listed'; readonly mark: string; readonly parent?: string })
  /** A worker took the slice. */
  | (OfRun & { readonly kind: 'claimed'; readonly slice: number; readonly owner: string; readonly token: number })
  | (Written & { readonly kind: 'started' })
  | (Written & { readonly kind: 'result'; readonly state: string })
  /** The store was told that the run has ended. */
  | (OfRun & { readonly kind: 'ended'; readonly state: RunState })
  /** What a caller was told about the run. */
  | (OfRun & { readonly kind: 'told'; readonly state: RunState; readonly counts: DeviceCounts })
  /** A device of the run as a caller reads it at the end. */
  | (OfDevice & { readonly kind: 'row'; readonly state: string })
  /** The device itself was told to begin the work of the run. */
  | (OfDevice & { readonly kind: 'device-began' })
  | (LockEvent & { readonly kind: 'lock-acquired' })
  /** Extended by this token. */
  | (LockEvent & { readonly kind: 'lock-renewed' })
  /** Given back, or its lease ran out. */
  | (LockEvent & { readonly kind: 'lock-released' });
