import { type AppError, type ErrorCode, ERRORS, type JsonObject, type RunId } from '@runyard/domain';
import { serviceIdOf, uuidOf } from '@runyard/engine';
import { withPlaces } from './gateway-manager-error.ts';
import type { RunOutcome, RunOutput } from './run-outcome.ts';

/** What was asked to run, and where. */
export interface Asked {
  readonly service: string;
  readonly cluster: string;
}

/** Codes of JSON-RPC. */
const METHOD_NOT_FOUND = -32_601;
const PARAMS_WRONG = -32_602;
const SERVER_ERROR = -32_000;

/** Refusals that its clients look for in an answer with status 200; others are errors of HTTP. */
const KEPT_FROM_RUNNING: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'CATALOG_ITEM_NOT_FOUND',
  'CLUSTER_DISABLED',
  'CLUSTER_NOT_FOUND',
  'CLUSTER_READ_ONLY',
  'PARAMS_INVALID',
  'SERVICE_DISABLED',
  'SERVICE_NOT_FOUND',
  'SERVICE_TYPE_UNKNOWN',
  'SOURCE_UNAVAILABLE',
  'TARGETS_EMPTY',
  'TARGETS_UNKNOWN',
  'TOO_MANY_TARGETS',
]);

export function isKeptFromRunning({ code }: AppError): boolean {
  return KEPT_FROM_RUNNING.has(code);
}

/** Nothing was run: why stands where clients look for it. */
export function refusal(
  asked: Asked,
  requestId: string,
  error: Pick<AppError, 'code' | 'message' | 'errors'>,
): JsonObject {
  const { code, message, errors } = error;
  const data = code === 'SERVICE_NOT_FOUND' ? unknownService(asked) : withPlaces(message, errors);
  return {
    ...head(uuidOf(requestId), asked),
    status: 'error',
    state: 'Error',
    error: { code: rpcCode(code), message: ERRORS[code].title, data },
  };
}

function unknownService({ service, cluster }: Asked): string {
  return `Service '${service}' was not found on the cluster '${cluster}'`;
}

function rpcCode(code: ErrorCode): number {
  if (code === 'SERVICE_NOT_FOUND') return METHOD_NOT_FOUND;
  return code === 'PARAMS_INVALID' ? PARAMS_WRONG : SERVER_ERROR;
}

/** A run that was accepted, in one answer for both generations of clients. */
export function runAnswer(asked: Asked, runId: RunId, outcome: RunOutcome): JsonObject {
  const started = head(uuidOf(`run:${runId}`), asked);
  if (outcome.kind === 'error') {
    const error = { code: SERVER_ERROR, message: 'The service did not run to its end', data: outcome.why };
    return { ...started, status: 'error', state: 'Error', error, result: resultOf(asked, runId, null) };
  }
  const output = outcome.kind === 'completed' ? outcome.output : null;
  return { ...started, status: outcome.kind, state: 'Success', result: resultOf(asked, runId, output) };
}

function head(id: string, { service, cluster }: Asked): JsonObject {
  return { id, jsonrpc: '2.0', message: `Running ${service} on ${cluster}` };
}

function resultOf({ service, cluster }: Asked, runId: RunId, output: RunOutput | null): JsonObject {
  return { _id: runId, job_id: runId, data: serviceIdOf(cluster, service), ...outputAnswer(output) };
}

/** The output as the API names its parts; null while there is none. */
export function outputAnswer(output: RunOutput | null): JsonObject {
  return {
    return_code: output?.returnCode ?? null,
    stdout: output?.stdout ?? '',
    stderr: output?.stderr ?? '',
    start_time: output?.startTime ?? null,
    end_time: output?.endTime ?? null,
    elapsed_time: output?.elapsed ?? null,
    ...(output?.stateFile === undefined ? {} : { state_file: output.stateFile }),
  };
}
