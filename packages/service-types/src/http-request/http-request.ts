import type { HttpRequestSettings } from '@runyard/contracts';
import {
  deviceError,
  type ErrorCode,
  type JsonObject,
  type ServiceType,
  type Task,
  type TaskOutcome,
} from '@runyard/domain';
import {
  type AddressRules,
  createAddressPolicy,
  createConnections,
  LINEAGE_HEADER,
  type ResolveName,
} from '@runyard/outbound';
import type { Dispatcher } from 'undici';
import { abortError } from '../process/abort-error.ts';
import { exchange, type ExchangeAnswer, type ExchangeRequest, type FirstRequest } from './exchange.ts';
import { httpError } from './http-errors.ts';
import { requestContent } from './request-content.ts';
import { requestUrl, shownUrl } from './request-url.ts';
import { bodyText, parseBody, readBody } from './response-body.ts';

const RESPONSE_BYTES_MAX = 1024 * 1024;
const UNEXPECTED_BYTES_MAX = 2 * 1024;
const HEADER_CHARS_MAX = 1024;

export interface HttpRequestOptions extends AddressRules {
  /** Resolves names; the system's way unless a test stands in. */
  readonly resolve?: ResolveName;
  /** Where gateways of this installation are reached: only they are told from which run a call comes. */
  readonly gatewayUrls?: readonly string[];
}

/** The service type `http-request`: the result is the body, success is an expected status. */
export function createHttpRequest({ resolve, gatewayUrls = [], ...rules }: HttpRequestOptions = {}): ServiceType {
  const ownOrigins = new Set(gatewayUrls.map((url) => new URL(url).origin));
  const connections = createConnections(createAddressPolicy({ setting: 'workerHttp.allowCidrs', ...rules }), resolve);
  return {
    name: 'http-request',
    async run(task) {
      // The schema of the type was checked when the service was stored.
      const settings = task.service.settings as HttpRequestSettings;
      if (task.signal.aborted) throw abortError(task.signal);
      const request: ExchangeRequest = {
        method: settings.method ?? 'GET',
        url: requestUrl(settings.url, settings.query ?? {}, task.render),
        ...requestContent(settings, task.credential, task.render),
      };
      const headersFor = (origin: string): Readonly<Record<string, string>> => {
        const lineage = ownOrigins.has(origin) ? task.lineage : undefined;
        return lineage === undefined ? {} : { [LINEAGE_HEADER]: lineage };
      };
      return within(task, settings.timeoutMs ?? task.timeoutMs, async (signal) => {
        const dispatcher = await connections.dispatcher(settings.tls?.verify ?? true);
        return call({ request, headersFor }, settings, dispatcher, signal);
      });
    },
    stop: () => connections.close(),
  };
}

/** Runs the call until the task is aborted or the time is over, and gives every failure its code. */
async function within(
  task: Task,
  timeoutMs: number,
  work: (signal: AbortSignal) => Promise<TaskOutcome>,
): Promise<TaskOutcome> {
  const ended = new AbortController();
  const abort = (): void => ended.abort(abortError(task.signal));
  const timer = setTimeout(() => {
    ended.abort(deviceError('CONNECTION_TIMEOUT', `The device did not answer within ${timeoutMs} ms`));
  }, timeoutMs);
  task.signal.addEventListener('abort', abort, { once: true });
  try {
    return await work(ended.signal);
  } catch (error) {
    throw ended.signal.aborted ? abortError(ended.signal) : httpError(error);
  } finally {
    clearTimeout(timer);
    task.signal.removeEventListener('abort', abort);
  }
}

async function call(
  first: FirstRequest,
  settings: HttpRequestSettings,
  dispatcher: Dispatcher,
  signal: AbortSignal,
): Promise<TaskOutcome> {
  const answer = await exchange(first, dispatcher, settings.followRedirects ?? 0, signal);
  const { statusCode, body, headers } = answer.response;
  const fields = fieldsOf(answer);
  const contentType = String(headers['content-type'] ?? '');
  if (!isExpected(statusCode, settings.expectedStatus)) {
    const { bytes, isCut } = await readBody(body, UNEXPECTED_BYTES_MAX);
    const code: ErrorCode =
      statusCode === 401 && isAuthenticated(settings) ? 'AUTHENTICATION_FAILED' : 'RESPONSE_UNEXPECTED';
    const error = { code, message: `The device answered with status ${statusCode}` };
    return { success: false, result: bodyText(bytes, contentType, isCut), error, fields };
  }
  const bytesMax = settings.responseBytesMax ?? RESPONSE_BYTES_MAX;
  const { bytes, isCut } = await readBody(body, bytesMax);
  if (isCut) throw deviceError('OUTPUT_TOO_LARGE', `The response is larger than ${bytesMax} bytes`);
  const text = bodyText(bytes, contentType);
  const isEmpty = text === '' && settings.parse === 'json';
  return { success: true, result: isEmpty ? null : parseBody(text, contentType, settings.parse ?? 'auto'), fields };
}

function isAuthenticated({ auth }: HttpRequestSettings): boolean {
  return auth === 'basic' || auth === 'bearer';
}

function isExpected(status: number, expected: HttpRequestSettings['expectedStatus']): boolean {
  if (expected === undefined) return status >= 200 && status <= 299;
  return expected.some((entry) => {
    const text = String(entry);
    return text.endsWith('xx') ? text[0] === String(status)[0] : text === String(status);
  });
}

/** Few headers, and no user info: a row is read by many. */
function fieldsOf({ request, response }: ExchangeAnswer): JsonObject {
  const { 'content-type': contentType, location, 'retry-after': retryAfter } = response.headers;
  const headers: JsonObject = {
    'content-type': shownHeader(contentType),
    location: shownLocation(location, request.url),
    'retry-after': shownHeader(retryAfter),
  };
  const shown = Object.entries(headers).filter(([, value]) => value !== undefined);
  return {
    url: shownUrl(request.url),
    method: request.method,
    status_code: response.statusCode,
    headers: Object.fromEntries(shown),
  };
}

function shownHeader(value: string | string[] | undefined): string | undefined {
  return typeof value === 'string' ? value.slice(0, HEADER_CHARS_MAX) : undefined;
}

function shownLocation(value: string | string[] | undefined, from: URL): string | undefined {
  if (typeof value !== 'string' || !URL.canParse(value, from.href)) return undefined;
  const target = new URL(value, from);
  return /^https?:$/.test(target.protocol) ? shownHeader(shownUrl(target)) : undefined;
}
