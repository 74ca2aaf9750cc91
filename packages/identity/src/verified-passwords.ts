import { hash } from 'node:crypto';
import type { Clock, Principal } from '@runyard/domain';
import type { RandomBytes } from './ports.ts';

/** A name and password that were right. */
export interface VerifiedPassword {
  readonly principal: Principal;
  /** The hash against which the password was verified: as long as the user has it, the password is right. */
  readonly passwordHash: string;
  /** When the user was last read. */
  readonly readAtMs: number;
  /** What `ChangeWatch` said before the user was read. */
  readonly generation: number;
}

/** How long one that is not used is kept. */
const KEPT_MS = 600_000;
const SIZE_MAX = 10_000;

/**
 * Remembers right passwords by a keyed digest, with a key that only this process has and that is gone with it.
 * Wrong ones never enter, so that nobody can push others out by guessing.
 */
export class VerifiedPasswords {
  private readonly clock: Clock;
  /** Before what is digested. Digests never leave the process, so a keyed prefix is enough; it costs a third of an HMAC. */
  private readonly key: string;
  /** The one renewed longest ago is first. */
  private readonly entries = new Map<string, VerifiedPassword>();

  constructor(clock: Clock, random: RandomBytes) {
    this.clock = clock;
    this.key = Buffer.from(random(32)).toString('hex');
  }

  /** The length keeps `a` with `bc` apart from `ab` with `c`. */
  digest(name: string, password: string): string {
    return hash('sha256', `${this.key}${name.length}:${name}:${password}`, 'base64');
  }

  get(digest: string): VerifiedPassword | undefined {
    return this.entries.get(digest);
  }

  put(digest: string, entry: VerifiedPassword): void {
    this.entries.delete(digest);
    this.entries.set(digest, entry);
    const oldestMs = this.clock.nowMs() - KEPT_MS;
    for (const [key, { readAtMs }] of this.entries) {
      if (readAtMs >= oldestMs && this.entries.size <= SIZE_MAX) break;
      this.entries.delete(key);
    }
  }

  delete(digest: string): void {
    this.entries.delete(digest);
  }
}
