import { parseDuration, type RunRequest as RunRequestBody } from '@runyard/contracts';
import { type JsonObject, type Retries, type Rollout, ROLLOUT_DEFAULTS, SERVICE_DEFAULTS } from '@runyard/domain';
import type { RunRequest } from '@runyard/engine';

/** What the native API was asked, as the engine wants it. The body was checked against its schema. */
export function toRunRequest(body: RunRequestBody): RunRequest {
  const params = (body.params ?? {}) as JsonObject;
  return {
    service: body.service,
    targets: { devices: body.devices ?? [], ipAddresses: body.ipAddresses ?? [], pools: body.pools ?? [] },
    targetRule: 'aggregate',
    ignoreInvalidTargets: false,
    params,
    payload: params,
    ...limits(body),
    ...(body.version === undefined ? {} : { version: body.version }),
    ...(body.cluster === undefined ? {} : { cluster: body.cluster }),
    ...(body.timeZone === undefined ? {} : { timeZone: body.timeZone }),
    ...(body.check === undefined ? {} : { check: body.check }),
    ...(body.labels === undefined ? {} : { labels: body.labels }),
    ...(body.callbackUrl === undefined ? {} : { callbackUrl: body.callbackUrl }),
    ...(body.runAs === undefined ? {} : { runAs: body.runAs }),
    ...(body.dryRun === undefined ? {} : { dryRun: body.dryRun }),
    ...order(body),
  };
}

function limits(body: RunRequestBody): Partial<RunRequest> {
  const timeoutMs = parseDuration(body.timeout);
  const runTimeoutMs = parseDuration(body.runTimeout);
  return {
    ...(timeoutMs === null ? {} : { timeoutMs }),
    ...(runTimeoutMs === null ? {} : { runTimeoutMs }),
    ...(body.retries === undefined ? {} : { retries: retriesOf(body.retries) }),
    ...(body.parallel === undefined ? {} : { parallel: body.parallel }),
  };
}

/** When and in which order its devices begin. */
function order({ priority, lock, rollout, queueTtl, deadline }: RunRequestBody): Partial<RunRequest> {
  const queueTtlMs = parseDuration(queueTtl);
  return {
    ...(priority === undefined ? {} : { priority }),
    ...(lock === undefined ? {} : { lock }),
    ...(rollout === undefined ? {} : { rollout: rolloutOf(rollout) }),
    ...(queueTtlMs === null ? {} : { queueTtlMs }),
    ...(deadline === undefined ? {} : { deadlineMs: Date.parse(deadline) }),
  };
}

function rolloutOf({ canary, batches, maxFailures, soak, onBreach }: NonNullable<RunRequestBody['rollout']>): Rollout {
  return {
    ...(canary === undefined ? {} : { canary }),
    ...(batches === undefined ? {} : { batches }),
    ...(maxFailures === undefined ? {} : { maxFailures }),
    soakMs: parseDuration(soak) ?? ROLLOUT_DEFAULTS.soakMs,
    onBreach: onBreach ?? ROLLOUT_DEFAULTS.onBreach,
  };
}

function retriesOf({ count, delay, backoff }: NonNullable<RunRequestBody['retries']>): Retries {
  const preset = SERVICE_DEFAULTS.retries;
  return {
    count: count ?? preset.count,
    delayMs: parseDuration(delay) ?? preset.delayMs,
    backoff: backoff ?? preset.backoff,
  };
}
