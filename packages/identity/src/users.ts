import { AppError, type Clock, type Page, type Principal } from '@runyard/domain';
import type { Administrators } from './administrators.ts';
import type { ApiKeys } from './api-keys.ts';
import type { ChangeWatch } from './change-watch.ts';
import type { ExternalUser } from './oidc-claims.ts';
import type { IdentityStore, Passwords, RandomBytes, User } from './ports.ts';
import { UNAMBIGUOUS, randomText } from './random-text.ts';
import { checkNameAndPassword } from './user-rules.ts';

const ADMINISTRATOR = 'admin';
const ATTEMPTS_MAX = 5;

/** A user as people may see it. */
export type UserView = Omit<User, 'passwordHash' | 'oidcRoles'>;

export interface NewUser {
  readonly name: string;
  readonly roles: readonly string[];
  readonly password: string;
  /** Names of the groups that it is in. */
  readonly groups?: readonly string[];
}

export interface UserChange {
  readonly roles?: readonly string[];
  readonly password?: string;
  readonly disabled?: boolean;
  readonly groups?: readonly string[];
}

export interface UsersParts {
  readonly store: IdentityStore;
  readonly clock: Clock;
  readonly random: RandomBytes;
  readonly watch: ChangeWatch;
  readonly passwords: Passwords;
  readonly keys: Pick<ApiKeys, 'revokeOf'>;
  readonly administrators: Administrators;
}

/** Makes, changes and deletes users. */
export class Users {
  private readonly parts: UsersParts;
  /** Of the users that were made or deleted here. */
  private lastCreatedAtMs = Number.NEGATIVE_INFINITY;

  constructor(parts: UsersParts) {
    this.parts = parts;
  }

  /** Null when the name is taken. Rejects with BODY_INVALID, and with USER_EXISTS when it is, in other capitals. */
  async create(user: NewUser): Promise<UserView | null> {
    checkNameAndPassword(user);
    const made = await this.make(user);
    return (await this.add(made)) ? viewOf(made) : null;
  }

  /**
   * The user whom an identity provider let in, made at the first time; groups are those that the provider says now, and
   * of the roles those that a login once gave become these.
   * Rejects with USER_EXISTS when the name belongs to somebody else, a user with a password say, and with
   * PERMISSION_DENIED when the user is disabled.
   */
  async admit({ name, subject, groups }: ExternalUser, roles: readonly string[]): Promise<{ readonly isNew: boolean }> {
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
      const user = await this.parts.store.getUser(name);
      if (user === null) {
        const createdAtMs = this.nextCreatedAtMs();
        const given = { name, roles, oidcRoles: roles, groups, passwordHash: null, oidcSubject: subject };
        if (await this.add({ ...given, createdAtMs, disabled: false, version: 1 })) return { isNew: true };
        continue;
      }
      if (user.oidcSubject !== subject) throw nameTaken(name);
      if (user.disabled) throw new AppError('PERMISSION_DENIED', `The user '${name}' is disabled.`);
      const changed = { ...user, groups, ...rolesAtLogin(user, roles), version: user.version + 1 };
      if (hasSame(user, changed) || (await this.put(changed))) return { isNew: false };
    }
    throw changedByOthers();
  }

  /**
   * Null when there is no such user. Rejects with PERMISSION_DENIED when the actor would take their own rights, and with
   * LAST_ADMINISTRATOR when nobody could administer users any more.
   */
  async change(actor: Principal, name: string, change: UserChange): Promise<UserView | null> {
    const { roles, password, disabled, groups } = change;
    if (password !== undefined) checkNameAndPassword({ password });
    if (isSame(actor, name) && takesRights(actor, change)) throw ownRights();
    const passwordHash = password === undefined ? undefined : await this.parts.passwords.hash(password);
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
      const user = await this.parts.store.getUser(name);
      if (user === null) return null;
      const changed: User = {
        ...user,
        ...(roles ? rolesAsGiven(user, roles) : {}),
        disabled: disabled ?? user.disabled,
        ...(groups ? { groups } : {}),
        passwordHash: passwordHash ?? user.passwordHash,
        version: user.version + 1,
      };
      const revision = await this.parts.administrators.revisionWithout(user, changed);
      if (await this.put(changed, revision)) return viewOf(changed);
    }
    throw changedByOthers();
  }

  /** Answers whether there was such a user. Rejects as `change`. */
  async delete(actor: Principal, name: string): Promise<boolean> {
    if (isSame(actor, name)) throw ownRights();
    const { administrators, keys, store, watch } = this.parts;
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
      const user = await store.getUser(name);
      if (user === null) return false;
      // A refusal leaves the keys as well.
      await administrators.revisionWithout(user, null);
      // First its keys: a crash in between leaves a user without keys, and no keys for the next one of that name.
      await keys.revokeOf({ kind: 'user', name });
      const isDeleted = await store.deleteUser(user, await administrators.revisionWithout(user, null));
      watch.noteChange();
      if (!isDeleted) continue;
      this.lastCreatedAtMs = Math.max(this.lastCreatedAtMs, user.createdAtMs);
      return true;
    }
    throw changedByOthers();
  }

  async list(cursor: string | null, limit: number): Promise<Page<UserView>> {
    const page = await this.parts.store.listUsers(cursor, limit);
    return { ...page, items: page.items.map(viewOf) };
  }

  /**
   * Sees to it at each start that somebody can log in. A given password becomes that of the user `admin`. Without one
   * the first start makes one up and answers it, for the only time; every other call answers null. When nobody can
   * administer users any more, because a role of the catalog or the identity provider gives less, `admin` can again.
   */
  async ensureAdministrator(given: string | undefined): Promise<string | null> {
    const { administrators, passwords, random, store } = this.parts;
    const password = given ?? randomText(UNAMBIGUOUS, 20, random);
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
      const user = await store.getUser(ADMINISTRATOR);
      // After that look: whom another gateway that starts at the same time has just made is seen here.
      const isNeeded = !(await administrators.exist());
      if (!isNeeded && given === undefined) return null;
      if (!isNeeded && user !== null && (await passwords.verify(user.passwordHash, password))) return null;
      if (await this.putAdministrator(user, password, isNeeded)) return given === undefined ? password : null;
    }
    throw new AppError('CATALOG_CONFLICT', 'The user admin is being changed by others.');
  }

  private async putAdministrator(user: User | null, password: string, isNeeded: boolean): Promise<boolean> {
    const roles = ['administrator'];
    // Beside an `Admin` of an older version too: somebody has to be able to log in.
    if (user === null) return this.put(await this.make({ name: ADMINISTRATOR, roles, password }));
    const passwordHash = await this.parts.passwords.hash(password);
    const able = isNeeded ? { roles: [...new Set([...user.roles, ...roles])], disabled: false } : {};
    return this.put({ ...user, ...able, passwordHash, version: user.version + 1 });
  }

  private async make({ name, roles, password, groups }: NewUser): Promise<User> {
    const passwordHash = await this.parts.passwords.hash(password);
    const createdAtMs = this.nextCreatedAtMs();
    const given = groups ? { groups } : {};
    return { name, roles, passwordHash, createdAtMs, disabled: false, version: 1, ...given };
  }

  /** Later than that of any user who was made or deleted here, also when the clock stands still or is set back. */
  private nextCreatedAtMs(): number {
    this.lastCreatedAtMs = Math.max(this.parts.clock.nowMs(), this.lastCreatedAtMs + 1);
    return this.lastCreatedAtMs;
  }

  /** False when there is such a user. Rejects with USER_EXISTS when there is one whose name has other capitals. */
  private async add(user: User): Promise<boolean> {
    const taken = await this.parts.store.addUser(user);
    this.parts.watch.noteChange();
    if (taken === null || taken === user.name) return taken === null;
    const detail = `The name '${user.name}' differs only in capitals from that of the user '${taken}'. Take another one.`;
    throw new AppError('USER_EXISTS', detail);
  }

  private async put(user: User, revision?: number): Promise<boolean> {
    const isWritten = await this.parts.store.putUser(user, revision);
    this.parts.watch.noteChange();
    return isWritten;
  }
}

/** Each member by name, so that a new one is not shown before somebody thought about it. */
function viewOf({ name, roles, createdAtMs, disabled, version, groups, oidcSubject }: User): UserView {
  const given = { ...(groups ? { groups } : {}), ...(oidcSubject === undefined ? {} : { oidcSubject }) };
  return { name, roles, createdAtMs, disabled, version, ...given };
}

/** Users of an older version do not tell which roles a login gave: those that a login gives now, then. */
function rolesAtLogin({ roles, oidcRoles }: User, given: readonly string[]): Pick<User, 'roles' | 'oidcRoles'> {
  const own = roles.filter((role) => !(oidcRoles ?? given).includes(role));
  const ofLogin = given.filter((role) => !own.includes(role));
  return { roles: [...own, ...ofLogin], oidcRoles: ofLogin };
}

/** What an administrator leaves as it was stays the login's. */
function rolesAsGiven({ oidcRoles }: User, roles: readonly string[]): Pick<User, 'roles' | 'oidcRoles'> {
  return { roles, ...(oidcRoles ? { oidcRoles: oidcRoles.filter((role) => roles.includes(role)) } : {}) };
}

/** One that changes nothing is not written: a write ends what every gateway remembers of users. */
function hasSame(before: User, after: User): boolean {
  const textOf = ({ roles, oidcRoles, groups = [] }: User): string =>
    JSON.stringify([roles, oidcRoles, [...groups].sort()]);
  return before.groups !== undefined && textOf(before) === textOf(after);
}

function nameTaken(name: string): AppError {
  const detail = `The name '${name}' belongs to another user here, who is never taken over. An administrator can delete that user.`;
  return new AppError('USER_EXISTS', detail);
}

function changedByOthers(): AppError {
  return new AppError('CATALOG_CONFLICT', 'The user is being changed by others. Try again.');
}

function isSame(actor: Principal, name: string): boolean {
  return actor.kind === 'user' && actor.name === name;
}

function takesRights({ roles, groups = [] }: Principal, change: UserChange): boolean {
  const keeps = (before: readonly string[], after: readonly string[] = before) =>
    before.every((name) => after.includes(name));
  return change.disabled === true || !keeps(roles, change.roles) || !keeps(groups, change.groups);
}

function ownRights(): AppError {
  return new AppError('PERMISSION_DENIED', 'Nobody can take their own rights. Another administrator can.');
}
