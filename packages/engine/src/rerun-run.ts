import {
  isDelegated,
  AppError,
  type DeviceState,
  isTerminal,
  type Lineage,
  type RunId,
  type RunRecord,
  type RunSpec,
  type RunStore,
  WORKFLOW_TYPE,
} from '@runyard/domain';
import type { AcceptRun } from './accept-run.ts';
import { type Caller, RUN_DEVICES_MAX, type RunRequest } from './run-request.ts';

export interface RerunRunDependencies {
  readonly runs: Pick<RunStore, 'get' | 'devices' | 'targets'>;
  readonly accept: AcceptRun;
}

/** `failed`: the devices in this state; to resume, every one that did not succeed. `all`: every device that the run had. */
export type RerunOnly = 'failed' | 'all';

export interface RerunOrder {
  readonly only: RerunOnly;
  /** A workflow goes on at the step that failed; what was done before it is not done again. */
  readonly resume?: boolean;
  /** The run from which the call came over HTTP, as a signed header says. */
  readonly lineage?: Lineage;
}

export type RerunRun = (runId: RunId, order: RerunOrder, caller: Caller) => Promise<RunSpec>;

const PAGE_DEVICES = 1_000;

/** What is left to do when a workflow is resumed: also what was cancelled, or never began because the run expired. */
const UNDONE_STATES = ['failed', 'cancelled', 'unknown', 'pending', 'running'] as const satisfies DeviceState[];

/**
 * Runs the same version of the same service with the same params again, on devices of a run that has ended; those
 * that were deleted since are left out. Rejects with RUN_NOT_FOUND, RUN_NOT_ENDED, TARGETS_EMPTY and as AcceptRun does.
 */
export function createRerunRun({ runs, accept }: RerunRunDependencies): RerunRun {
  return async (runId, { only, resume = false, lineage }, caller) => {
    const record = await runs.get(runId);
    if (!record) throw new AppError('RUN_NOT_FOUND', `There is no run with the id '${runId}'.`);
    if (!isTerminal(record.state)) {
      throw new AppError('RUN_NOT_ENDED', `The run is ${record.state}; it can be run again when it has ended.`, {
        retryAfter: 5,
      });
    }
    if (resume && record.spec.type !== WORKFLOW_TYPE) {
      const errors = [{ path: '/resume', message: 'must be absent for a service that is no workflow' }];
      throw new AppError('BODY_INVALID', `'${record.spec.service}' has no steps to resume at.`, { errors });
    }
    const again = requestOf(
      record.spec,
      await targetsOf(record, only === 'all' ? null : resume ? UNDONE_STATES : ['failed']),
    );
    const request = { ...again, ...(resume ? { resume } : {}), ...(lineage ? { lineage } : {}) };
    const answer = await accept(request, caller);
    if (answer.kind === 'accepted') return answer.spec;
    throw new AppError('TARGETS_EMPTY', 'No device of the run is in the catalog any more.');
  };

  /** Devices in these states; all of them for null. */
  async function targetsOf(
    { spec, counts, planned }: RunRecord,
    states: readonly DeviceState[] | null,
  ): Promise<RunRequest['targets']> {
    // Of a run that ended before it was planned nothing was done, and its devices are not written down one by one.
    if (states?.every((state) => counts[state] === 0) && (planned || !states.includes('pending'))) {
      throw new AppError('TARGETS_EMPTY', `No device of the run '${spec.id}' is ${states.join(', ')}.`);
    }
    // Its one row stands for all devices.
    if (spec.runMethod === 'once' || !planned) {
      return { devices: [], pools: [], ...(await runs.targets(spec.id)), ipAddresses: [] };
    }
    const devices: string[] = [];
    for (const state of states ?? [null]) {
      if (state === null || counts[state] > 0) devices.push(...(await namesOf(spec.id, state)));
    }
    if (devices.length === 0) throw new AppError('TARGETS_EMPTY', `The run '${spec.id}' had no devices.`);
    return { devices, pools: [], ipAddresses: [] };
  }

  async function namesOf(runId: RunId, state: DeviceState | null): Promise<string[]> {
    const names: string[] = [];
    let cursor: string | null = null;
    do {
      const page = await runs.devices(runId, state, cursor, PAGE_DEVICES);
      for (const { name } of page.items) names.push(name);
      cursor = page.cursor;
    } while (cursor !== null && names.length < RUN_DEVICES_MAX);
    return names;
  }
}

function requestOf(spec: RunSpec, targets: RunRequest['targets']): RunRequest {
  const { service, version, params, payload, cluster, timeoutMs, runTimeoutMs, retries, parallel, check, labels } =
    spec;
  const { priority, lock, rollout, startByMs, timeZone } = spec;
  return {
    service,
    version,
    targets,
    targetRule: 'aggregate',
    ignoreInvalidTargets: true,
    params,
    payload,
    runTimeoutMs,
    rerunOf: spec.id,
    ...(cluster === undefined ? {} : { cluster }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...(retries === undefined ? {} : { retries }),
    ...(parallel === undefined ? {} : { parallel }),
    ...(check === undefined ? {} : { check }),
    ...(labels === undefined ? {} : { labels }),
    ...(timeZone === undefined ? {} : { timeZone }),
    ...(priority === undefined ? {} : { priority }),
    ...(lock === undefined ? {} : { lock }),
    ...(rollout === undefined ? {} : { rollout }),
    // The same again is also as the same account: whoever asks must be allowed to act as it.
    ...(isDelegated(spec) ? { runAs: spec.principal } : {}),
    ...(spec.endpoint === undefined ? {} : { endpoint: spec.endpoint }),
    ...(startByMs === undefined ? {} : { queueTtlMs: startByMs - Math.floor(spec.createdAtUs / 1_000) }),
  };
}
