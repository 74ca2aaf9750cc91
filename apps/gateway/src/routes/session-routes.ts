import type { GatewayDependencies } from '../gateway-dependencies.ts';
import { beginOidcSession, finishOidcSession } from '../handlers/oidc-session.ts';
import { createSession, deleteSession, getSession } from '../handlers/session.ts';
import type { Route } from '../route.ts';

/** How people are logged in with a browser: by a cookie. */
export function sessionRoutes(deps: GatewayDependencies): readonly Route[] {
  const session = { tag: 'session', path: '/v1/session' } as const;
  return [
    {
      ...session,
      method: 'post',
      operationId: 'createSession',
      summary: 'Log in: the answer sets the cookie of a session, which lasts eight hours.',
      access: 'public',
      body: { schema: 'NewSession' },
      responses: { 201: { description: 'You are logged in.', schema: 'Session' } },
      handler: createSession(deps),
    },
    {
      ...session,
      method: 'get',
      operationId: 'getSession',
      summary: 'Who is logged in.',
      access: 'caller',
      responses: { 200: { description: 'You.', schema: 'Me' } },
      handler: getSession(),
    },
    {
      ...session,
      method: 'delete',
      operationId: 'deleteSession',
      summary: 'Log out: the session works nowhere any more.',
      access: 'public',
      responses: { 204: { description: 'You are logged out.' } },
      handler: deleteSession(deps),
    },
    {
      method: 'get',
      path: '/v1/session/oidc',
      operationId: 'beginOidcSession',
      summary: 'Log in at the identity provider of the installation: leads there.',
      tag: 'session',
      access: 'public',
      responses: { 302: { description: 'To the identity provider.' } },
      handler: beginOidcSession(deps),
    },
    {
      method: 'get',
      path: '/v1/session/oidc/callback',
      operationId: 'finishOidcSession',
      summary: 'Where the identity provider leads back to. Sets the cookie of a session.',
      tag: 'session',
      access: 'public',
      anyQuery: 'loose',
      responses: { 302: { description: 'You are logged in; to the dashboard.' } },
      handler: finishOidcSession(deps),
    },
  ];
}
