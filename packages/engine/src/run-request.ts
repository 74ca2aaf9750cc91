import type {
  Door,
  JsonObject,
  Principal,
  Priority,
  RequestedTargets,
  Retries,
  Rollout,
  RunId,
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
  /** Given when the id was chosen before, so that accepting again after a crash cannot make a second run. */
  readonly chosen?: { readonly id: RunId; readonly createdAtUs: number };
}

/** Who asks and through which door. Never taken from the body. */
export interface Caller {
  readonly principal: Principal;
  readonly door: Door;
}

/** Devices in one run, named or resolved. */
export const RUN_DEVICES_MAX = 1_000_000;
