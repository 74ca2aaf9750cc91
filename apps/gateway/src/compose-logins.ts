import type { CatalogStore, Clock, IdentityStore } from '@runyard/domain';
import type { DecisionLog } from '@runyard/engine';
import { createOidcLogin, type Identity, type OidcSettings } from '@runyard/identity';
import type { GatewayDependencies } from './gateway-dependencies.ts';
import { createAuthenticate } from './http/authenticate.ts';
import { notedLogins } from './noted-logins.ts';

export interface LoginParts {
  readonly identity: Identity;
  readonly identities: Pick<IdentityStore, 'getUser'>;
  readonly catalog: CatalogStore;
  readonly decisions: DecisionLog;
  /** The identity provider of people; none when absent. */
  readonly oidc?: OidcSettings | undefined;
  readonly clock: Clock;
}

/** How callers are let in, and what there is to do with their accounts. */
type Logins = Pick<GatewayDependencies, 'authenticate' | 'identityRevision' | 'accounts' | 'tokens' | 'oidc'>;

export function composeLogins({ identity, identities, catalog, decisions, oidc, clock }: LoginParts): Logins {
  const noted = notedLogins(identity, decisions);
  const identityRevision = () => identity.lastRevision();
  return {
    authenticate: createAuthenticate({ identity: noted, identityRevision, catalog, clock }),
    identityRevision,
    accounts: { ...identity, getUser: (name) => identities.getUser(name) },
    tokens: { ...identity, ...noted },
    oidc: oidc ? { login: createOidcLogin(oidc, clock), roles: oidc.roles } : null,
  };
}
