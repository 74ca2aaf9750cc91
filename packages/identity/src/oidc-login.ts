import { AppError, type Clock } from '@runyard/domain';
import type { authorizationCodeGrant, Configuration } from 'openid-client';
import { type ExternalUser, readClaims } from './oidc-claims.ts';

/** Loaded with the first login: most installations have no identity provider, and a worker never asks one. */
const openidClient = () => import('openid-client');

/** How long what a provider says of itself is believed. */
const DISCOVERED_MS = 3_600_000;
const PROVIDER_TIMEOUT_S = 10;

export interface OidcSettings {
  /** Address of the identity provider; plain HTTP on the loopback only. */
  readonly issuer: string;
  readonly clientId: string;
  /** Absent for a public client: PKCE alone then. */
  readonly clientSecret?: string | undefined;
  /** Where the provider sends people back: the callback as browsers reach it. */
  readonly redirectUrl: string;
  /** What is asked for, with blanks in between. */
  readonly scope: string;
  readonly groupsClaim: string;
  readonly nameClaim: string;
  /** Roles that every user of the provider gets. */
  readonly roles: readonly string[];
}

/** What the browser keeps between the two halves of a login. */
export interface OidcAttempt {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
}

export interface OidcLogin {
  /** Where to send the browser. Rejects with LOGIN_UNAVAILABLE. */
  begin(): Promise<{ readonly url: string; readonly attempt: OidcAttempt }>;
  /**
   * Who came back, by the query of the callback. Rejects with CREDENTIALS_WRONG, LOGIN_UNAVAILABLE, and with
   * PERMISSION_DENIED for somebody whose claims make no user.
   */
  finish(query: string, attempt: OidcAttempt): Promise<ExternalUser>;
}

/** Logs people in at an identity provider: OpenID Connect, the authorization code flow with PKCE, state and nonce. */
export function createOidcLogin(settings: OidcSettings, clock: Clock): OidcLogin {
  let discovered: { readonly atMs: number; readonly value: Promise<Configuration> } | null = null;

  /** Asked by many at once it looks once; a failure is not kept. */
  function provider(): Promise<Configuration> {
    const ageMs = clock.nowMs() - (discovered?.atMs ?? Number.NEGATIVE_INFINITY);
    if (discovered && ageMs >= 0 && ageMs < DISCOVERED_MS) return discovered.value;
    const looked = { atMs: clock.nowMs(), value: discover(settings) };
    discovered = looked;
    looked.value.catch(() => {
      if (discovered === looked) discovered = null;
    });
    return looked.value;
  }

  return {
    async begin() {
      const configuration = await provider();
      const client = await openidClient();
      const verifier = client.randomPKCECodeVerifier();
      const attempt = { state: client.randomState(), nonce: client.randomNonce(), verifier };
      const url = client.buildAuthorizationUrl(configuration, {
        redirect_uri: settings.redirectUrl,
        scope: settings.scope,
        state: attempt.state,
        nonce: attempt.nonce,
        code_challenge: await client.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
      });
      return { url: url.href, attempt };
    },
    async finish(query, { state, nonce, verifier }) {
      const configuration = await provider();
      const url = new URL(settings.redirectUrl);
      url.search = query;
      const checks = { expectedState: state, expectedNonce: nonce, pkceCodeVerifier: verifier, idTokenExpected: true };
      const claims = await readIdentity(configuration, url, checks).catch(refused);
      return readClaims(claims, settings);
    },
  };
}

async function discover({ issuer, clientId, clientSecret }: OidcSettings): Promise<Configuration> {
  const server = new URL(issuer);
  const client = await openidClient();
  const execute = server.protocol === 'http:' ? [client.allowInsecureRequests] : [];
  try {
    return await client.discovery(server, clientId, clientSecret, undefined, { execute, timeout: PROVIDER_TIMEOUT_S });
  } catch (cause) {
    throw new AppError('LOGIN_UNAVAILABLE', `The identity provider ${server.host} does not answer as one.`, { cause });
  }
}

/** The claims of the ID token, over those that the provider tells beside it. */
async function readIdentity(
  configuration: Configuration,
  url: URL,
  checks: Parameters<typeof authorizationCodeGrant>[2],
): Promise<Readonly<Record<string, unknown>> & { readonly iss: string; readonly sub: string }> {
  const client = await openidClient();
  const tokens = await client.authorizationCodeGrant(configuration, url, checks);
  const claims = tokens.claims();
  if (!claims) throw new Error('there is no ID token');
  if (configuration.serverMetadata().userinfo_endpoint === undefined) return claims;
  return { ...(await client.fetchUserInfo(configuration, tokens.access_token, claims.sub)), ...claims };
}

/** What the provider or the library says is for the log; the caller only learns that it did not work. */
function refused(cause: unknown): never {
  throw new AppError('CREDENTIALS_WRONG', 'The login at the identity provider did not succeed. Begin it again.', {
    cause,
  });
}
