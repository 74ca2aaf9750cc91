import type { RunStore } from '@runyard/domain';
import { RunReader } from './run-reader.ts';
import { RunWriter, type RunWriterOptions } from './run-writer.ts';
import { known } from './store-errors.ts';

/** The run store in Redis. While Redis is away every method rejects with STORE_UNAVAILABLE. */
export function createRunStore(options: RunWriterOptions): RunStore {
  const writer = new RunWriter(options);
  const reader = new RunReader(options.connection, options.keys);
  return {
    accept: (spec, plan, catalogRevision) => known(writer.accept(spec, plan, catalogRevision)),
    targets: (runId) => known(writer.targets(runId)),
    plan: (runId, plan) => known(writer.plan(runId, plan)),
    fail: (runId, error) => known(writer.fail(runId, error)),
    get: (runId) => known(reader.get(runId)),
    findByRuntime: (createdAtUs) => known(reader.findByRuntime(createdAtUs)),
    list: (filter, cursor, limit) => known(reader.list(filter, cursor, limit)),
    devices: (runId, state, cursor, limit) => known(reader.devices(runId, state, cursor, limit)),
    device: (runId, name) => known(reader.device(runId, name)),
    resultsSince: (runId, sequence, limit) => known(reader.resultsSince(runId, sequence, limit)),
    log: (runId, cursor, limit) => known(reader.log(runId, cursor, limit)),
    claim: (slice, owner) => known(writer.claim(slice, owner)),
    record: (slice, claim, batch) => known(writer.record(slice, claim, batch)),
    letGo: (slice, claim) => known(writer.letGo(slice, claim)),
    requestCancel: (runId) => known(writer.requestCancel(runId)),
    isCancelRequested: (runIds) => known(reader.isCancelRequested(runIds)),
    openSlices: (runId) => known(reader.openSlices(runId)),
    openRuns: (beforeMs, limit, after) => known(reader.openRuns(beforeMs, limit, after)),
    reindex: (runId) => known(writer.reindex(runId)),
  };
}
