import type {
  Door,
  JsonObject,
  Lineage,
  OnParentClose,
  Principal,
  Priority,
  RequestedTargets,
  Retries,
  Rollout,
  RunId,
  RunSpec,
  TargetRule,
} from '@runyard/domain';

/** A call to run a service, whichever door it came through; already of the right types. */
export interface RunRequest {
  readonly service: string;
  readonly version?: number;
  readonly targets: RequestedTargets;
  readonly targetRule: TargetRule;
  readonly ignoreInvalidTargets: boolean;
  readonly params: JsonObject;
  /** What templates see as `payload`; the params again where a door knows no payload. */
  readonly payload: JsonObject;
  readonly cluster?: string;
  readonly timeoutMs?: number;
  readonly runTimeoutMs?: number;
  readonly retries?: Retries;
  readonly parallel?: number;
  readonly check?: boolean;
  /** IANA name; that of the service when absent. */
  readonly timeZone?: string;
  readonly priority?: Priority;
  /** `none` for no lock, whatever the service says. */
  readonly lock?: string;
  readonly rollout?: Rollout;
  readonly queueTtlMs?: number;
  /** Milliseconds since the epoch. */
  readonly deadlineMs?: number;
  readonly labels?: Readonly<Record<string, string>>;
  readonly dryRun?: boolean;
  readonly rerunOf?: string;
  /** Is told that the run ended; was checked. */
  readonly callbackUrl?: string;
  /** Name of the service account as whom it is to run; the caller himself when absent. */
  readonly runAs?: string;
  /** The endpoint of the service that is called; its parameters are the params. */
  readonly endpoint?: string;
  /** The run from which the call came over HTTP, as a signed header says. */
  readonly lineage?: Lineage;
  /** The run whose step starts this one. */
  readonly below?: BelowRun;
  /** Goes on where the workflow of `rerunOf` failed. */
  readonly resume?: boolean;
  /** Given when the id was chosen before, so that accepting again after a crash cannot make a second run. */
  readonly chosen?: { readonly id: RunId; readonly createdAtUs: number };
}

/** Where a run is to hang. */
export interface BelowRun {
  readonly parent: RunSpec;
  readonly stepId: string;
  readonly device?: string;
  readonly onParentClose: OnParentClose;
  /** The parent goes on only when the run has ended. */
  readonly isAwaited?: boolean;
  /** The parent has ended: the run counts in its chain, and is nobody else's wish than the caller's. */
  readonly isOver?: boolean;
  /** When the run time-out of the parent is over, where the request does not say so itself. Milliseconds since the epoch. */
  readonly endsAtMs?: number;
}

/** Who asks and through which door. Never taken from the body. */
export interface Caller {
  readonly principal: Principal;
  readonly door: Door;
  /** Who saved what asks had the right to act as the account: that of a schedule. */
  readonly isActProved?: boolean;
  /**
   * Revisions of users and of the catalog (`rightsRevisionOf`) that were read before he was let in: what changed since
   * is looked at when the run is to begin.
   */
  readonly rightsRevision?: string;
}

/** Devices in one run, named or resolved. */
export const RUN_DEVICES_MAX = 1_000_000;
