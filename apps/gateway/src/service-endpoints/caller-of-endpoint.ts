import { AppError, rightsRevisionOf, serviceAccountOf } from '@runyard/domain';
import type { Request } from 'express';
import type { GatewayDependencies } from '../gateway-dependencies.ts';
import type { Authenticated } from '../http/authenticate.ts';
import { credentialsOf } from '../http/call-credentials.ts';
import type { Site } from '../http/cors.ts';
import type { FoundEndpoint } from './find-endpoint.ts';

/**
 * Who calls an endpoint: by credentials, or the anonymous account where both the installation and the service want that.
 * Wrong credentials are never taken for none. Rejects with CREDENTIALS_MISSING, CREDENTIALS_WRONG or PERMISSION_DENIED.
 */
export async function callerOfEndpoint(
  { authenticate, identityRevision, settings, log }: GatewayDependencies,
  request: Request,
  { service, view }: FoundEndpoint,
  site: Site,
): Promise<Authenticated> {
  const { authorization, address: _address, ...cookies } = credentialsOf(request);
  const hasCookie = Object.keys(cookies).length > 0;
  const { anonymousAccount } = settings;
  if (authorization === undefined && !hasCookie && service.allowUnauthenticated && anonymousAccount) {
    const anonymous = serviceAccountOf(anonymousAccount, view, { credentialId: 'anonymous' });
    if (anonymous) {
      return { principal: anonymous, rightsRevision: rightsRevisionOf(identityRevision(), view.revision) };
    }
    log.warn('a call without credentials was refused: its service account is not there or disabled', {
      account: anonymousAccount,
      service: service.name,
    });
  }
  // Browsers send a login or cookie by themselves, to whatever page; an API key only by code that knows it.
  const isAddedByBrowser = hasCookie || /^basic /i.test(authorization ?? '');
  if (isAddedByBrowser && (site === 'any' || site === 'other')) throw otherSite();
  return authenticate(request);
}

/** Refuses what changes something for a page of another site. Throws PERMISSION_DENIED. */
export function checkSite({ method }: Request, site: Site): void {
  if (site === 'other' && method !== 'GET') throw otherSite();
}

function otherSite(): AppError {
  return new AppError('PERMISSION_DENIED', 'Pages of other sites may not call this endpoint with your login.');
}
