import { randomBytes } from 'node:crypto';
import type { Clock, Log } from '@runyard/domain';
import type { RequestHandler, Response } from 'express';
import type { HttpMetrics } from '../metrics.ts';
import type { Route } from '../route.ts';

declare global {
  namespace Express {
    interface Request {
      /** Given by the caller or made here; in the answer, the log and each error. */
      requestId: string;
      receivedAtMs: number;
      /** Set when the address was found. */
      operation?: Operation;
      /** Set when the caller proved who he is. */
      principalName?: string;
    }
  }
}

/** What metrics, log and errors ask of a route. */
type Operation = Pick<Route, 'path' | 'tag' | 'errors'>;

export interface RequestContextDependencies {
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: HttpMetrics;
  /** Runs the rest of the request so that each log line in it carries the fields. */
  readonly withLogContext: <Value>(fields: Readonly<Record<string, string>>, work: () => Value) => Value;
}

const REQUEST_ID = /^[\w.:/+=-]{1,128}$/;

/** Gives each request its id and the safe headers, and when it is over one line in the log and its metrics. */
export function createRequestContext(deps: RequestContextDependencies): RequestHandler {
  const { clock, withLogContext } = deps;
  const nextId = createIds();
  // One function for all requests: `this` is the response that was closed.
  function closed(this: Response): void {
    report(this, deps);
  }
  return (request, response, next) => {
    const given = request.headers['x-request-id'];
    request.requestId = typeof given === 'string' && REQUEST_ID.test(given) ? given : nextId();
    request.receivedAtMs = clock.nowMs();
    response.setHeader('X-Request-Id', request.requestId);
    response.setHeader('X-Content-Type-Options', 'nosniff');
    response.setHeader('Cache-Control', 'no-store');
    response.on('close', closed);
    withLogContext({ requestId: request.requestId }, next);
  };
}

function report(response: Response, { clock, log, metrics }: RequestContextDependencies): void {
  const { req: request, statusCode: status } = response;
  const durationMs = clock.nowMs() - request.receivedAtMs;
  metrics.observe(request.operation, request.method, status, durationMs);
  if (request.operation?.tag === 'health') return;
  log.info('request answered', {
    requestId: request.requestId,
    method: request.method,
    path: pathOf(request.originalUrl),
    status,
    durationMs,
    ...(request.principalName === undefined ? {} : { principal: request.principalName }),
    // The caller went away before the answer was complete.
    ...(response.writableFinished ? {} : { brokenOff: true }),
  });
}

/** Without the query, which may hold what does not belong into a log or an answer, such as a key. */
export function pathOf(url: string): string {
  const end = url.indexOf('?');
  return (end === -1 ? url : url.slice(0, end)).slice(0, 300);
}

/** Ids that no other process gives: random once, then counting. */
function createIds(): () => string {
  const start = randomBytes(6).toString('hex');
  let count = 0;
  return () => {
    count += 1;
    return `${start}-${count.toString(36)}`;
  };
}
