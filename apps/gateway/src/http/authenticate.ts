import {
  type AccessView,
  AppError,
  type CatalogStore,
  type Clock,
  type Principal,
  rightsRevisionOf,
} from '@runyard/domain';
import { type Identity, principalOn } from '@runyard/identity';
import type { Request } from 'express';
import { credentialsOf } from './call-credentials.ts';
import { RecentAccess } from './recent-access.ts';
import { checkSessionOrigin } from './same-origin.ts';

export interface Authenticated {
  readonly principal: Principal;
  /** The revisions of users and of the catalog under which he was let in; what changed since has later ones. */
  readonly rightsRevision: string;
}

/** Proves who calls. Rejects with CREDENTIALS_MISSING, CREDENTIALS_WRONG or TOO_MANY_LOGINS. */
export type Authenticate = (request: Request) => Promise<Authenticated>;

export interface AuthenticateDependencies {
  readonly identity: Pick<Identity, 'authenticate'>;
  /** The revision of users that this gateway saw last. */
  readonly identityRevision: () => number;
  readonly catalog: Pick<CatalogStore, 'view' | 'lastView'>;
  readonly clock: Clock;
}

/**
 * The one door for Basic, API keys, tokens and the cookie of the dashboard: verifies the credential and adds what the
 * catalog allows its holder.
 */
export function createAuthenticate(deps: AuthenticateDependencies): Authenticate {
  const { identity, identityRevision, catalog, clock } = deps;
  const recent = new RecentAccess(catalog, clock);
  const known = new WeakMap<Principal, { readonly access: AccessView; readonly principal: Principal }>();
  return async (request) => {
    const credentials = credentialsOf(request);
    // Before the account is read, which may be newer then, and never older.
    const revision = identityRevision();
    const verified = await identity.authenticate(credentials);
    if (credentials.session !== undefined) checkSessionOrigin(request);
    const looked = recent.view();
    const access = looked instanceof Promise ? await looked : looked;
    const rightsRevision = rightsRevisionOf(revision, access.revision);
    // Whoever was verified comes again as the very same object until something about him changes.
    const before = known.get(verified);
    if (before?.access === access) return { principal: before.principal, rightsRevision };
    const principal = principalOn(verified, access);
    if (!principal) throw new AppError('CREDENTIALS_WRONG', `The service account '${verified.name}' is not enabled.`);
    known.set(verified, { access, principal });
    return { principal, rightsRevision };
  };
}
