import type { Page } from './ports.ts';
import type { AccountKind } from './principal.ts';

/** A person or a program that logs in with a password. */
export interface User {
  readonly name: string;
  readonly roles: readonly string[];
  /** Names of the groups that it is in. */
  readonly groups?: readonly string[];
  /** Argon2id in the PHC format; null for one that only an identity provider lets in. */
  readonly passwordHash: string | null;
  /** The issuer and subject by which an identity provider knows it. */
  readonly oidcSubject?: string;
  /** Those of its roles that were given because the provider let it in. Nobody here gave them, so each login may take them. */
  readonly oidcRoles?: readonly string[];
  /** Tells it from one that had its name before: a run that was asked for by that one is not this one's. */
  readonly createdAtMs: number;
  readonly disabled: boolean;
  /** 1 when it was created, one more with each change. */
  readonly version: number;
}

/** A key of a program. The key itself is nowhere, only its hash. */
export interface ApiKey {
  readonly id: string;
  /** SHA-256 of the whole key, in hex. */
  readonly hash: string;
  /** What it is for, such as `ci`. Several keys may have the same name. */
  readonly name: string;
  /** As whom its holder acts. */
  readonly account: { readonly kind: AccountKind; readonly name: string };
  /** The only services that it reaches, of those that the account may run; any of them when absent. */
  readonly services?: readonly string[];
  /** What its holder may do, whatever the catalog says of the account: of a key that was made when keys had roles. */
  readonly roles?: readonly string[];
  /** Name of the principal that made it. */
  readonly createdBy: string;
  readonly createdAtMs: number;
  /** Null: it never expires. */
  readonly expiresAtMs: number | null;
  /** To the minute; null when it was never used. */
  readonly lastUsedAtMs: number | null;
}

/** A user or an API key, by name or id, with the roles and groups that it names. */
export interface RoleHolder {
  readonly kind: 'user' | 'api-key';
  readonly name: string;
  readonly roles: readonly string[];
  readonly groups: readonly string[];
}

/** What stands for a login after it: a random text that its holder sends instead, until it ends. */
export interface LoginToken {
  /** Whose it is: a short digest of the principal, under which his tokens are kept together. */
  readonly holder: string;
  /** SHA-256 of the whole token, in hex. */
  readonly hash: string;
  /** Name of the user. */
  readonly user: string;
  /**
   * SHA-256 of what proved the login: the token ends when that changes. For an API key its `hash`, for `oidc` that of
   * the subject.
   */
  readonly credential: string;
  readonly kind: 'password' | 'api-key' | 'oidc';
  readonly expiresAtMs: number;
}

/** The records of users and keys, shared by every gateway. */
export interface IdentityStore {
  getUser(name: string): Promise<User | null>;
  /** Writes a new user unless there is one of this name, in capitals or not. Null when written, else the name that is taken. */
  addUser(user: User): Promise<string | null>;
  /**
   * Writes a user if the stored version is the one before, or, for version 1, if there is no such user; with a revision
   * only while that is the present one: what was read of other users on it is still true then.
   * Answers whether it was written, so that two writers never undo each other unseen.
   */
  putUser(user: User, revision?: number): Promise<boolean>;
  /** In ascending order of names. */
  listUsers(cursor: string | null, limit: number): Promise<Page<User>>;
  /** Deletes a user if the stored version is this one; with a revision as `putUser`. Answers whether it was deleted. */
  deleteUser(user: Pick<User, 'name' | 'version'>, revision?: number): Promise<boolean>;
  getApiKey(hash: string): Promise<ApiKey | null>;
  /** The key with this id; null when it is deleted. */
  findApiKey(id: string): Promise<ApiKey | null>;
  /** Writes a new key. */
  putApiKey(key: ApiKey): Promise<void>;
  /** In ascending order of ids. */
  listApiKeys(cursor: string | null, limit: number): Promise<Page<ApiKey>>;
  /** Answers whether there was such a key. */
  deleteApiKey(id: string): Promise<boolean>;
  /** Notes the last use. Never brings a deleted key back, and is no change that listeners or the revision tell of. */
  touchApiKey(id: string, atMs: number): Promise<void>;
  /** Writes a token. Of one holder only the newest `max` are kept, and none beyond its time. */
  putToken(token: LoginToken, max: number, nowMs: number): Promise<void>;
  /** Null when there is none; one that has expired may still be given. */
  getToken(holder: string, hash: string): Promise<LoginToken | null>;
  /** Answers whether there was such a token. */
  deleteToken(holder: string, hash: string): Promise<boolean>;
  /** A number that grows with each change of any user or key, as new as the call. */
  revision(): Promise<number>;
  /** Tells of changes by any process, soon and at best effort: `revision` is what counts. Returns how to end it. */
  onChange(listener: () => void): () => void;
}
