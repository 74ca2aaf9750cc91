import type { CallCredentials } from '@runyard/identity';
import type { Request } from 'express';

const TOKEN_COOKIE = 'token';
/** The cookie of a session of the dashboard. */
export const SESSION_COOKIE = 'runyard_session';
const TOKEN_LENGTH_MAX = 200;
/** In place of a token that cannot be one: nobody has it, so that it is refused as wrong. */
const NOBODYS_TOKEN = '';

/**
 * What a call brings to prove who it is from. Only Gateway Manager takes a token from its cookie or the query: elsewhere
 * a page of another site could make a browser send the one, and logs of proxies would hold the other. The cookie of a
 * session counts where there is neither, and `checkSessionOrigin` looks from where it comes. What is there is a credential,
 * however broken: taken for none, it would make its sender anonymous.
 */
export function credentialsOf(request: Request): CallCredentials {
  const { authorization } = request.headers;
  const token = request.operation?.errors === 'gateway-manager' ? tokenBeside(request) : undefined;
  const isAlone = (authorization === undefined || authorization === '') && token === undefined;
  const session = isAlone ? sessionOf(request) : undefined;
  const given = { ...(token === undefined ? {} : { token }), ...(session === undefined ? {} : { session }) };
  return { authorization, address: request.ip ?? '', ...given };
}

/** The token of a login, however the call brings it. */
export function tokenOf(request: Request): string | undefined {
  const { authorization } = request.headers;
  if (authorization === undefined) return tokenBeside(request);
  return /^bearer +(\S{1,200})$/i.exec(authorization)?.[1];
}

/** The token of the session of the dashboard; undefined when there is none. */
export function sessionOf(request: Request): string | undefined {
  return bounded(cookieOf(request, SESSION_COOKIE));
}

function tokenBeside(request: Request): string | undefined {
  const inQuery = request.url.includes('?') ? request.query[TOKEN_COOKIE] : undefined;
  if (inQuery !== undefined) return bounded(typeof inQuery === 'string' ? inQuery : NOBODYS_TOKEN);
  return bounded(cookieOf(request, TOKEN_COOKIE));
}

function bounded(token: string | undefined): string | undefined {
  return token !== undefined && token.length > TOKEN_LENGTH_MAX ? NOBODYS_TOKEN : token;
}

/** The value of a cookie of the request; the first one when there are several of the name. */
export function cookieOf({ headers }: Request, cookie: string): string | undefined {
  if (headers.cookie === undefined) return undefined;
  for (const pair of headers.cookie.split(';')) {
    const [name, value = ''] = pair.trim().split('=', 2);
    if (name === cookie) return value;
  }
  return undefined;
}
