import type { RedisConnection } from '@runyard/redis';
import type { Keys } from './keys.ts';

/** A gateway says this often that a label is in use. */
const NOTED_AGAIN_MS = 3_600_000;
/** A label that nobody noted for this long is on no run that is being accepted. */
export const LABEL_UNUSED_MS = 2 * NOTED_AGAIN_MS;
const REMEMBERED_MAX = 10_000;

/**
 * Which labels there are, so that their lists are found when the runs in them are long gone. Noting one costs a command
 * once an hour and label, not one for each run.
 */
export class RunLabels {
  private readonly connection: RedisConnection;
  private readonly keys: Keys;
  private readonly notedAtMs = new Map<string, number>();

  constructor(connection: RedisConnection, keys: Keys) {
    this.connection = connection;
    this.keys = keys;
  }

  /** Notes what was not noted lately, without waiting: a label that stays unknown costs an empty list, no run. */
  note(labels: Readonly<Record<string, string>>, nowMs: number): void {
    const fresh = Object.entries(labels)
      .map(([key, value]) => `${key}=${value}`)
      .filter((label) => nowMs - (this.notedAtMs.get(label) ?? -Infinity) >= NOTED_AGAIN_MS);
    if (fresh.length === 0) return;
    if (this.notedAtMs.size >= REMEMBERED_MAX) this.notedAtMs.clear();
    for (const label of fresh) this.notedAtMs.set(label, nowMs);
    this.connection.zadd(this.keys.runLabels, ...fresh.flatMap((label) => [nowMs, label])).catch(() => {
      for (const label of fresh) this.notedAtMs.delete(label);
    });
  }
}
