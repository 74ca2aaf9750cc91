import type { RunStore } from '@runyard/domain';
import { RunOrders } from './run-orders.ts';
import { RunReader } from './run-reader.ts';
import { RunWriter, type RunWriterOptions } from './run-writer.ts';
import { SliceHeaders } from './slice-headers.ts';
import { known } from './store-errors.ts';

/** How long the record of a run is kept that ended before it began: 7 days, and one for the pruner. */
const KEEP_MS = 8 * 86_400_000;

/** The run store in Redis. While Redis is away every method rejects with STORE_UNAVAILABLE. */
export function createRunStore(options: RunWriterOptions): RunStore {
  const { connection, keys, nowMs } = options;
  const headers = new SliceHeaders(connection, keys);
  const writer = new RunWriter(options);
  const reader = new RunReader(connection, keys, headers);
  const orders = new RunOrders({
    connection,
    keys,
    nowMs,
    headers,
    keepMs: KEEP_MS,
    reindex: (id) => writer.reindex(id),
  });
  return {
    accept: (...args) => known(writer.accept(...args)),
    targets: (runId) => known(writer.targets(runId)),
    plan: (...args) => known(writer.plan(...args)),
    fail: (...args) => known(writer.fail(...args)),
    get: (runId) => known(reader.get(runId)),
    findByRuntime: (createdAtUs) => known(reader.findByRuntime(createdAtUs)),
    list: (filter, cursor, limit) => known(reader.list(filter, cursor, limit)),
    devices: (runId, state, cursor, limit) => known(reader.devices(runId, state, cursor, limit)),
    device: (runId, name) => known(reader.device(runId, name)),
    resultsSince: (runId, sequence, limit) => known(reader.resultsSince(runId, sequence, limit)),
    log: (runId, cursor, limit) => known(reader.log(runId, cursor, limit)),
    claim: (...args) => known(writer.claim(...args)),
    record: (slice, claim, batch) => known(writer.record(slice, claim, batch)),
    letGo: (slice, claim) => known(writer.letGo(slice, claim)),
    requestCancel: (runId) => known(orders.requestCancel(runId)),
    setPause: (runId, pause) => known(orders.setPause(runId, pause)),
    expire: (runId, error) => known(orders.expire(runId, error)),
    dueRuns: (nowMs, limit) => known(orders.dueRuns(nowMs, limit)),
    setDue: (runId, dueAtMs) => known(orders.setDue(runId, dueAtMs)),
    nextBatch: (runId, batch) => known(orders.nextBatch(runId, batch)),
    orders: (slices) => known(reader.orders(slices)),
    openSlices: (runId) => known(reader.openSlices(runId)),
    pin: (runId, text) => known(orders.pin(runId, text)),
    openRuns: (beforeMs, limit, after) => known(reader.openRuns(beforeMs, limit, after)),
    reindex: (runId) => known(writer.reindex(runId)),
  };
}
