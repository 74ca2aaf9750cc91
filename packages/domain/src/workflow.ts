import type { JsonObject, JsonValue } from './json.ts';
import type { OnParentClose, RunError, RunId } from './run.ts';
import type { Service } from './service.ts';

/** The type of a service whose steps form a graph; the engine runs it, no service type of a worker. */
export const WORKFLOW_TYPE = 'workflow';

interface StepBase {
  /** Unique in the workflow. */
  readonly id: string;
  readonly description?: string;
  /** Steps that follow when it succeeded; the next one in the list when absent, none when empty. */
  readonly onSuccess?: readonly string[];
  /** Steps that follow when it failed; without any the workflow fails. */
  readonly onFailure?: readonly string[];
  /** `continue`: a failure counts as if it had succeeded. */
  readonly onError: 'fail' | 'continue';
  /** Names of `vars` and the expressions, with the result of the step as `$`, that give their values. */
  readonly result?: Readonly<Record<string, string>>;
}

/** Work of any service type, defined in place. Its `service` is what a service of that type is, without a name of its own. */
export interface WorkStep extends StepBase {
  readonly type: 'work';
  readonly service: Service;
}

/** Runs another service (contracts/run-service-step.md, "The step"). */
export interface RunServiceStep extends StepBase {
  readonly type: 'run-service';
  readonly service: string;
  readonly endpoint?: string;
  readonly mode: 'wait' | 'detach';
  readonly runAs?: string;
  /** `inherit`: that of the workflow's run; `default`: that of the service; else an IANA name. */
  readonly timeZone: string;
  /** Texts in it, however deep, are templates. */
  readonly params: JsonObject;
  /** Templates. */
  readonly devices?: readonly string[];
  readonly pools?: readonly string[];
  readonly timeoutMs?: number;
  readonly onParentClose: OnParentClose;
}

/** Waits until a person says yes or no. */
export interface ApproveStep extends StepBase {
  readonly type: 'approve';
  /** A template: what is to be approved. */
  readonly message: string;
  /** Names of groups whose members may answer; whoever may approve runs when absent. */
  readonly groups?: readonly string[];
  readonly timeoutMs?: number;
}

export interface WaitStep extends StepBase {
  readonly type: 'wait';
  readonly durationMs: number;
}

/** Goes one of two ways. It has no `onSuccess`. */
export interface IfStep extends StepBase {
  readonly type: 'if';
  /** An expression. */
  readonly when: string;
  readonly then: readonly string[];
  readonly else: readonly string[];
}

/** One step for each of some values, one after the other. */
export interface ForEachStep extends StepBase {
  readonly type: 'for-each';
  /** The values, or an expression that gives a list. */
  readonly values: readonly JsonValue[] | string;
  /** The name by which templates and expressions see the value. */
  readonly as: string;
  readonly step: WorkStep | RunServiceStep | ApproveStep | WaitStep;
}

export type WorkflowStep = WorkStep | RunServiceStep | ApproveStep | WaitStep | IfStep | ForEachStep;

/** What the `settings` of a service of the type `workflow` hold. */
export interface WorkflowSettings {
  readonly steps: readonly WorkflowStep[];
  /** An expression for the result; what each step gave, by id, when absent. */
  readonly result?: string;
}

export const WORKFLOW_STEPS_MAX = 100;
/** Values of one `for-each`. */
export const STEP_VALUES_MAX = 1_000;
/** Runs in one chain, the first one included. */
export const RUN_DEPTH_MAX = 10;
/** Runs below one root. */
export const RUN_DESCENDANTS_MAX = 500;

/**
 * `running`: a worker is at it. `requested`: a gateway is to start its run. `starting`: a gateway has chosen the id of
 * that run and is at it. `waiting`: for the end of that run, for a person, or for a time.
 */
export type StepState = 'running' | 'requested' | 'starting' | 'waiting' | 'succeeded' | 'failed' | 'skipped';

/** How far one step of one device has come. */
export interface StepRecord {
  readonly state: StepState;
  readonly startedAtMs: number;
  readonly endedAtMs: number | null;
  readonly result: JsonValue;
  readonly error: RunError | null;
  /** The way that an `if` took. */
  readonly branch?: 'then' | 'else';
  /** What `result` of the step gave. */
  readonly vars?: JsonObject;
  /** The values of a `for-each`, as they were when it began. */
  readonly values?: readonly JsonValue[];
  /** The run that it starts; chosen before it is accepted, so that whoever goes on after a crash starts no second one. */
  readonly child?: { readonly runId: RunId; readonly createdAtUs: number };
  /** What the run is to be started with. */
  readonly request?: StepRequest;
  /** When it waits no longer, ms since the epoch. */
  readonly untilMs?: number;
  /** What a person is asked. */
  readonly message?: string;
  readonly approval?: StepApproval;
  /** How often a worker was lost with the device, when the step began or when it ended; never when absent. */
  readonly losses?: number;
}

export interface StepRequest {
  readonly params: JsonObject;
  readonly devices?: readonly string[];
}

export interface StepApproval {
  readonly isApproved: boolean;
  readonly by: string;
  readonly atMs: number;
  readonly comment?: string;
}

/**
 * One step of one device of a run. The device is empty where the workflow runs once. The key is the id of the step;
 * `<id>[<n>]` for the n-th value of a `for-each`, counted from 0.
 */
export interface StepRef {
  readonly runId: RunId;
  readonly device: string;
  readonly step: string;
}

/** The key of the step that a `for-each` runs for its n-th value, counted from 0. */
export function iterationKey(stepId: string, index: number): string {
  return `${stepId}[${index}]`;
}

/** The step of a workflow that has this key, in a `for-each` or not; undefined when there is none. */
export function stepOfKey(service: Service | null, key: string): WorkflowStep | undefined {
  if (service?.type !== WORKFLOW_TYPE) return undefined;
  const { steps } = service.settings as unknown as WorkflowSettings;
  const [, id = key, index] = /^(.+)\[(\d+)\]$/.exec(key) ?? [];
  const found = steps.find((step) => step.id === id);
  return index !== undefined && found?.type === 'for-each' ? found.step : found;
}

export interface StepRow extends Omit<StepRef, 'runId'> {
  readonly record: StepRecord;
}
