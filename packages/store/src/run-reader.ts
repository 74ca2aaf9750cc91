import {
  AppError,
  createdAtUsOf,
  DEVICE_STATE_LETTERS,
  DEVICE_STATES,
  type DeviceCounts,
  type DeviceResult,
  type DeviceRow,
  type DeviceState,
  deviceStateOf,
  isTerminal,
  type LogLine,
  type OpenSlice,
  type Page,
  type RolloutProgress,
  type RunError,
  type RunFilter,
  type RunId,
  type RunPause,
  type RunRecord,
  type RunSpec,
  type RunState,
  type SliceOrders,
  type SliceRef,
} from '@runyard/domain';
import type { RedisConnection } from '@runyard/redis';
import type { Keys } from './keys.ts';
import { decodeRow } from './row-format.ts';
import type { SliceHeaders } from './slice-headers.ts';
import { decodeNames, sliceOfDevice, type SliceHeader, slicesForName } from './slice-header.ts';

const RECORD_FIELDS = [
  'spec', 'state', 'rev', 'planned', 'slices', 'started', 'ended', 'cancel', 'error', 'total',
  'r', 's', 'f', 'k', 'c', 'u', 'paused', 'roll', 'rolls', 'nextAt',
] as const; // prettier-ignore
type RecordField = (typeof RECORD_FIELDS)[number];

/** Devices looked at in one read while a page is filled: 24 kB of entries. */
const WINDOW_DEVICES = 4_000;
/** Windows in one page: a page of a rare state may be short or empty and still have a cursor. */
const WINDOWS_MAX = 25;
const ENTRY_LENGTH = 6;
const SLICES_AT_ONCE = 500;

/** The reading half of the run store. No read grows with the size of a run. */
export class RunReader {
  private readonly connection: RedisConnection;
  private readonly keys: Keys;
  private readonly headers: SliceHeaders;

  constructor(connection: RedisConnection, keys: Keys, headers: SliceHeaders) {
    this.connection = connection;
    this.keys = keys;
    this.headers = headers;
  }

  async get(runId: RunId): Promise<RunRecord | null> {
    const values = await this.connection.hmget(this.keys.run(runId).record, ...RECORD_FIELDS);
    return decodeRecord(values);
  }

  async findByRuntime(createdAtUs: number): Promise<RunId | null> {
    const [id] = await this.connection.zrangebyscore(this.keys.runs, createdAtUs, createdAtUs);
    return id ?? null;
  }

  /** Newest first. The creation time is unique, so it is the cursor. */
  async list(filter: RunFilter, cursor: string | null, limit: number): Promise<Page<RunRecord>> {
    const list = this.listFor(filter);
    const oldest = filter.sinceMs === undefined ? '-inf' : filter.sinceMs * 1_000;
    let newest = cursor === null ? '+inf' : `(${decodeCursor(cursor)}`;
    const items: RunRecord[] = [];
    for (let round = 0; round < WINDOWS_MAX; round += 1) {
      const found = await this.connection.zrevrangebyscore(list, newest, oldest, 'WITHSCORES', 'LIMIT', 0, limit);
      const ids = found.filter((_, index) => index % 2 === 0);
      const records = await Promise.all(ids.map((id) => this.get(id)));
      for (const [index, record] of records.entries()) {
        newest = `(${found[index * 2 + 1]}`;
        // A place without a record is the pruner's business: in a Cluster the record may be just on its way.
        if (record && fits(record, filter)) items.push(record);
        if (items.length === limit) return { items, cursor: newest.slice(1) };
      }
      if (ids.length < limit) return { items, cursor: null };
    }
    return { items, cursor: newest.slice(1) };
  }

  private listFor({ service, state, label }: RunFilter): string {
    if (service !== undefined) return this.keys.runsOfService(service);
    if (label !== undefined) return this.keys.runsWithLabel(label);
    if (state === undefined) return this.keys.runs;
    return isTerminal(state) ? this.keys.runsInState(state) : this.keys.openRuns;
  }

  async devices(
    runId: RunId,
    state: DeviceState | null,
    cursor: string | null,
    limit: number,
  ): Promise<Page<DeviceRow>> {
    const headers = await this.headers.of(runId);
    let next = cursor === null ? 0 : decodeCursor(cursor);
    const wanted = state === null ? null : DEVICE_STATE_LETTERS[state];
    const items: { device: number; entry: string }[] = [];
    for (let window = 0; window < WINDOWS_MAX && items.length < limit; window += 1) {
      const entries = await this.entries(runId, headers.list, next, WINDOW_DEVICES);
      for (let at = 0; at < entries.length && items.length < limit; at += ENTRY_LENGTH) {
        const entry = entries.slice(at, at + ENTRY_LENGTH);
        if (wanted === null || entry[0] === wanted) items.push({ device: next, entry });
        next += 1;
      }
      if (entries.length < WINDOW_DEVICES * ENTRY_LENGTH && items.length < limit) {
        return { items: await this.rows(runId, headers.list, items), cursor: null };
      }
    }
    const last = (await this.entries(runId, headers.list, next, 1)).length === 0;
    return { items: await this.rows(runId, headers.list, items), cursor: last ? null : String(next) };
  }

  /** Entries of the devices from a number on: those of the slices that they lie in, cut to measure. */
  private async entries(runId: RunId, list: readonly SliceHeader[], first: number, count: number): Promise<string> {
    const last = list.at(-1);
    if (!last || first >= last.first + last.count) return '';
    const from = sliceOfDevice(list, first);
    const to = sliceOfDevice(list, first + count - 1);
    const fields = Array.from({ length: to - from + 1 }, (_, index) => `${from + index}:s`);
    const texts = await this.connection.hmget(this.keys.run(runId).record, ...fields);
    const skipped = first - (list[from]?.first ?? 0);
    return texts.join('').slice(skipped * ENTRY_LENGTH, (skipped + count) * ENTRY_LENGTH);
  }

  private async rows(
    runId: RunId,
    list: readonly SliceHeader[],
    items: readonly { device: number; entry: string }[],
  ): Promise<DeviceRow[]> {
    const slices = new Set(items.map(({ device }) => sliceOfDevice(list, device)));
    const names = new Map<number, string[]>();
    await Promise.all([...slices].map(async (slice) => names.set(slice, await this.names(runId, slice))));
    return Promise.all(
      items.map(({ device, entry }) => {
        const slice = sliceOfDevice(list, device);
        const name = names.get(slice)?.[device - (list[slice]?.first ?? 0)] ?? '';
        return this.row(runId, name, entry);
      }),
    );
  }

  private async names(runId: RunId, slice: number): Promise<string[]> {
    return decodeNames((await this.connection.hget(this.keys.run(runId).record, `${slice}:n`)) ?? '');
  }

  private async row(runId: RunId, name: string, entry: string): Promise<DeviceRow> {
    const number = parseInt(entry.slice(1), 16) - 1;
    const state = deviceStateOf(entry.charAt(0));
    if (number < 0) return { name, state, result: null };
    const text = await this.connection.lindex(this.keys.run(runId).rows, number);
    return { name, state, result: text === null ? null : await this.decode(runId, text, number) };
  }

  private decode(runId: RunId, text: string, number: number): Promise<DeviceResult> {
    return decodeRow(text, () => this.connection.hgetBuffer(this.keys.run(runId).outputs, String(number)));
  }

  async device(runId: RunId, name: string): Promise<DeviceRow | null> {
    const headers = await this.headers.of(runId);
    for (const slice of slicesForName(headers.list, headers.sorted, name)) {
      const position = (await this.names(runId, slice)).indexOf(name);
      const first = headers.list[slice]?.first;
      if (position >= 0 && first !== undefined)
        return this.row(runId, name, await this.entries(runId, headers.list, first + position, 1));
    }
    return null;
  }

  async resultsSince(runId: RunId, sequence: number, limit: number): Promise<readonly DeviceResult[]> {
    const rows = await this.connection.lrange(this.keys.run(runId).rows, sequence, sequence + limit - 1);
    return Promise.all(rows.map((text, index) => this.decode(runId, text, sequence + index)));
  }

  async log(runId: RunId, cursor: string | null, limit: number): Promise<Page<LogLine>> {
    const first = cursor === null ? 0 : decodeCursor(cursor);
    const lines = await this.connection.lrange(this.keys.run(runId).log, first, first + limit - 1);
    const items = lines.map((line) => {
      const [atMs, device, text] = JSON.parse(line) as [number, string, string];
      return { atMs, device, text };
    });
    return { items, cursor: items.length < limit ? null : String(first + items.length) };
  }

  async orders(slices: readonly (SliceRef & { readonly token: number })[]): Promise<readonly SliceOrders[]> {
    const fields = await Promise.all(
      slices.map(({ runId, slice }) =>
        this.connection.hmget(this.keys.run(runId).record, 'cancel', 'paused', `${slice}:t`),
      ),
    );
    return fields.map(([cancel, paused, token], index) => ({
      owned: Number(token) === slices[index]?.token,
      cancelRequested: cancel !== null,
      paused: paused !== null,
    }));
  }

  async openSlices(runId: RunId): Promise<readonly OpenSlice[]> {
    const { list } = await this.headers.of(runId);
    if (list.length === 0) return [];
    const { record } = this.keys.run(runId);
    const clusters = [...new Set(list.map(({ cluster }) => cluster))];
    const waiting = await this.connection.hmget(record, ...clusters.map((cluster) => `w:${cluster}`));
    const firstWaiting = new Map(clusters.map((cluster, index) => [cluster, Number(waiting[index] || Infinity)]));
    const open: OpenSlice[] = [];
    for (let first = 0; first < list.length; first += SLICES_AT_ONCE) {
      const some = list.slice(first, first + SLICES_AT_ONCE);
      const fields = some.flatMap((_, index) => [`${first + index}:o`, `${first + index}:d`]);
      const values = await this.connection.hmget(record, ...fields);
      for (const [index, { cluster }] of some.entries()) {
        if (values[index * 2 + 1]) continue;
        const slice = first + index;
        const isReleased = slice < (firstWaiting.get(cluster) ?? Infinity);
        open.push({ runId, slice, cluster, owner: values[index * 2] ?? null, isReleased });
      }
    }
    return open;
  }

  async openRuns(beforeMs: number, limit: number, after: RunId | null = null): Promise<readonly RunId[]> {
    // The score is the creation time, which no two runs share.
    const first = after === null ? '-inf' : `(${createdAtUsOf(after)}`;
    return this.connection.zrangebyscore(this.keys.openRuns, first, beforeMs * 1_000, 'LIMIT', 0, limit);
  }
}

/** Null when there is no such run. */
function decodeRecord(values: readonly (string | null)[]): RunRecord | null {
  const field = (name: RecordField) => values[RECORD_FIELDS.indexOf(name)] ?? null;
  const spec = field('spec');
  if (spec === null) return null;
  const error = field('error');
  return {
    spec: JSON.parse(spec) as RunSpec,
    state: field('state') as RunState,
    revision: Number(field('rev')),
    counts: decodeCounts(field),
    planned: field('planned') === '1',
    slices: Number(field('slices')),
    startedAtMs: timeOf(field('started')),
    endedAtMs: timeOf(field('ended')),
    cancelRequested: field('cancel') !== null,
    pause: decodePause(field('paused')),
    rollout: decodeRollout(field('roll'), field('rolls'), field('nextAt')),
    error: error === null ? null : (JSON.parse(error) as RunError),
  };
}

function decodePause(text: string | null): RunPause | null {
  return text === null ? null : (JSON.parse(text) as RunPause);
}

function decodeRollout(roll: string | null, rolls: string | null, nextAt: string | null): RolloutProgress | null {
  if (roll === null || rolls === null) return null;
  return { batch: parseInt(roll, 10), batches: rolls.split(' ').length, nextAtMs: timeOf(nextAt) };
}

function timeOf(text: string | null): number | null {
  return text === null ? null : Number(text);
}

function decodeCounts(field: (name: RecordField) => string | null): DeviceCounts {
  const counts = { total: Number(field('total')) } as Record<DeviceState | 'total', number>;
  counts.pending = counts.total;
  for (const state of DEVICE_STATES) {
    if (state === 'pending') continue;
    counts[state] = Number(field(DEVICE_STATE_LETTERS[state] as RecordField));
    counts.pending -= counts[state];
  }
  return counts;
}

function fits(record: RunRecord, { service, state, label }: RunFilter): boolean {
  if (service !== undefined && record.spec.service !== service) return false;
  if (state !== undefined && record.state !== state) return false;
  return (
    label === undefined || Object.entries(record.spec.labels ?? {}).some(([key, value]) => `${key}=${value}` === label)
  );
}

function decodeCursor(cursor: string): number {
  if (!/^\d{1,16}$/.test(cursor)) throw new AppError('CURSOR_INVALID', 'The cursor is not one that a page gave.');
  return Number(cursor);
}
