import type { ErrorCode } from './errors.ts';
import type { JsonObject, JsonValue } from './json.ts';
import type { DeviceCounts, DeviceState, FinalDeviceState, RunState } from './run-state.ts';
import type { Rollout } from './rollout.ts';
import type { Keep, Priority, Retries, RunMethod } from './service.ts';
import type { AccountKind } from './principal.ts';
import type { Webhook } from './webhook.ts';

/** 24 hex digits, time-ordered: the job id given to callers. */
export type RunId = string;

const RUN_ID = /^[0-9a-f]{24}$/;

export function isRunId(text: string): text is RunId {
  return RUN_ID.test(text);
}

/** The creation time that a run id begins with, in µs. */
export function createdAtUsOf(id: RunId): number {
  return parseInt(id.slice(0, 14), 16);
}

/** Through which API a run came in. */
export type Door = 'native' | 'enms' | 'gateway-manager' | 'endpoint' | 'schedule' | 'step';

/** What never changes after a run was accepted. */
export interface RunSpec {
  readonly id: RunId;
  /** Microseconds since the epoch, unique over all runs. */
  readonly createdAtUs: number;
  readonly service: string;
  readonly version: number;
  readonly type: string;
  readonly runMethod: RunMethod;
  readonly door: Door;
  /** As whom it runs; a user when no kind is said. */
  readonly principal: string;
  readonly principalKind?: AccountKind;
  /** Who called; a user when no kind is said. */
  readonly actor: string;
  readonly actorKind?: AccountKind;
  /** When the user who called was made: another one may get the name. Milliseconds since the epoch. */
  readonly actorCreatedAtMs?: number;
  /** Who asked first. */
  readonly initiator: string;
  readonly credentialId: string;
  /** The only services that the credential reaches, for runs that this one starts. */
  readonly credentialServices?: readonly string[];
  /** The revisions of users and of the catalog on which it was allowed. */
  readonly rightsRevision?: string;
  /** The endpoint of the service that was called. */
  readonly endpoint?: string;
  /** The run whose step started this one. */
  readonly parent?: ParentOfRun;
  readonly params: JsonObject;
  readonly payload: JsonObject;
  /** What the caller named; null where the service's own targets are meant. */
  readonly targets: RunTargets;
  /** Texts about targets that were left out with `ignoreInvalidTargets`. */
  readonly targetErrors?: readonly string[];
  readonly warnings?: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
  readonly cluster?: string;
  readonly timeoutMs?: number;
  readonly runTimeoutMs: number;
  readonly retries?: Retries;
  readonly parallel?: number;
  readonly check?: boolean;
  /** IANA name; UTC when absent. */
  readonly timeZone?: string;
  /** `normal` when absent. */
  readonly priority?: Priority;
  /** Milliseconds since the epoch: not begun by then, it expires. */
  readonly startByMs?: number;
  /** Milliseconds since the epoch: not ended by then, it expires. */
  readonly deadlineMs?: number;
  readonly rollout?: Rollout;
  /** `device` or a template of a key; no lock when absent. */
  readonly lock?: string;
  /** Runs of the service in work at once, as the service said when this one was accepted. */
  readonly maxConcurrent?: number;
  readonly keep: Keep;
  /** Id of the run that this one repeats. */
  readonly rerunOf?: RunId;
  /** A workflow goes on where that run failed: what its steps gave there counts here. */
  readonly resume?: boolean;
  /** Who is told that it ended: the caller's address, then those of the service. */
  readonly notify?: readonly Webhook[];
}

/** What becomes of a child run when the run that started it ends in another way than succeeded. */
export type OnParentClose = 'cancel' | 'abandon';

/** How a run hangs below another one. */
export interface ParentOfRun {
  readonly runId: RunId;
  /** The run at the top of the tree. */
  readonly rootRunId: RunId;
  readonly stepId: string;
  /** The device of the parent on which the step was; absent for one that runs once. */
  readonly device?: string;
  readonly onParentClose: OnParentClose;
  /** From the root to the parent: who started whom. */
  readonly chain: readonly ChainLink[];
}

/** One run in a chain of runs that started each other. */
export interface ChainLink {
  readonly runId: RunId;
  readonly service: string;
  readonly endpoint?: string;
  readonly principal: string;
  /** The device of this run for which it started the next one; absent where it runs once. */
  readonly device?: string;
  /** It goes on only when the next one has ended. */
  readonly isWaiting?: true;
}

/** The runs of a chain that go on only when a run below it has ended, the nearest one first. */
export function waitingAbove(chain: readonly ChainLink[]): readonly ChainLink[] {
  const nearest = chain.toReversed();
  const goesOn = nearest.findIndex(({ isWaiting }) => !isWaiting);
  return goesOn < 0 ? nearest : nearest.slice(0, goesOn);
}

/** The runs from the root down to this one. */
export function chainOf({ id, service, endpoint, principal, parent }: RunSpec): readonly ChainLink[] {
  const own: ChainLink = { runId: id, service, principal, ...(endpoint === undefined ? {} : { endpoint }) };
  return [...(parent?.chain ?? []), own];
}

export interface RunTargets {
  readonly devices: readonly string[];
  readonly pools: readonly string[];
}

/** Everything that a caller is told about a run, except its rows: constant size. */
export interface RunRecord {
  readonly spec: RunSpec;
  readonly state: RunState;
  /** Grows with each change; the id of events and the ETag. */
  readonly revision: number;
  readonly counts: DeviceCounts;
  readonly planned: boolean;
  readonly slices: number;
  readonly startedAtMs: number | null;
  readonly endedAtMs: number | null;
  /** The run is to end: somebody cancelled it, or `error` says why. Nothing begins any more. */
  readonly cancelRequested: boolean;
  /** Set while nothing new begins because somebody, or its rollout, said so. */
  readonly pause: RunPause | null;
  /** How far a run has come that goes batch by batch. */
  readonly rollout: RolloutProgress | null;
  /** Why the run as a whole did not do its work. */
  readonly error: RunError | null;
}

export interface RunPause {
  readonly atMs: number;
  /** Who paused it; `rollout` when too many devices failed. */
  readonly by: string;
  readonly reason?: string;
}

export interface RolloutProgress {
  /** Counted from 0. */
  readonly batch: number;
  readonly batches: number;
  /** When the next batch may begin; null while this one is in work. */
  readonly nextAtMs: number | null;
}

export interface RunError {
  readonly code: ErrorCode;
  readonly message: string;
}

/** One attempt at one device that did not succeed, or the last one. */
export interface Attempt {
  readonly startedAtMs: number;
  readonly durationMs: number;
  readonly error: RunError | null;
}

/** What one device gave. For run method `once` there is one with the empty name. */
export interface DeviceResult {
  readonly name: string;
  readonly state: FinalDeviceState;
  readonly startedAtMs: number;
  readonly durationMs: number;
  readonly attempts: number;
  readonly result: JsonValue;
  readonly error: RunError | null;
  /** What the service type adds, such as `command`, `return_code`, `status_code`. */
  readonly fields: JsonObject;
  /** Earlier attempts, when there was more than one. */
  readonly history: readonly Attempt[];
}

/** A device of a run as a list shows it. `result` is null until the device is final. */
export interface DeviceRow {
  readonly name: string;
  readonly state: DeviceState;
  readonly result: DeviceResult | null;
}

/** One line of a run's log. */
export interface LogLine {
  readonly atMs: number;
  readonly device: string;
  readonly text: string;
}

/** True when it runs as another account than the one that called; a user and a service account may share a name. */
export function isDelegated(spec: Pick<RunSpec, 'actor' | 'actorKind' | 'principal' | 'principalKind'>): boolean {
  return spec.principal !== spec.actor || spec.principalKind !== spec.actorKind;
}
