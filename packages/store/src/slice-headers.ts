import type { RunId } from '@runyard/domain';
import type { RedisConnection } from '@runyard/redis';
import type { Keys } from './keys.ts';
import { decodeHeader, type SliceHeader } from './slice-header.ts';

interface Headers {
  readonly list: readonly SliceHeader[];
  readonly sorted: boolean;
}

const RUNS_KEPT_MAX = 200;
const FIELDS_AT_ONCE = 1_000;

/** The headers of the slices of runs looked at lately. They never change once a run is planned. */
export class SliceHeaders {
  private readonly connection: RedisConnection;
  private readonly keys: Keys;
  private readonly kept = new Map<RunId, Headers>();

  constructor(connection: RedisConnection, keys: Keys) {
    this.connection = connection;
    this.keys = keys;
  }

  async of(runId: RunId): Promise<Headers> {
    const known = this.kept.get(runId);
    if (known) return known;
    const keys = this.keys.run(runId);
    const [planned, count, sorted] = await this.connection.hmget(keys.record, 'planned', 'slices', 'sorted');
    if (planned !== '1') return { list: [], sorted: false };
    const list: SliceHeader[] = [];
    for (let first = 0; first < Number(count); first += FIELDS_AT_ONCE) {
      const length = Math.min(FIELDS_AT_ONCE, Number(count) - first);
      const fields = Array.from({ length }, (_, index) => String(first + index));
      for (const text of await this.connection.hmget(keys.record, ...fields)) list.push(decodeHeader(text ?? ''));
    }
    const headers = { list, sorted: sorted === '1' };
    const oldest = this.kept.size >= RUNS_KEPT_MAX ? this.kept.keys().next().value : undefined;
    if (oldest !== undefined) this.kept.delete(oldest);
    this.kept.set(runId, headers);
    return headers;
  }
}
