import { type AppError, isAppError, type Log, type Problem, toProblem } from '@runyard/domain';
import type { ErrorRequestHandler, Request, Response } from 'express';
import { enmsError } from '../enms/enms-error.ts';
import { gatewayManagerError } from '../gateway-manager/gateway-manager-error.ts';
import type { ErrorForm } from '../route.ts';
import { discardRest } from './discard-rest.ts';
import { asAppError } from './known-error.ts';
import { hasBody } from './read-body.ts';
import { pathOf } from './request-context.ts';
import { sendText } from './send.ts';

/** Turns whatever a handler threw into the document of the API that was called. The last handler of the app. */
export function createSendError(log: Log): ErrorRequestHandler {
  // Express tells error handlers by their four parameters.
  return (thrown: unknown, request, response, _next) => {
    const error = asAppError(thrown);
    report(log, error, request);
    if (response.headersSent) {
      // Half an answer cannot be taken back: cutting it tells the caller that it is not whole.
      response.destroy();
      return;
    }
    sendError(error, request, response);
  };
}

function sendError(error: unknown, request: Request, response: Response): void {
  const problem = toProblem(error, pathOf(request.originalUrl), request.requestId);
  const { status } = problem;
  if (status === 401) response.setHeader('WWW-Authenticate', challenges(request));
  if (isAppError(error) && error.retryAfter !== undefined) {
    response.setHeader('Retry-After', String(Math.max(1, Math.ceil(error.retryAfter))));
  }
  const [mediaType, body] = documentOf(errorForm(request), problem);
  const send = (): void => sendText(response, status, `${mediaType}; charset=utf-8`, JSON.stringify(body));
  if (request.complete || !hasBody(request)) return send();
  // What is left of a body that was refused unread would be taken for the next request.
  response.setHeader('Connection', 'close');
  discardRest(request, send);
}

function documentOf(form: ErrorForm, problem: Problem): readonly [mediaType: string, body: object] {
  if (form === 'enms') return ['application/json', enmsError(problem)];
  if (form === 'gateway-manager') return ['application/json', gatewayManagerError(problem)];
  return ['application/problem+json', problem];
}

const GATEWAY_MANAGER_PATH = /^\/(gateway_manager|operations-manager|oauth|login|logout)(\/|\?|$)/;

function errorForm(request: Request): ErrorForm {
  if (request.operation) return request.operation.errors ?? 'problem';
  if (GATEWAY_MANAGER_PATH.test(request.originalUrl)) return 'gateway-manager';
  return request.originalUrl.startsWith('/rest/') ? 'enms' : 'problem';
}

/** A page that calls with its own code wants no login window of the browser, and says so with this header. */
function challenges(request: Request): string[] {
  const bearer = 'Bearer realm="Runyard"';
  return request.headers['x-requested-with'] === undefined
    ? ['Basic realm="Runyard", charset="UTF-8"', bearer]
    : [bearer];
}

function report(log: Log, error: unknown, request: Request): void {
  const known: AppError | null = isAppError(error) ? error : null;
  const fields = { requestId: request.requestId, code: known?.code ?? 'INTERNAL' };
  if (!known || known.status === 500) log.error('request failed', { ...fields, error });
  else if (known.status > 500) log.warn('request could not be served', { ...fields, error });
  else log.debug('request refused', { ...fields, detail: known.message });
}
