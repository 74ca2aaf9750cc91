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

/**
 * Refuses changes with the cookie of a session unless the browser says that a page of ours makes them: by `Origin`,
 * which `checkOrigin` has compared, or by `Sec-Fetch-Site`. Throws PERMISSION_DENIED.
 */
export function checkSessionOrigin(request: Request): void {
  if (request.method === 'GET' || request.method === 'HEAD' || request.headers.origin !== undefined) return;
  const site = request.headers['sec-fetch-site'];
  if (site === 'same-origin' || site === 'none') return;
  throw new AppError('PERMISSION_DENIED', 'With the cookie of a session only pages of this gateway may change things.');
}
