import type { NewSessionRequest } from '@runyard/contracts';
import type { GatewayDependencies } from '../gateway-dependencies.ts';
import { sessionOf } from '../http/call-credentials.ts';
import { checkSessionOrigin } from '../http/same-origin.ts';
import { sendJson, sendNothing } from '../http/send.ts';
import { clearSessionCookie, setSessionCookie } from '../http/session-cookie.ts';
import { callerOf, type Handler } from '../route.ts';
import { principalAnswer } from '../views/account-answer.ts';

/** `POST /v1/session`: a user and his password become a session; its cookie is the only place where its token is. */
export function createSession({ tokens }: GatewayDependencies): Handler {
  return async ({ body, request, response }) => {
    const { username, password } = body as unknown as NewSessionRequest;
    const { token, lifetimeMs } = await tokens.issueSession(username, password, request.ip ?? '');
    setSessionCookie(response, request, token, lifetimeMs);
    sendJson(response, 201, { expiresInSeconds: Math.floor(lifetimeMs / 1_000) });
  };
}

/** `GET /v1/session`: who is logged in. */
export function getSession(): Handler {
  return (call) => sendJson(call.response, 200, principalAnswer(callerOf(call)));
}

/** `DELETE /v1/session`: the session works nowhere any more. Deleting none, or one that is over, is fine. */
export function deleteSession({ tokens }: GatewayDependencies): Handler {
  return async ({ request, response }) => {
    const token = sessionOf(request);
    if (token !== undefined) {
      checkSessionOrigin(request);
      await tokens.revokeToken(token);
    }
    clearSessionCookie(response, request);
    sendNothing(response);
  };
}
