import type { Request, Response } from 'express';
import { SESSION_COOKIE } from './call-credentials.ts';

/** Sets the cookie of a session: not for scripts of pages, and not for calls that another site makes a browser send. */
export function setSessionCookie(response: Response, request: Request, token: string, lifetimeMs: number): void {
  addCookie(response, request, SESSION_COOKIE, { value: token, maxAgeMs: lifetimeMs, path: '/', sameSite: 'Strict' });
}

export function clearSessionCookie(response: Response, request: Request): void {
  setSessionCookie(response, request, '', 0);
}

export interface CookieOptions {
  readonly value: string;
  readonly maxAgeMs: number;
  readonly path: string;
  /** `Lax` also comes along when another site leads the browser here. */
  readonly sameSite: 'Strict' | 'Lax';
}

/** Adds a cookie that scripts cannot read; only over HTTPS where the call came that way. */
export function addCookie(
  response: Response,
  request: Request,
  name: string,
  { value, maxAgeMs, path, sameSite }: CookieOptions,
): void {
  const attributes = [`${name}=${value}`, `Path=${path}`, `Max-Age=${Math.floor(maxAgeMs / 1_000)}`, 'HttpOnly'];
  const secure = request.secure ? ['Secure'] : [];
  response.append('Set-Cookie', [...attributes, `SameSite=${sameSite}`, ...secure].join('; '));
}
