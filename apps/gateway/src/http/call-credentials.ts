import type { CallCredentials } from '@runyard/identity';
import type { Request } from 'express';

const COOKIE = 'token';
const TOKEN_LENGTH_MAX = 200;

/**
 * What a call brings to prove who it is from. Only Gateway Manager takes a token from the cookie or the query: elsewhere
 * a page of another site could make a browser send the one, and logs of proxies would hold the other.
 */
export function credentialsOf(request: Request): CallCredentials {
  const { authorization } = request.headers;
  const token = request.operation?.errors === 'gateway-manager' ? tokenBeside(request) : undefined;
  return { authorization, address: request.ip ?? '', ...(token === undefined ? {} : { token }) };
}

/** The token of a login, however the call brings it. */
export function tokenOf(request: Request): string | undefined {
  const { authorization } = request.headers;
  if (authorization === undefined) return tokenBeside(request);
  return /^bearer +(\S{1,200})$/i.exec(authorization)?.[1];
}

function tokenBeside(request: Request): string | undefined {
  const inQuery = request.url.includes('?') ? request.query[COOKIE] : undefined;
  const token = typeof inQuery === 'string' ? inQuery : fromCookies(request.headers.cookie ?? '');
  return token === undefined || token === '' || token.length > TOKEN_LENGTH_MAX ? undefined : token;
}

function fromCookies(header: string): string | undefined {
  for (const pair of header.split(';')) {
    const [name, value] = pair.trim().split('=', 2);
    if (name === COOKIE) return value;
  }
  return undefined;
}
