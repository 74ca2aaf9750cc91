import type { Clock } from '@runyard/domain';
import { networkOf } from './network-address.ts';
import type { LoginLimiter } from './ports.ts';

/** A bucket of tries: so many at once, and one more each interval. */
interface Allowance {
  readonly burst: number;
  readonly refillMs: number;
}

export interface LimiterOptions {
  readonly clock: Clock;
  readonly account?: Allowance;
  readonly address?: Allowance;
  /** Buckets kept of each kind. */
  readonly sizeMax?: number;
}

/** Counts wrong passwords in this process: by account, and by address. */
export class MemoryLoginLimiter implements LoginLimiter {
  private readonly accounts: Buckets;
  private readonly addresses: Buckets;

  constructor({ clock, account, address, sizeMax = 10_000 }: LimiterOptions) {
    this.accounts = new Buckets(clock, account ?? { burst: 10, refillMs: 6_000 }, sizeMax);
    this.addresses = new Buckets(clock, address ?? { burst: 30, refillMs: 2_000 }, sizeMax);
  }

  reserve(account: string | null, address: string): Promise<number> {
    const network = networkOf(address);
    // The address first: one that is refused must not use up the tries of an account.
    const addressWaitMs = this.addresses.take(network);
    if (addressWaitMs > 0) return Promise.resolve(toSeconds(addressWaitMs));
    const accountWaitMs = account === null ? 0 : this.accounts.take(account);
    if (accountWaitMs > 0) this.addresses.giveBack(network);
    return Promise.resolve(toSeconds(accountWaitMs));
  }

  release(account: string, address: string): Promise<void> {
    this.accounts.giveBack(account);
    this.addresses.giveBack(networkOf(address));
    return Promise.resolve();
  }
}

function toSeconds(milliseconds: number): number {
  return Math.ceil(milliseconds / 1_000);
}

/** Only buckets that are not full are kept, the one used longest ago first. */
class Buckets {
  private readonly clock: Clock;
  private readonly allowance: Allowance;
  private readonly sizeMax: number;
  private readonly used = new Map<string, { readonly tries: number; readonly atMs: number }>();

  constructor(clock: Clock, allowance: Allowance, sizeMax: number) {
    this.clock = clock;
    this.allowance = allowance;
    this.sizeMax = sizeMax;
  }

  /** Takes one try and answers 0, or answers how many milliseconds are missing. */
  take(key: string): number {
    const tries = this.triesOf(key);
    if (tries < 1) return Math.max(1, (1 - tries) * this.allowance.refillMs);
    this.put(key, tries - 1);
    return 0;
  }

  giveBack(key: string): void {
    this.put(key, this.triesOf(key) + 1);
  }

  private triesOf(key: string): number {
    const bucket = this.used.get(key);
    if (bucket === undefined) return this.allowance.burst;
    // A clock that was set back gives nothing and takes nothing.
    const passedMs = Math.max(0, this.clock.nowMs() - bucket.atMs);
    return Math.min(this.allowance.burst, bucket.tries + passedMs / this.allowance.refillMs);
  }

  private put(key: string, tries: number): void {
    this.used.delete(key);
    if (tries >= this.allowance.burst) return;
    this.used.set(key, { tries, atMs: this.clock.nowMs() });
    if (this.used.size <= this.sizeMax) return;
    // Pushing a bucket out takes as many wrong passwords as there are buckets. Hashing those takes longer than
    // the bucket needs to fill up by itself, so nothing is gained by it.
    const [oldest] = this.used.keys();
    if (oldest !== undefined) this.used.delete(oldest);
  }
}
