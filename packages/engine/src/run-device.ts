import {
  AppError,
  type Attempt,
  chainOf,
  type Clock,
  type Converters,
  type Credential,
  type Credentials,
  DEFAULT_TIME_ZONE,
  type Device,
  type DeviceResult,
  ERRORS,
  isAppError,
  type JsonObject,
  type JsonValue,
  type Lineage,
  retryDelayMs,
  type RunError,
  type RunSpec,
  type Service,
  type ServiceSecret,
  type ServiceType,
  type SliceClaim,
  type SliceRef,
  type Task,
  type TaskIdentity,
  type TaskOutcome,
  type Templates,
  WORKFLOW_TYPE,
} from '@runyard/domain';
import { AttemptLimit } from './attempt-limit.ts';
import { checkResult } from './check-result.ts';
import { cut } from './cut-result.ts';
import { mayRender } from './may-render.ts';
import { NO_RESOURCES, type TaskResources } from './task-resources.ts';
import { yieldToEventLoop } from './yield-to-event-loop.ts';

export interface RunDeviceDependencies {
  readonly types: ReadonlyMap<string, ServiceType>;
  readonly templates: Templates;
  readonly converters: Converters;
  readonly credentials: Credentials;
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  readonly deviceByName: (name: string) => Promise<Device | null>;
  /** More output of one device is cut. */
  readonly outputBytesMax: number;
  readonly sourceFolder: (bundle: string) => Promise<string>;
  /** Signs for gateways of ours from which step of which run a call comes; the step is empty outside of workflows. */
  readonly lineageOf?: (lineage: Lineage) => string;
  /** What only services with a repository, a program of the catalog or a state need. */
  readonly resources?: TaskResources;
  /** Goes through the steps of a workflow; absent where nobody runs workflows. */
  readonly workflow?: (deps: RunDeviceDependencies, turn: DeviceTurn) => Promise<TaskOutcome>;
}

/** One device's turn in a slice. */
export interface DeviceTurn {
  readonly spec: RunSpec;
  readonly service: Service;
  /** The device's name; empty for a run with run method `once`. */
  readonly name: string;
  readonly device: Device | null;
  readonly inventory: readonly Device[];
  /** Aborts with the AppError that says why. */
  readonly signal: AbortSignal;
  readonly log: (line: string) => void;
  /** Lets go of the device slot while there is only waiting to do, and takes one again. */
  readonly pause: (delayMs: number) => Promise<void>;
  /** How often a worker was lost while the device was in work. */
  readonly losses: number;
  /** Aborts when whoever takes the slice next is to go on: the worker stops, or the run or its cluster pauses. */
  readonly leaving: AbortSignal;
  /** The step of a workflow that is in work. */
  readonly stepId?: string;
  /** The slice that the device is in, and the proof of owning it. */
  readonly slice: SliceRef;
  readonly claim: SliceClaim;
  /**
   * Waits for something long: the device counts as not in work, and holds no slot, until that resolves. Rejects with
   * LeftToOthers when whoever takes the slice next has to go on.
   */
  readonly park: <Value>(wait: (signal: AbortSignal) => Promise<Value>) => Promise<Value>;
}

/** The device is left where it is: nothing went wrong, and somebody else goes on with it. */
export class LeftToOthers extends Error {}

/** What a worker was lost with this often is not tried again. */
export const LOSSES_MAX = 2;

const VALUES_MAX = 1_000;

interface Tried {
  readonly outcome: TaskOutcome;
  readonly history: readonly Attempt[];
  readonly attempts: number;
}

/**
 * Runs a service on one device: skip, iteration, attempts, conversion, validation. Never rejects because of the
 * device: whatever it did becomes the result. Rejects when the turn was aborted, with the signal's reason.
 */
export async function runDevice(deps: RunDeviceDependencies, turn: DeviceTurn): Promise<DeviceResult> {
  const startedAtMs = deps.clock.nowMs();
  const finish = (partial: Pick<DeviceResult, 'state' | 'result'> & Partial<DeviceResult>): DeviceResult => ({
    name: turn.name,
    startedAtMs,
    durationMs: deps.clock.nowMs() - startedAtMs,
    attempts: 1,
    error: null,
    fields: {},
    history: [],
    ...partial,
  });
  try {
    if (turn.service.skip) await yieldToEventLoop(turn.spec.id);
    const skipped = turn.service.skip ? skip(deps, turn, {}) : null;
    if (skipped) return finish(skipped);
    const { outcome, history, attempts } = await tryService(deps, turn);
    if (turn.service.waitAfterMs > 0) await turn.pause(turn.service.waitAfterMs);
    return finish({
      state: outcome.success ? 'succeeded' : 'failed',
      result: cut(outcome.result, deps.outputBytesMax),
      error: outcome.error ?? null,
      fields: outcome.fields ?? {},
      attempts,
      history,
    });
  } catch (error) {
    if (turn.signal.aborted || error instanceof LeftToOthers) throw error;
    return finish({ state: 'failed', result: null, error: asRunError(error) });
  }
}

function tryService(deps: RunDeviceDependencies, turn: DeviceTurn): Promise<Tried> {
  if (turn.service.type === WORKFLOW_TYPE) return runAsWorkflow(deps, turn);
  return turn.service.forEach ? runEach(deps, turn, valuesOf(deps, turn)) : runAttempts(deps, turn, {});
}

async function runAsWorkflow(deps: RunDeviceDependencies, turn: DeviceTurn): Promise<Tried> {
  if (!deps.workflow) throw new AppError('SERVICE_TYPE_UNKNOWN', 'This worker does not run workflows.');
  return { outcome: await deps.workflow(deps, turn), history: [], attempts: 1 };
}

/** One step of a workflow that does work itself: skip, attempts, conversion and validation as for a service. */
export async function runWork(
  deps: RunDeviceDependencies,
  turn: DeviceTurn,
  extra: JsonObject,
): Promise<{ readonly state: DeviceResult['state']; readonly outcome: TaskOutcome }> {
  const skipped = turn.service.skip ? skip(deps, turn, extra) : null;
  if (skipped)
    return { state: skipped.state, outcome: { success: skipped.state !== 'failed', result: skipped.result } };
  const { outcome } = await runAttempts(deps, turn, extra);
  return { state: outcome.success ? 'succeeded' : 'failed', outcome };
}

function skip(
  deps: RunDeviceDependencies,
  turn: DeviceTurn,
  extra: JsonObject,
): Pick<DeviceResult, 'state' | 'result'> | null {
  const { when = '', as = 'discard' } = turn.service.skip ?? {};
  const text = deps.templates.render(when, scopeOf(turn, extra)).trim().toLowerCase();
  if (text === '' || text === 'false' || text === 'no' || text === '0') return null;
  const state = as === 'success' ? 'succeeded' : as === 'failure' ? 'failed' : 'skipped';
  return { state, result: 'skipped' };
}

function runScope(spec: RunSpec, service: string, timeZone: string): JsonObject {
  const { id, principal, actor, initiator, endpoint, parent, check = false } = spec;
  const chain = chainOf(spec).map((link) => ({ ...link }));
  return {
    id,
    service,
    principal,
    actor,
    initiator,
    chain,
    check,
    timeZone,
    endpoint: endpoint ?? null,
    parent: parent?.runId ?? null,
  };
}

/** What templates see of a device's turn. Identity comes from the record of the run; params never set it. */
export function scopeOf({ spec, service, device }: DeviceTurn, extra: JsonObject): JsonObject {
  const timeZone = spec.timeZone ?? DEFAULT_TIME_ZONE;
  // Last, so that nothing from outside stands for who runs what.
  return {
    ...extra,
    device: device as unknown as JsonObject,
    params: spec.params,
    payload: spec.payload,
    run: runScope(spec, service.name, timeZone),
    ctx: { timeZone },
  };
}

function valuesOf(deps: RunDeviceDependencies, turn: DeviceTurn): readonly JsonValue[] {
  const source = turn.service.forEach?.value ?? [];
  let values: unknown = source;
  if (typeof source === 'string') {
    const text = deps.templates.render(source, scopeOf(turn, {}));
    try {
      values = JSON.parse(text);
    } catch {
      throw new AppError('TEMPLATE_INVALID', `The values of for-each are not a JSON list: ${text.slice(0, 200)}`);
    }
  }
  if (!Array.isArray(values)) throw new AppError('TEMPLATE_INVALID', 'The values of for-each are not a list.');
  if (values.length > VALUES_MAX) {
    throw new AppError('TEMPLATE_INVALID', `for-each has ${values.length} values, at most ${VALUES_MAX} are possible.`);
  }
  return values as JsonValue[];
}

/** The service once for each value, one after the other; the result is an object by value. */
async function runEach(deps: RunDeviceDependencies, turn: DeviceTurn, values: readonly JsonValue[]): Promise<Tried> {
  const results: [string, JsonValue][] = [];
  let failed: TaskOutcome['error'];
  let attempts = 0;
  for (const value of values) {
    const tried = await runAttempts(deps, turn, { [turn.service.forEach?.as ?? 'value']: value });
    const key = typeof value === 'string' ? value : JSON.stringify(value);
    results.push([key, tried.outcome.result]);
    attempts += tried.attempts;
    if (!tried.outcome.success) {
      failed ??= { code: 'COMMAND_FAILED', ...tried.outcome.error, message: `${key}: ${tried.outcome.error?.message}` };
    }
  }
  const result = Object.fromEntries(results);
  return { outcome: { success: !failed, result, ...(failed ? { error: failed } : {}) }, history: [], attempts };
}

async function runAttempts(deps: RunDeviceDependencies, turn: DeviceTurn, extra: JsonObject): Promise<Tried> {
  const retries = turn.spec.retries ?? turn.service.retries;
  const history: Attempt[] = [];
  for (let attempt = 1; ; attempt += 1) {
    const startedAtMs = deps.clock.nowMs();
    const outcome = await runAttempt(deps, turn, extra, attempt);
    const error = outcome.success ? null : asRunError(outcome.error);
    if (attempt > 1 || retries.count > 0) {
      history.push({ startedAtMs, durationMs: deps.clock.nowMs() - startedAtMs, error });
    }
    const again = error !== null && attempt <= retries.count && ERRORS[error.code].retry === 'later';
    if (!again) return { outcome, attempts: attempt, history: attempt > 1 ? history : [] };
    const delayMs = retryDelayMs(retries, attempt + 1, deps.random());
    turn.log(`attempt ${attempt} failed, next in ${delayMs} ms: ${error.message}`);
    await turn.pause(delayMs);
  }
}

async function runAttempt(
  deps: RunDeviceDependencies,
  turn: DeviceTurn,
  extra: JsonObject,
  attempt: number,
): Promise<TaskOutcome> {
  const { service, device } = turn;
  const type = deps.types.get(service.type);
  if (!type)
    return failure(new AppError('SERVICE_TYPE_UNKNOWN', `This worker does not run '${service.type}' services.`));
  const timeoutMs = turn.spec.timeoutMs ?? service.timeoutMs;
  turn.signal.throwIfAborted();
  const limit = new AttemptLimit(turn.signal, timeoutMs);
  try {
    const isDevices = device !== null && type.credentialOf !== 'service';
    const credential = await (isDevices ? deps.credentials.forDevice(device, service) : ownCredential(deps, service));
    const secrets = service.secrets ? await openSecrets(deps.credentials, service.secrets) : NO_SECRETS;
    const task = makeTask(deps, turn, { attempt, timeoutMs, limit, credential, secrets, extra });
    if (mayRender(service)) await yieldToEventLoop(turn.spec.id);
    const outcome = await limit.hold(type.run(task));
    if (service.convert !== 'none') await yieldToEventLoop(turn.spec.id);
    return finishOutcome(deps, service, outcome);
  } catch (error) {
    if (turn.signal.aborted) throw turn.signal.reason;
    return failure(limit.reason ?? error);
  } finally {
    limit.end();
  }
}

function ownCredential(deps: RunDeviceDependencies, service: Service): Promise<Credential | null> {
  return service.credential === undefined ? Promise.resolve(null) : deps.credentials.named(service.credential);
}

const NO_SECRETS: Task['secrets'] = {};

async function openSecrets(credentials: Credentials, secrets: readonly ServiceSecret[]): Promise<Task['secrets']> {
  const opened = secrets.map(async ({ name, target }) => [target, await credentials.secret(name)] as const);
  return Object.fromEntries(await Promise.all(opened));
}

interface AttemptFacts {
  readonly attempt: number;
  readonly timeoutMs: number;
  readonly limit: AttemptLimit;
  readonly credential: Credential | null;
  readonly secrets: Task['secrets'];
  readonly extra: JsonObject;
}

function makeTask(deps: RunDeviceDependencies, turn: DeviceTurn, facts: AttemptFacts): Task {
  const { spec, service, device, inventory, log } = turn;
  const { attempt, timeoutMs, limit, credential, secrets, extra } = facts;
  const resources = deps.resources ?? NO_RESOURCES;
  let lineage: string | undefined;
  return {
    attempt,
    timeoutMs,
    outputBytesMax: deps.outputBytesMax,
    credential,
    secrets,
    get signal() {
      return limit.signal;
    },
    // Signed when a type asks for it, as most do not; once, so that what is hidden is what was given.
    get lineage() {
      return (lineage ??= deps.lineageOf?.({ runId: spec.id, stepId: turn.stepId ?? '' }));
    },
    runId: spec.id,
    identity: identityOf(spec),
    service,
    device,
    inventory,
    params: spec.params,
    payload: spec.payload,
    check: spec.check === true,
    timeZone: spec.timeZone ?? DEFAULT_TIME_ZONE,
    render: (template) => deps.templates.render(template, scopeOf(turn, extra)),
    log,
    async lookup(name) {
      const found = await deps.deviceByName(name);
      if (!found) throw new AppError('DEVICE_DELETED', `There is no device with the name '${name}'.`);
      return { device: found, credential: await deps.credentials.forDevice(found, service) };
    },
    sourceFolder() {
      if (service.bundle !== undefined) return deps.sourceFolder(service.bundle);
      if (service.repository !== undefined) {
        return resources.repositoryFolder(service.repository, spec.id, limit.signal);
      }
      return Promise.reject(new AppError('SOURCE_UNAVAILABLE', `The service '${service.name}' has no source.`));
    },
    inputNames: () => resources.inputNames(service),
    executableObject: (name) => resources.executableObject(name),
    keptState: (name) => {
      const holder = { runId: spec.id, device: turn.name, service: service.name, principal: spec.principal };
      return resources.keptState(name, holder, limit.signal);
    },
  };
}

function identityOf(spec: RunSpec): TaskIdentity {
  const { initiator, actor, principal } = spec;
  return { initiator, actor, principal, chain: chainOf(spec).map(({ runId }) => runId) };
}

function finishOutcome(deps: RunDeviceDependencies, service: Service, outcome: TaskOutcome): TaskOutcome {
  if (!outcome.success) return outcome;
  const result =
    service.convert === 'none'
      ? outcome.result
      : deps.converters.convert(service.convert, outcome.result, service.textfsm);
  const problem = service.validate ? checkResult(service.validate, result) : null;
  if (problem === null) return { ...outcome, result };
  return { ...outcome, success: false, result, error: { code: 'VALIDATION_FAILED', message: problem } };
}

function failure(error: unknown): TaskOutcome {
  return { success: false, result: null, error: asRunError(error) };
}

export function asRunError(error: unknown): RunError {
  if (isAppError(error)) return { code: error.code, message: error.message };
  if (
    typeof error === 'object' &&
    error !== null &&
    'code' in error &&
    'message' in error &&
    !(error instanceof Error)
  ) {
    return error as RunError;
  }
  return { code: 'INTERNAL', message: 'The worker failed at this device. Its log has the cause.' };
}
