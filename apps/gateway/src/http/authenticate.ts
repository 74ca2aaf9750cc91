import { type AccessView, AppError, type CatalogStore, type Clock, type Principal } from '@runyard/domain';
import { type Identity, principalOn } from '@runyard/identity';
import { credentialsOf } from './call-credentials.ts';
import type { Authenticate } from './endpoint.ts';
import { RecentAccess } from './recent-access.ts';
import { checkSessionOrigin } from './same-origin.ts';

export interface AuthenticateDependencies {
  readonly identity: Pick<Identity, 'authenticate'>;
  readonly catalog: Pick<CatalogStore, 'view' | 'lastView'>;
  readonly clock: Clock;
}

/**
 * The one door for Basic, API keys, tokens and the cookie of the dashboard: verifies the credential and adds what the
 * catalog allows its holder.
 */
export function createAuthenticate({ identity, catalog, clock }: AuthenticateDependencies): Authenticate {
  const recent = new RecentAccess(catalog, clock);
  const known = new WeakMap<Principal, { readonly access: AccessView; readonly principal: Principal }>();
  return async (request) => {
    const credentials = credentialsOf(request);
    const verified = await identity.authenticate(credentials);
    if (credentials.session !== undefined) checkSessionOrigin(request);
    const looked = recent.view();
    const access = looked instanceof Promise ? await looked : looked;
    // Whoever was verified comes again as the very same object until something about him changes.
    const before = known.get(verified);
    if (before?.access === access) return before.principal;
    const principal = principalOn(verified, access);
    if (!principal) throw new AppError('CREDENTIALS_WRONG', `The service account '${verified.name}' is not enabled.`);
    known.set(verified, { access, principal });
    return principal;
  };
}
