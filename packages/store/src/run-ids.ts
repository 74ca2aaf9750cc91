import { randomBytes } from 'node:crypto';
import { AppError, type Clock, type Log, type RunIds, type StartStop } from '@runyard/domain';
import type { RedisConnection } from '@runyard/redis';
import type { Keys } from './keys.ts';

/** Gateways at once on one Redis; each may accept 31,250 runs a second. */
const GATEWAYS_MAX = 32;
const LEASE_MS = 15_000;
const RENEW_MS = 5_000;
const RANDOM_BYTES = 5;
const RANDOM_BLOCK_BYTES = 8_000;

/**
 * Run ids and creation times that no other gateway gives too. Each gateway holds a number by lease and gives only
 * those microseconds whose remainder by 32 is its number; within the gateway each is given once. A gateway that could
 * not renew its lease in time gives none until it has a number again.
 */
export class LeasedRunIds implements RunIds, StartStop {
  private readonly connection: RedisConnection;
  private readonly keys: Keys;
  private readonly clock: Clock;
  private readonly log: Log;
  private readonly owner = randomBytes(8).toString('hex');
  private number: number | null = null;
  private validUntilMs = 0;
  private lastStep = 0;
  private random = Buffer.alloc(0);
  private randomUsed = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(options: { connection: RedisConnection; keys: Keys; clock: Clock; log: Log }) {
    this.connection = options.connection;
    this.keys = options.keys;
    this.clock = options.clock;
    this.log = options.log;
  }

  async start(): Promise<void> {
    await this.acquire();
    this.timer = setInterval(() => void this.renew(), RENEW_MS);
    this.timer.unref();
  }

  /** The lease is left to end by itself: the number must rest until the clock is past the last time given. */
  stop(): Promise<void> {
    clearInterval(this.timer);
    this.number = null;
    return Promise.resolve();
  }

  next(): { id: string; createdAtUs: number } {
    const nowMs = this.clock.nowMs();
    if (this.number === null || nowMs >= this.validUntilMs) {
      throw new AppError('STORE_UNAVAILABLE', 'This gateway has no number from Redis at the moment. Try again.', {
        retryAfter: 1,
      });
    }
    this.lastStep = Math.max(Math.floor((nowMs * 1_000) / GATEWAYS_MAX), this.lastStep + 1);
    const createdAtUs = this.lastStep * GATEWAYS_MAX + this.number;
    const time = createdAtUs.toString(16).padStart(14, '0');
    return { id: `${time}${this.randomHex()}`, createdAtUs };
  }

  /** Ten digits out of a block: asking the system for five bytes at a time costs more than the rest of an id. */
  private randomHex(): string {
    if (this.randomUsed + RANDOM_BYTES > this.random.length) {
      this.random = randomBytes(RANDOM_BLOCK_BYTES);
      this.randomUsed = 0;
    }
    const start = this.randomUsed;
    this.randomUsed += RANDOM_BYTES;
    return this.random.toString('hex', start, this.randomUsed);
  }

  private async acquire(): Promise<void> {
    const first = Math.floor(Math.random() * GATEWAYS_MAX);
    for (let step = 0; step < GATEWAYS_MAX; step += 1) {
      const number = (first + step) % GATEWAYS_MAX;
      const askedAtMs = this.clock.nowMs();
      const taken = await this.connection.set(this.keys.gatewayNumber(number), this.owner, 'PX', LEASE_MS, 'NX');
      if (taken !== 'OK') continue;
      this.number = number;
      this.validUntilMs = askedAtMs + LEASE_MS - RENEW_MS;
      return;
    }
    throw new AppError('STORE_UNAVAILABLE', `${GATEWAYS_MAX} gateways run already on this Redis.`, { retryAfter: 15 });
  }

  private async renew(): Promise<void> {
    try {
      const askedAtMs = this.clock.nowMs();
      if (this.number !== null) {
        const key = this.keys.gatewayNumber(this.number);
        const mine = (await this.connection.get(key)) === this.owner;
        if (mine && (await this.connection.pexpire(key, LEASE_MS)) === 1) {
          this.validUntilMs = askedAtMs + LEASE_MS - RENEW_MS;
          return;
        }
        this.number = null;
      }
      await this.acquire();
    } catch (error) {
      this.log.warn('gateway number not renewed', { error });
    }
  }
}
