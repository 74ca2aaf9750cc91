import { createHash } from 'node:crypto';
import type { Clock, LoginToken, Principal } from '@runyard/domain';
import { principalOfKey, principalOfUser } from './account-principals.ts';
import type { ApiKeys } from './api-keys.ts';
import type { ChangeWatch } from './change-watch.ts';
import { isFresh } from './freshness.ts';
import { type PasswordLogin, wrongCredentials } from './password-login.ts';
import type { IdentityStore, RandomBytes } from './ports.ts';
import { BASE62, randomText } from './random-text.ts';
import type { VerifiedPasswords } from './verified-passwords.ts';

const TOKEN = /^rt_([0-9a-f]{16})_[0-9A-Za-z]{43}$/;
const LIFETIME_MS = 3_600_000;
/** How long a session of the dashboard lasts. */
export const SESSION_LIFETIME_MS = 8 * 3_600_000;
/** Tokens of one holder that work at the same time; the one that ends first makes room for a new one. */
const HELD_MAX = 100;
const SIZE_MAX = 10_000;

export interface IssuedToken {
  readonly token: string;
  readonly lifetimeMs: number;
}

export interface LoginTokensParts {
  readonly store: IdentityStore;
  readonly clock: Clock;
  readonly random: RandomBytes;
  readonly watch: ChangeWatch;
  readonly login: PasswordLogin;
  readonly verified: VerifiedPasswords;
  readonly keys: ApiKeys;
}

interface KnownToken {
  readonly principal: Principal;
  /** The same when the token comes as the cookie of a session. */
  readonly inSession: Principal;
  readonly expiresAtMs: number;
  readonly readAtMs: number;
  readonly generation: number;
}

/** True for a text that could be such a token. */
export function isLoginToken(text: string): boolean {
  return TOKEN.test(text);
}

/**
 * Tokens that stand for a login for an hour. A token is good as long as what proved the login is: it ends with its time,
 * when it is revoked, when the user is disabled, deleted or gets another password, and with its API key. Roles and groups
 * are those of now, not those of the login.
 */
export class LoginTokens {
  private readonly parts: LoginTokensParts;
  /** Tokens that were good, by hash, the one read longest ago first. */
  private readonly known = new Map<string, KnownToken>();

  constructor(parts: LoginTokensParts) {
    this.parts = parts;
  }

  /** A token for a user and his password. Rejects with CREDENTIALS_WRONG or TOO_MANY_LOGINS. */
  async issue(name: string, password: string, address: string, lifetimeMs = LIFETIME_MS): Promise<IssuedToken> {
    const { login, verified } = this.parts;
    await login.authenticate(name, password, address);
    // The very hash that was verified: a password that is changed at this moment ends the token too.
    const entry = verified.get(verified.digest(name, password));
    if (!entry) throw wrongCredentials();
    return this.write({ kind: 'password', user: name, credential: digest(entry.passwordHash) }, lifetimeMs);
  }

  /**
   * A token for a client: an API key with its id, its name or that of its account, or a user with his password. Rejects with CREDENTIALS_WRONG
   * or TOO_MANY_LOGINS.
   */
  async issueToClient(clientId: string, secret: string, address: string): Promise<IssuedToken> {
    if (!secret.startsWith('ry_')) return this.issue(clientId, secret, address);
    const { key } = await this.parts.keys.find(secret);
    if (![key.id, key.name, key.account.name].includes(clientId)) throw wrongCredentials();
    return this.write({ kind: 'api-key', user: key.account.name, credential: digest(secret) });
  }

  /** A token for a user whom an identity provider let in by this subject. */
  issueToSubject(name: string, subject: string): Promise<IssuedToken> {
    return this.write({ kind: 'oidc', user: name, credential: digest(subject) }, SESSION_LIFETIME_MS);
  }

  /** Rejects with CREDENTIALS_WRONG. */
  async authenticate(token: string): Promise<Principal> {
    return (await this.find(token)).principal;
  }

  /** As `authenticate`; what proved a password is the session then. Rejects with CREDENTIALS_WRONG. */
  async authenticateSession(token: string): Promise<Principal> {
    return (await this.find(token)).inSession;
  }

  private async find(token: string): Promise<KnownToken> {
    const [, holder] = TOKEN.exec(token) ?? [];
    if (holder === undefined) throw wrongCredentials();
    const { clock, watch } = this.parts;
    const checking = watch.check();
    if (checking) await checking;
    const hash = digest(token);
    let known = this.known.get(hash);
    if (!known || known.generation !== watch.generation || !isFresh(known.readAtMs, clock.nowMs())) {
      known = await this.read(holder, hash);
    }
    if (known.expiresAtMs <= clock.nowMs()) throw wrongCredentials();
    return known;
  }

  /** Answers whether there was such a token. It works nowhere any more once this resolves, or a second later elsewhere. */
  async revoke(token: string): Promise<boolean> {
    const [, holder] = TOKEN.exec(token) ?? [];
    if (holder === undefined) return false;
    const isRevoked = await this.parts.store.deleteToken(holder, digest(token));
    this.parts.watch.noteChange();
    return isRevoked;
  }

  private async write(
    login: Pick<LoginToken, 'kind' | 'user' | 'credential'>,
    lifetimeMs = LIFETIME_MS,
  ): Promise<IssuedToken> {
    const { clock, random, store } = this.parts;
    const holder = digest(`${login.kind}:${login.user}`).slice(0, 16);
    const token = `rt_${holder}_${randomText(BASE62, 43, random)}`;
    const nowMs = clock.nowMs();
    await store.putToken({ ...login, holder, hash: digest(token), expiresAtMs: nowMs + lifetimeMs }, HELD_MAX, nowMs);
    return { token, lifetimeMs };
  }

  private async read(holder: string, hash: string): Promise<KnownToken> {
    const { clock, store, watch } = this.parts;
    // Both before the look: a change during it makes the entry out of date at once.
    const generation = watch.generation;
    const readAtMs = clock.nowMs();
    this.known.delete(hash);
    const token = await store.getToken(holder, hash);
    if (token === null || token.expiresAtMs <= readAtMs) throw wrongCredentials();
    const { principal, endsAtMs } = await this.principalOf(token);
    const expiresAtMs = Math.min(token.expiresAtMs, endsAtMs);
    const inSession = token.kind === 'password' ? { ...principal, credentialId: 'session' } : principal;
    const known = { principal, inSession, expiresAtMs, readAtMs, generation };
    this.known.set(hash, known);
    const [oldest] = this.known.keys();
    if (this.known.size > SIZE_MAX && oldest !== undefined) this.known.delete(oldest);
    return known;
  }

  private async principalOf(token: LoginToken): Promise<{ principal: Principal; endsAtMs: number }> {
    const { store } = this.parts;
    if (token.kind === 'api-key') {
      const key = await store.getApiKey(token.credential);
      const principal = key === null ? null : await principalOfKey(key, store);
      if (key === null || principal === null) throw wrongCredentials();
      return { principal, endsAtMs: key.expiresAtMs ?? Infinity };
    }
    const user = await store.getUser(token.user);
    const proof = token.kind === 'oidc' ? user?.oidcSubject : user?.passwordHash;
    if (!user || user.disabled || !proof || digest(proof) !== token.credential) throw wrongCredentials();
    return { principal: principalOfUser(user, { credentialId: token.kind }), endsAtMs: Infinity };
  }
}

/** As API keys are looked up, and long enough that nobody finds another text for it. */
function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
