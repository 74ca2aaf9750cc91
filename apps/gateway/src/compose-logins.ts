import type { AuditLog, CatalogStore, Clock, Log } from '@runyard/domain';
import { createOidcLogin, type Identity, type OidcSettings } from '@runyard/identity';
import { DenialLog } from './denial-log.ts';
import type { GatewayDependencies } from './gateway-dependencies.ts';
import { createAuthenticate } from './http/authenticate.ts';
import { notedLogins } from './noted-logins.ts';

export interface LoginParts {
  readonly identity: Identity;
  readonly catalog: CatalogStore;
  readonly audit: AuditLog;
  /** The identity provider of people; none when absent. */
  readonly oidc?: OidcSettings | undefined;
  readonly clock: Clock;
  readonly log: Log;
}

/** How callers are let in, and where those are written down that are not. */
type Logins = Pick<
  GatewayDependencies,
  'authenticate' | 'identityRevision' | 'accounts' | 'tokens' | 'oidc' | 'denials'
>;

export function composeLogins({ identity, catalog, audit, oidc, clock, log }: LoginParts): Logins {
  const denials = new DenialLog(audit, clock, log);
  const noted = notedLogins(identity, denials);
  const identityRevision = () => identity.lastRevision();
  return {
    authenticate: createAuthenticate({ identity: noted, identityRevision, catalog, clock }),
    identityRevision,
    accounts: identity,
    tokens: { ...identity, ...noted },
    oidc: oidc ? { login: createOidcLogin(oidc, clock), roles: oidc.roles } : null,
    denials,
  };
}
