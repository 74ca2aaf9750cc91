import {
  AppError,
  type AuditLog,
  type CatalogStore,
  type CatalogView,
  type CheckedTargets,
  checkTargets,
  type ClusterRules,
  type Device,
  type InputValidator,
  isAppError,
  type JsonObject,
  type JsonSchema,
  resolveTargets,
  RIGHTS_UNSURE,
  rightsRevisionOf,
  type RunIds,
  type RunPlan,
  type RunQueue,
  runRefusal,
  type RunSpec,
  type RunStore,
  type RunTree,
  type Service,
  type Versioned,
} from '@runyard/domain';
import type { Admission } from './admission.ts';
import { acceptedEntry, isDecision, refusedRun } from './audit-decision.ts';
import { callEndpoint } from './call-endpoint.ts';
import { clustersOfRun } from './clusters-of-run.ts';
import type { DecisionLog } from './decision-log.ts';
import { inputsOf } from './inputs-of.ts';
import { belowOf, checkChain, deadlineBelow, takePlace } from './join-chain.ts';
import { planAtOnce, sliceJob } from './plan-of-run.ts';
import { checkDevices, partiesOf } from './run-parties.ts';
import { type BelowRun, type Caller, RUN_DEVICES_MAX, type RunRequest } from './run-request.ts';
import { specOf } from './run-spec.ts';

export interface AcceptRunDependencies {
  readonly catalog: CatalogStore;
  readonly runs: RunStore;
  readonly queue: RunQueue;
  readonly ids: RunIds;
  readonly inputs: InputValidator;
  /** Absent: nothing is refused for want of room. */
  readonly admission?: Admission;
  /** Absent: every cluster takes runs. */
  readonly clusterRules?: ClusterRules;
  /** Which runs started which; a run below another one needs it. */
  readonly tree?: RunTree;
  /**
   * The revision of users that this process saw last, for a caller who does not say under which one he was let in.
   * Absent: nobody looks again before a run begins.
   */
  readonly identityRevision?: () => number;
  /** Absent: runs that are accepted are not written down. */
  readonly audit?: AuditLog;
  /** Absent: runs that are refused are not written down. */
  readonly decisions?: Pick<DecisionLog, 'note'>;
}

export type AcceptRunAnswer =
  /** The run is durable: it will reach one terminal state, whatever dies. */
  | { readonly kind: 'accepted'; readonly spec: RunSpec }
  /** Targets are unknown and the caller did not say to go on without them: nothing was written. */
  | { readonly kind: 'unknown-targets'; readonly errors: readonly string[] }
  /** Nothing to run on: nothing was written. */
  | { readonly kind: 'no-targets'; readonly errors: readonly string[]; readonly warnings: readonly string[] }
  | { readonly kind: 'dry-run'; readonly devices: readonly Device[]; readonly targets: CheckedTargets };

/** Tries on a catalog that moves under them; each costs a look at the newest one. */
const ATTEMPTS_MAX = 5;

export type AcceptRun = (request: RunRequest, caller: Caller) => Promise<AcceptRunAnswer>;

/**
 * Accepts a run: everything that can be refused is refused here, with nothing left behind.
 * Rejects with SERVICE_NOT_FOUND, SERVICE_DISABLED, SERVICE_ACCOUNT_NOT_FOUND, SERVICE_ACCOUNT_DISABLED, ACT_AS_DENIED,
 * SERVICE_RUN_DENIED, DEVICE_USE_DENIED, ENDPOINT_NOT_FOUND, ENDPOINT_METHOD_NOT_ALLOWED, RUN_CYCLE, RUN_DEPTH,
 * RUN_DESCENDANTS, RUN_EXPIRED, PARAMETER_INVALID, PARAMS_INVALID, CLUSTER_NOT_FOUND, CLUSTER_DISABLED, CLUSTER_READ_ONLY,
 * TOO_MANY_TARGETS, STORE_FULL, QUEUE_FULL or STORE_UNAVAILABLE.
 */
export function createAcceptRun(deps: AcceptRunDependencies): AcceptRun {
  return async (request, caller) => {
    const asked = { request, caller, below: await belowOf(deps.runs, request) };
    try {
      return await acceptOn(asked);
    } catch (error) {
      if (isDecision(error)) await deps.decisions?.note(refusedRun(request, caller, asked.below, error));
      throw error;
    }
  };

  async function acceptOn(asked: Asked): Promise<AcceptRunAnswer> {
    // The copy of the catalog at hand is nearly always the newest, and the store refuses the run when it is not: so
    // accepting costs one round trip. What the copy would refuse is decided on the newest one.
    // An id that was chosen before is tried on the newest at once: its job may not be queued before its record is there.
    const known = asked.request.chosen ? null : deps.catalog.lastView();
    const answer = known ? await tryOn(known).catch(nullWhenRefused) : null;
    if (answer?.kind === 'accepted') return answer;
    for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt += 1) {
      const newest = await tryOn(await deps.catalog.view());
      if (newest) return newest;
    }
    throw new AppError('CATALOG_CONFLICT', 'The catalog changes all the time; nothing was accepted.', {
      retryAfter: 1,
    });

    /** Null when the catalog moved while the run was written: nothing was accepted then. */
    async function tryOn(view: CatalogView): Promise<AcceptRunAnswer | null> {
      const decision = await decide(deps, view, asked);
      if ('kind' in decision) return decision;
      const { spec, plan } = decision;
      const checking = deps.clusterRules?.check(() => clustersOfRun(spec, plan, view));
      if (checking) await checking;
      deps.admission?.admit(plan && plan.slices.map(({ cluster }) => cluster));
      const isWritten = spec.parent ? await storeBelow(spec, plan, view) : await store(deps, spec, plan, view.revision);
      return isWritten ? { kind: 'accepted', spec } : null;
    }
  }

  /** A place that was taken for nothing is given back; after an error nobody knows whether it was for nothing. */
  async function storeBelow(spec: RunSpec, plan: RunPlan | null, view: CatalogView): Promise<boolean> {
    if (!deps.tree || !spec.parent) throw new Error('a run below another one needs the tree of runs');
    await takePlace(deps.tree, spec);
    const isWritten = await store(deps, spec, plan, view.revision);
    if (!isWritten) await deps.tree.leave(spec.parent.rootRunId, spec.id);
    return isWritten;
  }
}

interface Asked {
  readonly request: RunRequest;
  readonly caller: Caller;
  readonly below: BelowRun | null;
}

/** A refusal may be due to an old catalog; after any other error nobody knows whether the run was written. */
function nullWhenRefused(error: unknown): null {
  if (isAppError(error) && error.code !== 'STORE_UNAVAILABLE') return null;
  throw error;
}

/** What would be done on this catalog, with nothing written yet. */
async function decide(
  deps: AcceptRunDependencies,
  view: CatalogView,
  { request: asked, caller, below }: Asked,
): Promise<Exclude<AcceptRunAnswer, { kind: 'accepted' }> | { readonly spec: RunSpec; readonly plan: RunPlan | null }> {
  const { item: service, version } = await findService(deps.catalog, view, asked);
  // Who may not run the service is told nothing of its endpoints and parameters.
  const parties = partiesOf(caller, asked.runAs, view);
  const refusal = runRefusal(parties, service.name, view);
  if (refusal) throw new AppError(refusal.code, refusal.message);
  const request = callEndpoint(deps.inputs, service, asked, caller.door);
  if (service.disabled) throw new AppError('SERVICE_DISABLED', `The service '${service.name}' is disabled.`);
  if (below) checkChain(below, service, request.endpoint);
  const { params, payload } = checkParams(deps.inputs, service, inputsOf(service, view), request);
  if (request.cluster !== undefined) checkCluster(view, request.cluster);

  const checked = checkTargets(request.targets, service, request.targetRule, view);
  if (checked.errors.length > 0 && !request.ignoreInvalidTargets) {
    return { kind: 'unknown-targets', errors: checked.errors };
  }
  checkDevices(parties.principal, checked.targets, view);
  if (request.dryRun) return { kind: 'dry-run', devices: resolveTargets(checked.targets, view), targets: checked };
  if (service.runMethod === 'per-device' && isEmpty(checked)) {
    return { kind: 'no-targets', errors: checked.errors, warnings: checked.warnings };
  }
  if (checked.targets.devices.length > RUN_DEVICES_MAX) {
    throw new AppError('TOO_MANY_TARGETS', `A run has at most ${RUN_DEVICES_MAX} devices.`);
  }
  const identity = request.chosen ?? deps.ids.next();
  const nowMs = Math.floor(identity.createdAtUs / 1_000);
  const spec = specOf({
    ...identity,
    request: below ? { ...request, ...deadlineBelow(below, request.deadlineMs, nowMs) } : request,
    caller,
    service,
    version,
    params,
    payload,
    checked,
    parties,
    below,
    rightsRevision: deps.identityRevision && revisionFor(caller, deps.identityRevision(), view),
  });
  return { spec, plan: planAtOnce(spec, service, view) };
}

/** The revision of rights on which a caller was let in; an older one than there is only has them looked at again. */
function revisionFor({ principal, rightsRevision }: Caller, identityRevision: number, view: CatalogView): string {
  if (principal.credentialEndsAtMs !== undefined) return RIGHTS_UNSURE;
  return rightsRevision ?? rightsRevisionOf(identityRevision, view.revision);
}

async function findService(
  catalog: CatalogStore,
  view: CatalogView,
  request: RunRequest,
): Promise<Pick<Versioned<Service>, 'item' | 'version'>> {
  const current = view.get('service', request.service);
  if (!current) throw new AppError('SERVICE_NOT_FOUND', `There is no service with the name '${request.service}'.`);
  if (request.version === undefined || request.version === current.version) return current;
  const item = await catalog.serviceVersion(request.service, request.version);
  if (!item) {
    throw new AppError(
      'SERVICE_NOT_FOUND',
      `The service '${request.service}' has no version ${request.version}; the newest is ${current.version}.`,
    );
  }
  return { item: { ...item, disabled: current.item.disabled === true }, version: request.version };
}

function checkCluster(view: CatalogView, cluster: string): void {
  if (!view.get('cluster', cluster)) {
    throw new AppError('CLUSTER_NOT_FOUND', `There is no cluster with the name '${cluster}'.`);
  }
}

function checkParams(
  inputs: InputValidator,
  service: Service,
  schema: JsonSchema | undefined,
  request: RunRequest,
): { params: JsonObject; payload: JsonObject } {
  if (!schema) return { params: request.params, payload: request.payload };
  const { params, errors } = inputs.validate(schema, request.params);
  if (errors.length > 0) {
    throw new AppError('PARAMS_INVALID', `The params do not fit the inputs of the service '${service.name}'.`, {
      errors: errors.map((error) => ({ ...error, path: `/params${error.path}` })),
    });
  }
  // Defaults of the schema reach templates by either name.
  return { params, payload: { ...params, ...request.payload } };
}

function isEmpty({ targets }: CheckedTargets): boolean {
  return targets.devices.length === 0 && targets.pools.length === 0;
}

/**
 * Record first, job second. When the process dies between the two, the reconciler adds the job: the record is what
 * makes the run accepted. So a job that could not be added is no refusal either: whoever was refused would send the run
 * again, and it would run twice. A job without a record, the other way round, finds nothing and ends. False when the
 * catalog is not at the revision any more, and nothing was accepted.
 */
async function store(
  { runs, queue, audit }: AcceptRunDependencies,
  spec: RunSpec,
  plan: RunPlan | null,
  catalogRevision: number,
): Promise<boolean> {
  const written = runs.accept(spec, plan, catalogRevision, audit && acceptedEntry(spec));
  if (!queue.followsStore && (await written) === 'catalog-moved') return false;
  const queued = plan
    ? queue.addSlices(plan.slices.map(({ cluster }, slice) => sliceJob(spec, slice, cluster)))
    : queue.addPlan(spec.id, spec.service, undefined, spec.priority);
  const [answer] = await Promise.all([written, queued.catch(() => undefined)]);
  return answer === 'written';
}
