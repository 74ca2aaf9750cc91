import type { ErrorCode, FieldError, Problem } from '@runyard/domain';

/** What can go wrong before or instead of a proper answer of the gateway. */
export type TransportCode = 'UNREACHABLE' | 'TIMEOUT' | 'ANSWER_UNEXPECTED';

/** A call that did not succeed: the gateway's problem document, or why there is none. */
export class ClientError extends Error {
  readonly code: ErrorCode | TransportCode;
  /** The HTTP status; 0 when there was no answer. */
  readonly status: number;
  readonly detail: string;
  readonly errors: readonly FieldError[];
  readonly problem: Problem | undefined;
  /** Seconds after which the gateway wants the call again. */
  readonly retryAfter: number | undefined;

  constructor(answer: {
    code: ErrorCode | TransportCode;
    status: number;
    detail: string;
    problem?: Problem | undefined;
    retryAfter?: number | undefined;
    cause?: unknown;
  }) {
    super(answer.detail, answer.cause === undefined ? undefined : { cause: answer.cause });
    this.name = 'ClientError';
    this.code = answer.code;
    this.status = answer.status;
    this.detail = answer.detail;
    this.errors = answer.problem?.errors ?? [];
    this.problem = answer.problem;
    this.retryAfter = answer.retryAfter;
  }
}

/** The error behind an answer that is not 2xx; anything but a problem document is ANSWER_UNEXPECTED. */
export async function errorOfAnswer(answer: Response, what: string): Promise<ClientError> {
  const retryAfter = retryAfterOf(answer.headers);
  const problem = problemOf(await answer.text().catch(() => ''));
  if (problem) {
    return new ClientError({ code: problem.code, status: answer.status, detail: problem.detail, problem, retryAfter });
  }
  const detail = `${what} answered ${answer.status} without a problem document. Is it a Runyard gateway?`;
  return new ClientError({ code: 'ANSWER_UNEXPECTED', status: answer.status, detail, retryAfter });
}

/** The error behind a fetch that rejected: no connection, a broken one, or our own time limit. */
export function errorOfConnection(error: unknown, what: string): ClientError {
  if (property(error, 'name') === 'TimeoutError') {
    return new ClientError({ code: 'TIMEOUT', status: 0, detail: `${what} did not answer in time.`, cause: error });
  }
  const reason = reasonOf(error);
  const detail = `${what} cannot be reached${reason ? `: ${reason}` : ''}.`;
  return new ClientError({ code: 'UNREACHABLE', status: 0, detail, cause: error });
}

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ECONNRESET: 'the connection was cut',
  ENOTFOUND: 'the name is not known',
  ETIMEDOUT: 'no answer',
  EHOSTUNREACH: 'no route to it',
  UND_ERR_SOCKET: 'the connection was cut',
};

function reasonOf(error: unknown): string {
  const code = property(property(error, 'cause'), 'code') ?? property(error, 'code');
  return typeof code === 'string' ? (REASONS[code] ?? code) : '';
}

/** Errors of fetch come from another realm under some runtimes, so that `instanceof` would not know them. */
function property(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

function problemOf(text: string): Problem | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const isProblem = typeof value === 'object' && value !== null && 'code' in value && 'detail' in value;
    return isProblem ? (value as Problem) : undefined;
  } catch {
    return undefined;
  }
}

/** Seconds from a Retry-After header, be it a number or a date. */
function retryAfterOf(headers: Headers): number | undefined {
  const value = headers.get('retry-after');
  if (value === null) return undefined;
  const seconds = /^\d+$/.test(value) ? Number(value) : (Date.parse(value) - Date.now()) / 1000;
  return Number.isFinite(seconds) ? Math.max(0, seconds) : undefined;
}
