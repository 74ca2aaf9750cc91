import { AppError, type Clock, type Principal } from '@runyard/domain';
import { principalOfUser } from './account-principals.ts';
import type { ChangeWatch } from './change-watch.ts';
import { isFresh } from './freshness.ts';
import type { IdentityStore, LoginLimiter, Passwords, User } from './ports.ts';
import { NAME_LENGTH_MAX, PASSWORD_LENGTH_MAX } from './user-rules.ts';
import type { VerifiedPasswords } from './verified-passwords.ts';

export interface PasswordLoginParts {
  readonly store: IdentityStore;
  readonly clock: Clock;
  readonly watch: ChangeWatch;
  readonly passwords: Passwords;
  readonly limiter: LoginLimiter;
  readonly verified: VerifiedPasswords;
}

/**
 * Logs in by name and password. A right password costs one slow hash per process; after that a digest in memory,
 * and every 30 seconds, or when anything changed, one look at the user.
 */
export class PasswordLogin {
  private readonly parts: PasswordLoginParts;
  /** Logins under way by digest and address: a hundred calls at once with one password hash it once. */
  private readonly underWay = new Map<string, Promise<Principal>>();

  constructor(parts: PasswordLoginParts) {
    this.parts = parts;
  }

  /** Rejects with CREDENTIALS_WRONG or TOO_MANY_LOGINS. */
  async authenticate(name: string, password: string, address: string): Promise<Principal> {
    const isNameTooLong = name.length > NAME_LENGTH_MAX;
    if (isNameTooLong || password.length > PASSWORD_LENGTH_MAX) {
      // Nothing is hashed, but it is a guess like any other. The name is not kept: it may be as long as a header.
      await this.reserve(isNameTooLong ? null : name, address);
      throw wrongCredentials();
    }
    const { clock, verified, watch } = this.parts;
    const checking = watch.check();
    if (checking) await checking;
    const digest = verified.digest(name, password);
    const entry = verified.get(digest);
    if (entry && entry.generation === watch.generation && isFresh(entry.readAtMs, clock.nowMs()))
      return entry.principal;

    const key = `${digest} ${address}`;
    const started = this.underWay.get(key);
    if (started) return started;
    const login = this.login(digest, name, password, address).finally(() => this.underWay.delete(key));
    this.underWay.set(key, login);
    return login;
  }

  private async login(digest: string, name: string, password: string, address: string): Promise<Principal> {
    const { clock, store, verified, watch } = this.parts;
    // Both before the look: a change during it makes the entry out of date at once.
    const generation = watch.generation;
    const readAtMs = clock.nowMs();
    const user = await store.getUser(name);
    const known = verified.get(digest);
    const isKnown = user !== null && known?.passwordHash === user.passwordHash;
    if (known && !isKnown) verified.delete(digest);
    // A password that is known to be right is no guess, so that it works however many guesses others make.
    if (!isKnown) await this.verify(user, name, password, address);
    if (user === null || user.disabled || user.passwordHash === null) throw wrongCredentials();
    const principal = principalOfUser(user, { credentialId: 'password' });
    verified.put(digest, { principal, passwordHash: user.passwordHash, readAtMs, generation });
    return principal;
  }

  /** Resolves when the password is right and the user may log in. */
  private async verify(user: User | null, name: string, password: string, address: string): Promise<void> {
    const { limiter, passwords } = this.parts;
    await this.reserve(name, address);
    let isWrong = false;
    try {
      // The password of a disabled user is looked at all the same, so that the time tells nothing.
      const isRight = await passwords.verify(user?.passwordHash ?? null, password);
      isWrong = !isRight || user === null || user.disabled;
    } finally {
      if (!isWrong) await limiter.release(name, address);
    }
    if (isWrong) throw wrongCredentials();
  }

  private async reserve(account: string | null, address: string): Promise<void> {
    const waitSeconds = await this.parts.limiter.reserve(account, address);
    if (waitSeconds === 0) return;
    throw new AppError('TOO_MANY_LOGINS', `Too many wrong passwords. Try again in ${waitSeconds} seconds.`, {
      retryAfter: waitSeconds,
    });
  }
}

export function wrongCredentials(): AppError {
  return new AppError('CREDENTIALS_WRONG', 'The user, password or API key is not right.');
}
