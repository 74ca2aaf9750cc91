import { AppError, isAppError, type SecretBox } from '@runyard/domain';
import { networkOf, type OidcAttempt } from '@runyard/identity';
import type { Request, Response } from 'express';
import type { GatewayDependencies, Oidc } from '../gateway-dependencies.ts';
import { cookieOf } from '../http/call-credentials.ts';
import { sendNothing } from '../http/send.ts';
import { addCookie, setSessionCookie } from '../http/session-cookie.ts';
import { allowedLogin } from '../noted-logins.ts';
import type { Handler } from '../route.ts';

const COOKIE = 'runyard_oidc';
const PATH = '/v1/session/oidc';
/** How long somebody may take at the identity provider. */
const ATTEMPT_MS = 600_000;

interface KeptAttempt extends OidcAttempt {
  readonly purpose: typeof COOKIE;
  readonly untilMs: number;
}

/** `GET /v1/session/oidc`: leads to the identity provider. What belongs to the attempt only the browser keeps, sealed. */
export function beginOidcSession(deps: GatewayDependencies): Handler {
  return async ({ request, response }) => {
    const { url, attempt } = await providerOf(deps).login.begin();
    const kept: KeptAttempt = { ...attempt, purpose: COOKIE, untilMs: deps.clock.nowMs() + ATTEMPT_MS };
    setAttempt(response, request, encodeURIComponent(deps.secrets.seal(JSON.stringify(kept))), ATTEMPT_MS);
    redirect(response, url);
  };
}

/** `GET /v1/session/oidc/callback`: who comes back from the provider gets a session, and a user at the first time. */
export function finishOidcSession(deps: GatewayDependencies): Handler {
  return async ({ request, response }) => {
    const { login, roles } = providerOf(deps);
    // Good for one try, whatever becomes of it.
    setAttempt(response, request, '', 0);
    try {
      const user = await login.finish(queryOf(request), attemptOf(deps, request));
      const { token, lifetimeMs, isNew } = await deps.tokens.admitExternal(user, roles);
      if (isNew) await noteNewUser(deps, user.name, user.subject);
      await deps.decisions.note(allowedLogin(user.name, 'oidc', request.ip ?? ''));
      setSessionCookie(response, request, token, lifetimeMs);
    } catch (error) {
      await noteFailure(deps, request, error);
      throw error;
    }
    redirect(response, '/');
  };
}

function providerOf({ oidc }: GatewayDependencies): Oidc {
  if (oidc) return oidc;
  throw new AppError('ROUTE_NOT_FOUND', 'This installation has no identity provider; log in with a password.');
}

function setAttempt(response: Response, request: Request, value: string, maxAgeMs: number): void {
  // Not Strict: the provider's page leads back here, and the cookie has to come along.
  addCookie(response, request, COOKIE, { value, maxAgeMs, path: PATH, sameSite: 'Lax' });
}

/** Throws CREDENTIALS_WRONG when the browser has not begun a login here, or too long ago. */
function attemptOf({ secrets, clock }: GatewayDependencies, request: Request): OidcAttempt {
  const kept = openAttempt(secrets, cookieOf(request, COOKIE));
  if (kept && kept.purpose === COOKIE && kept.untilMs > clock.nowMs()) return kept;
  throw new AppError('CREDENTIALS_WRONG', `This browser has begun no login, or too long ago. Begin it at ${PATH}.`);
}

/** Null for whatever this installation has not sealed. */
function openAttempt(secrets: SecretBox, cookie: string | undefined): KeptAttempt | null {
  if (cookie === undefined) return null;
  try {
    return JSON.parse(secrets.open(decodeURIComponent(cookie))) as KeptAttempt;
  } catch {
    return null;
  }
}

function queryOf({ url }: Request): string {
  const start = url.indexOf('?');
  return start === -1 ? '' : url.slice(start);
}

function redirect(response: Response, address: string): void {
  response.setHeader('Location', address);
  sendNothing(response, 302);
}

function noteNewUser({ audit }: GatewayDependencies, name: string, subject: string): Promise<void> {
  const detail = { provider: subject.split(' ')[0] ?? '' };
  return audit.append({
    actor: name,
    credential: 'oidc',
    decision: 'allowed',
    action: 'user.create',
    subject: name,
    detail,
  });
}

async function noteFailure({ decisions }: GatewayDependencies, request: Request, error: unknown): Promise<void> {
  if (!isAppError(error) || error.status >= 500) return;
  const address = request.ip ?? '';
  const { code } = error;
  const denial = { actor: 'oidc', action: 'login', subject: 'oidc', credential: 'oidc', decision: 'denied' } as const;
  const reason = `${code}: ${error.message}`;
  await decisions.note({ ...denial, reason, detail: { address, code } }, networkOf(address));
}
