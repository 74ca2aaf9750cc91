export type { ApiKey, IdentityStore, User } from '@runyard/domain';

/** Slows down guessing of passwords. A try is reserved before the password is looked at, so that many at once count too. */
export interface LoginLimiter {
  /** 0 when the try may go on, else the seconds after which it may be repeated. Null: no account can have the name. */
  reserve(account: string | null, address: string): Promise<number>;
  /** Gives a reserved try back: the password was right, or was not looked at. */
  release(account: string, address: string): Promise<void>;
}

/** Hashes passwords, slowly on purpose. */
export interface Passwords {
  hash(password: string): Promise<string>;
  /** With null for the hash it takes as long as with one, and answers false. */
  verify(hash: string | null, password: string): Promise<boolean>;
}

/** Bytes that nobody can guess. */
export type RandomBytes = (sizeBytes: number) => Uint8Array;
