import { randomBytes } from 'node:crypto';
import { AppError, type Clock, type Log, type Page, type Principal, type StartStop } from '@runyard/domain';
import { ApiKeys, type ApiKeyView, type NewApiKey } from './api-keys.ts';
import { Argon2Passwords } from './argon2-passwords.ts';
import { parseAuthorization } from './authorization-header.ts';
import { ChangeWatch } from './change-watch.ts';
import { type IssuedToken, isLoginToken, LoginTokens } from './login-tokens.ts';
import { MemoryLoginLimiter } from './memory-login-limiter.ts';
import { PasswordLogin, wrongCredentials } from './password-login.ts';
import type { IdentityStore, LoginLimiter, Passwords, RandomBytes } from './ports.ts';
import { type NewUser, type UserChange, Users, type UserView } from './users.ts';
import { VerifiedPasswords } from './verified-passwords.ts';

export interface IdentityOptions {
  readonly store: IdentityStore;
  readonly clock: Clock;
  readonly random?: RandomBytes;
  readonly passwords?: Passwords;
  readonly limiter?: LoginLimiter;
  readonly log?: Log;
}

/** What a call brings to prove who it is from. */
export interface CallCredentials {
  /** Text of the Authorization header. */
  readonly authorization?: string | undefined;
  /** Token of a login, when it comes in another way than as Bearer. Not looked at beside an Authorization header. */
  readonly token?: string | undefined;
  /** IP address of the caller, for slowing down who guesses. */
  readonly address: string;
}

/**
 * Who may call. Works without `start` too; started, it hears of changes by other processes at once and not only
 * within a second.
 */
export interface Identity extends StartStop {
  /** Rejects with CREDENTIALS_MISSING, CREDENTIALS_WRONG or TOO_MANY_LOGINS. */
  authenticate(credentials: CallCredentials): Promise<Principal>;
  authenticateBasic(name: string, password: string, address: string): Promise<Principal>;
  authenticateBearer(token: string): Promise<Principal>;
  /** A token that stands for the login for an hour. Rejects with CREDENTIALS_WRONG or TOO_MANY_LOGINS. */
  issueToken(name: string, password: string, address: string): Promise<IssuedToken>;
  /** The same for a client: the id or name of an API key with the key, or a user with his password. */
  issueClientToken(clientId: string, secret: string, address: string): Promise<IssuedToken>;
  /** Answers whether there was such a token. */
  revokeToken(token: string): Promise<boolean>;
  /** The password it made up, only at the first start and only when none is given. */
  ensureAdministrator(options: { readonly password?: string | undefined }): Promise<string | null>;
  /** Null when the name is taken. */
  createUser(user: NewUser): Promise<UserView | null>;
  /** Null when there is no such user. Rejects with PERMISSION_DENIED when the actor would take their own rights. */
  changeUser(actor: Principal, name: string, change: UserChange): Promise<UserView | null>;
  /** Answers whether there was such a user. */
  deleteUser(actor: Principal, name: string): Promise<boolean>;
  listUsers(cursor: string | null, limit: number): Promise<Page<UserView>>;
  /** The token is shown this once. */
  createApiKey(key: NewApiKey): Promise<{ readonly key: ApiKeyView; readonly token: string }>;
  listApiKeys(cursor: string | null, limit: number): Promise<Page<ApiKeyView>>;
  /** Answers whether there was such a key. */
  revokeApiKey(id: string): Promise<boolean>;
}

export function createIdentity(options: IdentityOptions): Identity {
  const { store, clock, random = randomBytes, passwords = new Argon2Passwords(), log } = options;
  const limiter = options.limiter ?? new MemoryLoginLimiter({ clock });
  const watch = new ChangeWatch(store, clock);
  const verified = new VerifiedPasswords(clock, random);
  const login = new PasswordLogin({ store, clock, watch, passwords, limiter, verified });
  const users = new Users({ store, clock, random, watch, passwords });
  const keys = new ApiKeys({ store, clock, random, watch, ...(log ? { log } : {}) });
  const tokens = new LoginTokens({ store, clock, random, watch, login, verified, keys });
  let unsubscribe: (() => void) | undefined;

  /** The one door: a cookie of the dashboard becomes one more way to be let in here. */
  async function authenticate({ authorization, token, address }: CallCredentials): Promise<Principal> {
    if ((authorization === undefined || authorization === '') && token !== undefined) return tokens.authenticate(token);
    if (authorization === undefined || authorization === '') {
      throw new AppError('CREDENTIALS_MISSING', 'Send a user and password (Basic) or an API key (Bearer).');
    }
    const parsed = parseAuthorization(authorization);
    if (parsed === null) throw wrongCredentials();
    if (parsed.scheme === 'bearer') return authenticateBearer(parsed.token);
    return login.authenticate(parsed.name, parsed.password, address);
  }

  function authenticateBearer(token: string): Promise<Principal> {
    return isLoginToken(token) ? tokens.authenticate(token) : keys.authenticate(token);
  }

  return {
    authenticate,
    authenticateBasic: (name, password, address) => login.authenticate(name, password, address),
    authenticateBearer,
    issueToken: (name, password, address) => tokens.issue(name, password, address),
    issueClientToken: (clientId, secret, address) => tokens.issueToClient(clientId, secret, address),
    revokeToken: (token) => tokens.revoke(token),
    ensureAdministrator: ({ password }) => users.ensureAdministrator(password),
    createUser: (user) => users.create(user),
    changeUser: (actor, name, change) => users.change(actor, name, change),
    deleteUser: (actor, name) => users.delete(actor, name),
    listUsers: (cursor, limit) => users.list(cursor, limit),
    createApiKey: (key) => keys.create(key),
    listApiKeys: (cursor, limit) => keys.list(cursor, limit),
    revokeApiKey: (id) => keys.revoke(id),
    start() {
      unsubscribe ??= store.onChange(() => watch.noteChange());
      return Promise.resolve();
    },
    async stop() {
      unsubscribe?.();
      unsubscribe = undefined;
      await keys.settled();
    },
  };
}
