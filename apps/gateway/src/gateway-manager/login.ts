import type { GatewayManagerLogin, GatewayManagerTokenRequest } from '@runyard/contracts';
import type { GatewayDependencies } from '../gateway-dependencies.ts';
import { sendJson, sendText } from '../http/send.ts';
import type { Handler } from '../route.ts';
import { tokenOf } from '../http/call-credentials.ts';

/** `POST /login`: the token is the whole body, and a cookie. */
export function login({ tokens }: GatewayDependencies): Handler {
  return async ({ body, request, response }) => {
    const { username, password } = body as unknown as GatewayManagerLogin;
    const { token, lifetimeMs } = await tokens.issueToken(username, password, request.ip ?? '');
    response.setHeader('Set-Cookie', cookie(token, lifetimeMs / 1_000, request.secure));
    sendText(response, 200, 'text/plain; charset=utf-8', token);
  };
}

/** `POST /logout`: the token that came with the call is good for nothing any more. */
export function logout({ tokens }: GatewayDependencies): Handler {
  return async ({ request, response }) => {
    const token = tokenOf(request);
    if (token !== undefined) await tokens.revokeToken(token);
    response.setHeader('Set-Cookie', cookie('', 0, request.secure));
    sendJson(response, 200, { state: 'Success' });
  };
}

/** `POST /oauth/token`: the grant `client_credentials`. */
export function issueToken({ tokens }: GatewayDependencies): Handler {
  return async ({ body, request, response }) => {
    const { client_id: id, client_secret: secret } = body as unknown as GatewayManagerTokenRequest;
    const { token, lifetimeMs } = await tokens.issueClientToken(id, secret, request.ip ?? '');
    sendJson(response, 200, { access_token: token, token_type: 'Bearer', expires_in: Math.floor(lifetimeMs / 1_000) });
  };
}

/** Not for scripts of pages, and not for calls that another site makes a browser send. */
function cookie(token: string, seconds: number, isSecure: boolean): string {
  const attributes = [`token=${token}`, 'Path=/', `Max-Age=${seconds}`, 'HttpOnly', 'SameSite=Strict'];
  return [...attributes, ...(isSecure ? ['Secure'] : [])].join('; ');
}
