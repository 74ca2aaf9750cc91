import type { AccessView } from './access.ts';
import type { NewAuditEntry } from './audit.ts';
import type { CatalogChange, CatalogKind, CatalogKinds, CatalogView, Cluster, CredentialItem } from './catalog.ts';
import type { Device } from './device.ts';
import type { Endpoint } from './endpoint.ts';
import type { WorkerProof } from './gateway-manager.ts';
import type { JsonObject, JsonSchema, JsonValue } from './json.ts';
import type { FieldError } from './errors.ts';
import type { Pool } from './pool.ts';
import type { DeviceState, RunState } from './run-state.ts';
import type {
  DeviceResult,
  DeviceRow,
  LogLine,
  RunError,
  RunId,
  RunPause,
  RunRecord,
  RunSpec,
  RunTargets,
} from './run.ts';
import type { Conversion, Priority, Service } from './service.ts';
import type { Credential } from './service-type.ts';
import type { RunPlan } from './slices.ts';
import type { StepRef } from './workflow.ts';

/** Milliseconds since the epoch. */
export interface Clock {
  readonly nowMs: () => number;
}

/** Gives run ids and the creation time that is unique over all gateways. */
export interface RunIds {
  next(): { readonly id: RunId; readonly createdAtUs: number };
}

export interface SliceRef {
  readonly runId: RunId;
  readonly slice: number;
}

export interface OpenSlice extends SliceRef {
  readonly cluster: string;
  /** Who claimed it last; null when nobody did. */
  readonly owner: string | null;
  /** False while it waits for others of its run to be done before it is queued. */
  readonly isReleased: boolean;
}

/** What a worker gets when it takes a slice. Whoever claimed the slice before can write nothing any more. */
export interface SliceClaim {
  readonly spec: RunSpec;
  /** The fencing token: must come with each write. */
  readonly token: number;
  readonly cluster: string;
  /** Number of the slice's first device in the run. */
  readonly first: number;
  /** Devices by position in the slice. */
  readonly names: readonly string[];
  readonly states: readonly DeviceState[];
  readonly inventory: readonly string[];
  readonly runStartedAtMs: number;
  readonly cancelRequested: boolean;
  /** Devices of the slice at once; null when the run does not limit them. */
  readonly parallel: number | null;
  /** True when somebody had the slice before. */
  readonly isTakenOver: boolean;
  /** How often a worker was lost while the device with this position was in work; those with none are left out. */
  readonly losses: ReadonlyMap<number, number>;
}

/** What became of a slice in hand, or of its run. */
export interface SliceOrders {
  /** False when somebody else has taken the slice, or the run is gone. */
  readonly owned: boolean;
  readonly cancelRequested: boolean;
  readonly paused: boolean;
}

export interface ResultBatch {
  /** Positions of devices that began. */
  readonly started: readonly number[];
  /** Positions of devices that began and are left to whoever takes the slice next. */
  readonly returned?: readonly number[];
  /** Positions of devices that began and wait for something long: they hold nothing, and are in work no more until they begin again. */
  readonly waiting?: readonly number[];
  /** Every device of the slice that has no end waits for something long: the next slice need not wait for this one. */
  readonly allWait?: boolean;
  readonly results: readonly { readonly position: number; readonly result: DeviceResult }[];
  readonly log: readonly LogLine[];
}

export interface RecordAnswer {
  /** False when the token is stale: somebody else owns the slice now, and nothing was written. */
  readonly owned: boolean;
  readonly cancelRequested: boolean;
  readonly runState: RunState;
  /** The slice of the same cluster that may be queued now, because this one is done or all wait; null when there is none. */
  readonly nextSlice: number | null;
  /** Nothing of the run may begin now. */
  readonly paused: boolean;
  /** This write ended the run. */
  readonly ended: boolean;
  /** This write ended a batch of the rollout: the next one may begin after so many milliseconds; else null. */
  readonly soakMs: number | null;
}

export interface Page<Item> {
  readonly items: readonly Item[];
  /** Opaque; null on the last page. */
  readonly cursor: string | null;
}

export interface RunFilter {
  readonly service?: string;
  readonly state?: RunState;
  readonly label?: string;
  readonly sinceMs?: number;
}

/** The records of runs: the truth of which queue, events and pages are only hints. */
export interface RunStore {
  /**
   * Writes an accepted run, with its slices when it is small enough to need no planning. With a revision it writes
   * only if the catalog still is at that revision, where the store can tell in the same step; else `catalog-moved`.
   * The entry of the audit log is written with it.
   */
  accept(
    spec: RunSpec,
    plan: RunPlan | null,
    catalogRevision?: number,
    audited?: NewAuditEntry,
  ): Promise<'written' | 'catalog-moved'>;
  /** What the caller named; the record holds only a few of them. Null when there is no such run. */
  targets(runId: RunId): Promise<RunTargets | null>;
  /**
   * Writes the slices of an accepted run. `planned`: they were there before. `ended`: the run needs none any more. With
   * the revision of rights on which it was found allowed, nobody need look again.
   */
  plan(runId: RunId, plan: RunPlan, rightsRevision?: string): Promise<'written' | 'planned' | 'ended'>;
  /** Ends a run that never started. Does nothing when it has ended; nor, to deny it, when it has begun. */
  fail(runId: RunId, error: RunError, as?: 'failed' | 'denied'): Promise<void>;
  get(runId: RunId): Promise<RunRecord | null>;
  findByRuntime(createdAtUs: number): Promise<RunId | null>;
  /** Newest first. */
  list(filter: RunFilter, cursor: string | null, limit: number): Promise<Page<RunRecord>>;
  devices(runId: RunId, state: DeviceState | null, cursor: string | null, limit: number): Promise<Page<DeviceRow>>;
  device(runId: RunId, name: string): Promise<DeviceRow | null>;
  /** Results in the order in which they were recorded, from the given number on. */
  resultsSince(runId: RunId, sequence: number, limit: number): Promise<readonly DeviceResult[]>;
  log(runId: RunId, cursor: string | null, limit: number): Promise<Page<LogLine>>;
  /**
   * `paused`: nothing of the run may begin now; whoever resumes it queues the slice again. `unchecked`: it has not begun,
   * and since it was allowed somebody's rights may have changed. Nothing was claimed then: whoever finds it allowed still
   * claims it with the revision of rights (`rightsRevisionOf`) on which that was found.
   */
  claim(
    slice: SliceRef,
    owner: string,
    rightsRevision?: string,
  ): Promise<SliceClaim | 'unchecked' | 'done' | 'gone' | 'paused'>;
  record(slice: SliceRef, claim: SliceClaim, batch: ResultBatch): Promise<RecordAnswer>;
  /** Gives a claimed slice back, so that its next owner does not count the devices in work as lost. */
  letGo(slice: SliceRef, claim: SliceClaim): Promise<{ readonly paused: boolean }>;
  /** Marks the run; null when there is no such run. A run that has ended is left as it is. */
  requestCancel(runId: RunId): Promise<RunState | null>;
  /** What a worker with these slices in hand must know; each with the token of its claim. */
  orders(slices: readonly (SliceRef & { readonly token: number })[]): Promise<readonly SliceOrders[]>;
  /** Nothing new begins from now on; null takes that back. Gives the state, null when there is no such run. */
  setPause(runId: RunId, pause: RunPause | null): Promise<RunState | null>;
  /**
   * The time of a run is over. One that has not begun ends at once: `ended`. One in work gets the order to end as
   * `expired`: `ending`. `left` when it was left as it is.
   */
  expire(runId: RunId, error: RunError): Promise<'ended' | 'ending' | 'left'>;
  /** Ids of runs whose time to begin or to end is over, and which are still looked after for it. */
  dueRuns(nowMs: number, limit: number): Promise<readonly RunId[]>;
  /** Looks at the run again at that time; null: not any more. */
  setDue(runId: RunId, dueAtMs: number | null): Promise<void>;
  /**
   * Begins the next batch after the given one, if that has ended and soaked, and neither pause nor end was ordered:
   * its first slices count as released. False when it is not its time, or it was done before.
   */
  nextBatch(runId: RunId, batch: number): Promise<boolean>;
  /** Slices that are not done; for the plan step, the reconciler and cancel. */
  openSlices(runId: RunId): Promise<readonly OpenSlice[]>;
  /** Writes a text down for the run, unless one is there already; gives the one that is there. */
  pin(runId: RunId, text: string): Promise<string>;
  /** Makes the lists by which runs are found say what the record says; forgets an id without a record. */
  reindex(runId: RunId): Promise<void>;
  /** Ids of runs that have not ended and were accepted before the given time, oldest first; after the given one. */
  openRuns(beforeMs: number, limit: number, after?: RunId | null): Promise<readonly RunId[]>;
}

/** Hints that a run changed, from the moment it is watched until it is closed. The record tells what changed. */
export interface RunWatch {
  /**
   * Resolves when the run changed since the last call (or since the watch began), or after the time, or when the
   * signal aborts: whichever is first. Never rejects.
   */
  changed(timeoutMs: number, signal?: AbortSignal): Promise<void>;
  close(): void;
}

export interface RunEvents {
  /**
   * Resolves when no change can be missed any more. With `end` only the end of the run counts as a change; with a step
   * only what somebody else than its worker writes about it.
   */
  watch(runId: RunId, only?: 'end' | Omit<StepRef, 'runId'>): Promise<RunWatch>;
}

/** Messages to every worker, beside the queues. */
export interface ControlChannel {
  cancel(runId: RunId): Promise<void>;
  onCancel(listener: (runId: RunId) => void): void;
  /** The cluster was paused or resumed. */
  clusterPause(cluster: string): Promise<void>;
  onClusterPause(listener: (cluster: string) => void): void;
}

export interface WorkerQuestion {
  readonly cluster: string;
  /** A text that nobody can foresee, for the worker to sign. */
  readonly nonce: string;
}

export interface WorkerAnswer {
  readonly workerId: string;
  readonly cluster: string;
  /** Over the nonce, when the worker has a certificate. */
  readonly proof?: WorkerProof;
}

/** Round trips to the workers of a cluster, beside the queues. */
export interface WorkerQuestions {
  /** Asks every worker of the cluster. The first answer that is accepted; null when there is none in time. */
  ask(
    question: WorkerQuestion,
    options: { readonly timeoutMs: number; readonly isAccepted: (answer: WorkerAnswer) => boolean },
  ): Promise<WorkerAnswer | null>;
  /** Answers questions from now on; null is silence. */
  onAsk(answer: (question: WorkerQuestion) => WorkerAnswer | null): void;
}

export interface SliceJob extends SliceRef {
  readonly cluster: string;
  readonly service: string;
  /** `normal` when absent. */
  readonly priority?: Priority;
}

/** Delivery of work, at least once. Adding the same slice twice is harmless. */
export interface RunQueue {
  addSlices(jobs: readonly SliceJob[]): Promise<void>;
  /**
   * Adding it twice is harmless. With a delay, for the next batch of a rollout, it is a job of its own, whatever other
   * plan jobs of the run there are.
   */
  addPlan(runId: RunId, service: string, delayMs?: number, priority?: Priority): Promise<void>;
  /**
   * Jobs that wait go one step ahead for each such time that they have waited: a low one is taken as if it were normal,
   * then, like any other, before all that wait for less long. Those in work, gone or too young are left alone. Gives
   * those that nobody has taken yet. Bounded work for each job.
   */
  raise(jobs: readonly SliceJob[], stepMs: number): Promise<readonly SliceJob[]>;
  /** The same for plan jobs of runs. */
  raisePlans(runIds: readonly RunId[], stepMs: number): Promise<readonly RunId[]>;
  /** Has a gateway start the run of a step. Adding it twice is harmless. */
  addStep(ref: StepRef, service: string): Promise<void>;
  /** True when a command sent to the store before `addSlices` is carried out before it, without waiting for it. */
  readonly followsStore: boolean;
}

export interface CatalogStore {
  /** The catalog as it is now, at least as new as the call. */
  view(): Promise<CatalogView>;
  /** The catalog as this process saw it last, without asking; null before the first look. It may be old. */
  lastView(): CatalogView | null;
  /** All or nothing. Rejects with CATALOG_CONFLICT when the catalog is not at that revision any more. */
  write(changes: readonly CatalogChange[], expectedRevision: number): Promise<number>;
  serviceVersion(name: string, version: number): Promise<Service | null>;
  serviceVersions(name: string): Promise<readonly number[]>;
  devices(names: readonly string[]): Promise<readonly (Device | null)[]>;
  /** A cluster, as new as a few seconds ago; null when there is none. */
  cluster(name: string): Promise<Cluster | null>;
  /** Credentials and pools, for choosing the credential of a device in a worker; as new as a few seconds ago. */
  credentials(): Promise<{
    readonly credentials: readonly CredentialItem[];
    readonly pools: ReadonlyMap<string, Pool>;
  }>;
  /** Who may do what, at least as new as the call; without the rest of the catalog. */
  access(): Promise<AccessView>;
  /** One item as it is now; null when there is none. */
  item<Kind extends CatalogKind>(kind: Kind, name: string): Promise<CatalogKinds[Kind] | null>;
  /** The sealed text of a secret. */
  secret(name: string): Promise<string | null>;
  putBundle(hash: string, content: Uint8Array): Promise<void>;
  bundle(hash: string): Promise<Uint8Array | null>;
}

/** Encrypts what is secret at rest. */
export interface SecretBox {
  seal(text: string): string;
  open(sealed: string): string;
  /** False when `seal` would use a newer key than the one of this text. Absent where there is only one key. */
  isCurrent?(sealed: string): boolean;
}

/** What is sealed outside of the catalog: what services keep between their runs. */
export interface SealedStates {
  /**
   * Seals some of them with the newest key: those after the cursor, null to begin. The names of those that no key opens
   * are given, and they stay as they are.
   */
  reseal(cursor: string | null): Promise<{
    readonly resealed: number;
    readonly current: number;
    readonly unreadable: readonly string[];
    /** Null when all were looked at. */
    readonly cursor: string | null;
  }>;
}

/** Opens the sealed values of a credential. */
export interface Credentials {
  forDevice(device: Device, service: Service): Promise<Credential | null>;
  named(name: string): Promise<Credential | null>;
  /** The value of a secret of the catalog; rejects with CREDENTIAL_NOT_FOUND. */
  secret(name: string): Promise<string>;
}

/** What services keep between their runs, such as the state of OpenTofu. Whoever writes holds the lock of the name. */
export interface ServiceStates {
  /** Null when nothing is kept under the name. */
  read(name: string): Promise<string | null>;
  /** `token` is that of the lock; false when somebody with a later one has written, and nothing was changed. */
  write(name: string, content: string, token: number): Promise<boolean>;
}

export interface WorkerInfo {
  readonly id: string;
  readonly cluster: string;
  readonly host: string;
  readonly pid: number;
  readonly version: string;
  readonly serviceTypes: readonly string[];
  readonly slots: number;
  readonly busySlots: number;
  readonly startedAtMs: number;
  readonly seenAtMs: number;
  readonly draining: boolean;
  /** When it was told its certificate: that it holds the key, signed anew at `seenAtMs`. */
  readonly proof?: WorkerProof;
}

export interface WorkerRegistry {
  heartbeat(worker: WorkerInfo): Promise<void>;
  remove(workerId: string): Promise<void>;
  /** Workers seen within the time after which a worker counts as dead. */
  live(): Promise<readonly WorkerInfo[]>;
}

/** Turns what a device said into data. Throws CONVERSION_FAILED. */
export interface Converters {
  convert(conversion: Conversion, result: JsonValue, textfsm: string | undefined): JsonValue;
}

/** Checks params against the inputs of a service; the schema is compiled once. */
export interface InputValidator {
  /** Fills in defaults in a copy. */
  validate(
    schema: JsonSchema,
    params: JsonObject,
  ): { readonly params: JsonObject; readonly errors: readonly FieldError[] };
  /** The parameters that an endpoint declares, of their types and with defaults; texts are turned into numbers. */
  parameters(
    endpoint: Endpoint,
    given: JsonObject,
  ): { readonly params: JsonObject; readonly errors: readonly FieldError[] };
}
