import { AppError } from '@runyard/domain';
import type { Request } from 'express';

/**
 * Refuses changes that a page of another site makes a browser send: the browser adds the login that it knows for this
 * address by itself. Programs send no `Origin`. Throws PERMISSION_DENIED.
 */
export function checkOrigin(request: Request): void {
  const { origin } = request.headers;
  if (origin === undefined || request.method === 'GET' || request.method === 'HEAD') return;
  if (URL.canParse(origin) && new URL(origin).host === request.host) return;
  throw new AppError('PERMISSION_DENIED', 'Pages of other sites may not call this API.');
}
