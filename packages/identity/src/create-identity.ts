import { randomBytes } from 'node:crypto';
import {
  AppError,
  type CatalogStore,
  type Clock,
  type Log,
  type Page,
  type Principal,
  type RoleHolder,
  type StartStop,
} from '@runyard/domain';
import { Administrators } from './administrators.ts';
import { ApiKeys, type ApiKeyView, type NewApiKey } from './api-keys.ts';
import { Argon2Passwords } from './argon2-passwords.ts';
import { parseAuthorization } from './authorization-header.ts';
import { ChangeWatch } from './change-watch.ts';
import { type IssuedToken, isLoginToken, LoginTokens, SESSION_LIFETIME_MS } from './login-tokens.ts';
import { MemoryLoginLimiter } from './memory-login-limiter.ts';
import { PasswordLogin, wrongCredentials } from './password-login.ts';
import type { ExternalUser } from './oidc-claims.ts';
import { listRoleHolders } from './role-holders.ts';
import type { ApiKey, IdentityStore, LoginLimiter, Passwords, RandomBytes } from './ports.ts';
import { type NewUser, type UserChange, Users, type UserView } from './users.ts';
import { VerifiedPasswords } from './verified-passwords.ts';

export interface IdentityOptions {
  readonly store: IdentityStore;
  /** Where it stands what roles and groups allow. */
  readonly catalog: Pick<CatalogStore, 'access'>;
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
  /** Token of a session, from its cookie. Looked at when there is nothing else. */
  readonly session?: string | undefined;
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
  /** The same for eight hours, for the cookie of a session. */
  issueSession(name: string, password: string, address: string): Promise<IssuedToken>;
  /** A session for somebody whom an identity provider let in. Rejects with USER_EXISTS or PERMISSION_DENIED. */
  admitExternal(user: ExternalUser, roles: readonly string[]): Promise<IssuedToken & { readonly isNew: boolean }>;
  /** The same for a client: the id or name of an API key with the key, or a user with his password. */
  issueClientToken(clientId: string, secret: string, address: string): Promise<IssuedToken>;
  /** Answers whether there was such a token. */
  revokeToken(token: string): Promise<boolean>;
  /** The password it made up, only at the first start and only when none is given. */
  ensureAdministrator(options: { readonly password?: string | undefined }): Promise<string | null>;
  /** Null when the name is taken. Rejects with USER_EXISTS when it is, in other capitals. */
  createUser(user: NewUser): Promise<UserView | null>;
  /**
   * Null when there is no such user. Rejects with PERMISSION_DENIED when the actor would take their own rights, and with
   * LAST_ADMINISTRATOR when nobody could administer users any more.
   */
  changeUser(actor: Principal, name: string, change: UserChange): Promise<UserView | null>;
  /** Answers whether there was such a user. Rejects as `changeUser`. */
  deleteUser(actor: Principal, name: string): Promise<boolean>;
  listUsers(cursor: string | null, limit: number): Promise<Page<UserView>>;
  /** Who names roles and groups, for whoever would delete one. */
  listRoleHolders(): Promise<readonly RoleHolder[]>;
  /** The token is shown this once. */
  createApiKey(key: NewApiKey): Promise<{ readonly key: ApiKeyView; readonly token: string }>;
  listApiKeys(cursor: string | null, limit: number): Promise<Page<ApiKeyView>>;
  /** Answers whether there was such a key. */
  revokeApiKey(id: string): Promise<boolean>;
  /** The revision of users and keys as it was seen last, a second old at most while anybody calls; 0 before that. */
  lastRevision(): number;
  /** Revokes every key of an account that is no more. */
  revokeApiKeysOf(account: ApiKey['account']): Promise<void>;
}

export function createIdentity(options: IdentityOptions): Identity {
  const { store, catalog, clock, random = randomBytes, passwords = new Argon2Passwords(), log } = options;
  const limiter = options.limiter ?? new MemoryLoginLimiter({ clock });
  const watch = new ChangeWatch(store, clock);
  const verified = new VerifiedPasswords(clock, random);
  const login = new PasswordLogin({ store, clock, watch, passwords, limiter, verified });
  const keys = new ApiKeys({ store, clock, random, watch, ...(log ? { log } : {}) });
  const administrators = new Administrators({ store, catalog });
  const users = new Users({ store, clock, random, watch, passwords, keys, administrators });
  const tokens = new LoginTokens({ store, clock, random, watch, login, verified, keys });
  let unsubscribe: (() => void) | undefined;

  /** The one door. */
  async function authenticate({ authorization, token, session, address }: CallCredentials): Promise<Principal> {
    if (authorization === undefined || authorization === '') {
      if (token !== undefined) return tokens.authenticate(token);
      if (session !== undefined) return tokens.authenticateSession(session);
      throw new AppError('CREDENTIALS_MISSING', 'Send a user and password (Basic) or an API key (Bearer).');
    }
    const parsed = parseAuthorization(authorization);
    if (parsed === null) throw wrongCredentials();
    if (parsed.scheme === 'bearer') return authenticateBearer(parsed.token);
    return login.authenticate(parsed.name, parsed.password, address);
  }

  async function authenticateBearer(token: string): Promise<Principal> {
    return isLoginToken(token) ? tokens.authenticate(token) : (await keys.find(token)).principal;
  }

  return {
    authenticate,
    authenticateBasic: (name, password, address) => login.authenticate(name, password, address),
    authenticateBearer,
    issueToken: (name, password, address) => tokens.issue(name, password, address),
    issueSession: (name, password, address) => tokens.issue(name, password, address, SESSION_LIFETIME_MS),
    async admitExternal(user, roles) {
      const { isNew } = await users.admit(user, roles);
      return { ...(await tokens.issueToSubject(user.name, user.subject)), isNew };
    },
    issueClientToken: (clientId, secret, address) => tokens.issueToClient(clientId, secret, address),
    revokeToken: (token) => tokens.revoke(token),
    ensureAdministrator: ({ password }) => users.ensureAdministrator(password),
    createUser: (user) => users.create(user),
    changeUser: (actor, name, change) => users.change(actor, name, change),
    deleteUser: (actor, name) => users.delete(actor, name),
    listUsers: (cursor, limit) => users.list(cursor, limit),
    listRoleHolders: () => listRoleHolders(store),
    createApiKey: (key) => keys.create(key),
    listApiKeys: (cursor, limit) => keys.list(cursor, limit),
    revokeApiKey: (id) => keys.revoke(id),
    lastRevision: () => watch.lastRevision,
    revokeApiKeysOf: (account) => keys.revokeOf(account),
    async start() {
      unsubscribe ??= store.onChange(() => watch.noteChange());
      // Runs that are accepted before anybody logs in, by schedules say, are allowed on the revision of now.
      await watch.check();
    },
    async stop() {
      unsubscribe?.();
      unsubscribe = undefined;
      await keys.settled();
    },
  };
}
