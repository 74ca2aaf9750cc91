import { AppError } from '@runyard/domain';
import type { Passwords } from './ports.ts';

/** What OWASP asks for at least: 19 MiB, two passes, one lane. The library takes Argon2id unless told otherwise. */
const PARAMETERS = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** The hash of a password that nobody knows. Its parameters are those above, so that comparing costs the same. */
const NOBODY = '$argon2id$v=19$m=19456,t=2,p=1$uCXfYqXpCp7j3tLRYcO5eg$TTVHiXkSdyWWhTD7qVOT4YnneZtYDecAHMn9zsSZvH4';

/** Loaded with the first password: a worker, which gets none, does without. */
const argon2 = () => import('@node-rs/argon2');

export interface Argon2Options {
  /** Hashes at once. Each takes 19 MiB and one thread of the pool that also reads files and resolves names. */
  readonly concurrency?: number;
  /** Callers that may wait for their turn. */
  readonly waitingMax?: number;
}

/** Argon2id, a few at a time. Throws TOO_MANY_LOGINS when too many wait already. */
export class Argon2Passwords implements Passwords {
  private readonly concurrency: number;
  private readonly waitingMax: number;
  private readonly waiting: (() => void)[] = [];
  private busy = 0;

  constructor({ concurrency = 2, waitingMax = 128 }: Argon2Options = {}) {
    this.concurrency = concurrency;
    this.waitingMax = waitingMax;
  }

  hash(password: string): Promise<string> {
    return this.inTurn(async () => (await argon2()).hash(password, PARAMETERS));
  }

  async verify(stored: string | null, password: string): Promise<boolean> {
    const isRight = await this.inTurn(async () => (await argon2()).verify(stored ?? NOBODY, password));
    return isRight && stored !== null;
  }

  private async inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.busy < this.concurrency) this.busy += 1;
    else await this.turn();
    try {
      return await work();
    } finally {
      const next = this.waiting.shift();
      // The place goes to the next one; `busy` stays as it is.
      if (next) next();
      else this.busy -= 1;
    }
  }

  private turn(): Promise<void> {
    if (this.waiting.length >= this.waitingMax) {
      throw new AppError('TOO_MANY_LOGINS', 'Too many logins at once. Try again in a second.', { retryAfter: 1 });
    }
    return new Promise((resolve) => this.waiting.push(resolve));
  }
}
