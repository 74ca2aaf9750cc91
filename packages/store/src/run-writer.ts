import {
  deviceStateOf,
  isTerminal,
  type NewAuditEntry,
  type RecordAnswer,
  type ResultBatch,
  type RunError,
  type RunId,
  rightsRevisionOf,
  type RunPlan,
  type RunSpec,
  type RunState,
  type RunStore,
  type RunTargets,
  type SliceClaim,
  type SliceRef,
} from '@runyard/domain';
import { defineScripts, isCluster, loadScript, type RedisConnection, runScript } from '@runyard/redis';
import { AUDIT_ENTRIES_MAX, auditFields } from './audit-log.ts';
import { DAY_MS, KEEP_SPARE_MS, recordLifeMs } from './keep-time.ts';
import type { Keys } from './keys.ts';
import { RUN_PRELUDE } from './prelude.ts';
import { encodeLogLine, encodeUpdates } from './result-updates.ts';
import { RunLabels } from './run-labels.ts';
import { decodeHeader, decodeNames, encodeHeader, encodeNames } from './slice-header.ts';

const script = (name: string, options = {}) =>
  loadScript(new URL(`./lua/${name}.lua`, import.meta.url), RUN_PRELUDE, options);
/** What each run needs: many at once share commands. */
const OF_EACH_RUN = { batch: true };
const ACCEPT_RUN = script('accept-run-any', OF_EACH_RUN);
const WRITE_PLAN = script('write-plan-1');
const COMMIT_PLAN = script('commit-plan-1');
const CLAIM_SLICE = script('claim-slice-any', OF_EACH_RUN);
const RECORD_RESULTS = script('record-results-any', OF_EACH_RUN);
const LET_GO = script('let-go-1');
const FAIL_RUN = script('fail-run-1');

const SCRIPTS = [ACCEPT_RUN, WRITE_PLAN, COMMIT_PLAN, CLAIM_SLICE, RECORD_RESULTS, LET_GO, FAIL_RUN];

/** How a run ends whose devices are all final, in the order in which the script takes their lists. */
const ENDS = ['succeeded', 'failed', 'cancelled', 'expired'] as const;

const LOG_LINES_MAX = 10_000;
/** Slices written at once by the plan step: some 40 kB, so that no other client waits. */
const PLAN_SLICES_AT_ONCE = 20;
const PLAN_WRITES_AT_ONCE = 4;
/** Names of targets that stay in the record, which is read often; more of them are kept beside it. */
const RECORD_TARGETS_MAX = 200;

export interface RunWriterOptions {
  readonly connection: RedisConnection;
  readonly keys: Keys;
  readonly nowMs: () => number;
}

/** The writing half of the run store: each method is one script, so that it happens wholly or not at all. */
export class RunWriter {
  private readonly connection: RedisConnection;
  private readonly keys: Keys;
  private readonly nowMs: () => number;
  private readonly labels: RunLabels;

  constructor({ connection, keys, nowMs }: RunWriterOptions) {
    this.connection = connection;
    this.keys = keys;
    this.nowMs = nowMs;
    this.labels = new RunLabels(connection, keys);
    defineScripts(connection, SCRIPTS);
  }

  /**
   * On one server lists and record are written in one step, if the catalog still is at the revision. In a Cluster they
   * lie apart: the lists come first, so that a crash between leaves an id that the reconciler finds and drops, and the
   * revision is asked for before.
   */
  async accept(
    spec: RunSpec,
    plan: RunPlan | null,
    catalogRevision?: number,
    audited?: NewAuditEntry,
  ): Promise<'written' | 'catalog-moved'> {
    const { connection, keys } = this;
    const { record } = keys.run(spec.id);
    const lists = this.listsOf(spec);
    if (spec.labels) this.labels.note(spec.labels, this.nowMs());
    const dueAtMs = Math.min(spec.startByMs ?? Infinity, spec.deadlineMs ?? Infinity);
    // Before the record: an id without one is dropped when it is looked at, a run without its time would never expire.
    if (dueAtMs < Infinity) void connection.zadd(keys.dueRuns, dueAtMs, spec.id).catch(() => undefined);
    if (!isCluster(connection)) {
      const args = acceptArguments({ spec, plan, catalogRevision, audited });
      const all = [record, keys.catalogRevision, keys.auditRuns, ...lists];
      return (await runScript<number>(connection, ACCEPT_RUN, all, args)) < 0 ? 'catalog-moved' : 'written';
    }
    if (catalogRevision !== undefined) {
      const revision = Number((await connection.get(keys.catalogRevision)) ?? 0);
      if (revision !== catalogRevision) return 'catalog-moved';
    }
    await Promise.all(lists.map((list) => connection.zadd(list, spec.createdAtUs, spec.id)));
    // Before the record: an entry too many may be left by a crash, a run without its entry never.
    if (audited) await connection.xadd(keys.auditRuns, 'MAXLEN', '~', AUDIT_ENTRIES_MAX, '*', ...auditFields(audited));
    await runScript(connection, ACCEPT_RUN, [record], acceptArguments({ spec, plan, catalogRevision }));
    return 'written';
  }

  /** The lists by which the run is found; the open ones first. */
  private listsOf({ service, labels = {}, notify }: RunSpec): string[] {
    const { keys } = this;
    const byLabel = Object.entries(labels).map(([key, value]) => keys.runsWithLabel(`${key}=${value}`));
    const told = notify ? [keys.deliveries] : [];
    return [keys.openRuns, keys.runs, keys.runsOfService(service), ...told, ...byLabel];
  }

  /** What the caller named, all of it: the record holds only a few. Null when there is no such run. */
  async targets(runId: RunId): Promise<RunTargets | null> {
    const [beside, spec] = await this.connection.hmget(this.keys.run(runId).record, 'targets', 'spec');
    if (beside) return JSON.parse(beside) as RunTargets;
    return spec ? (JSON.parse(spec) as RunSpec).targets : null;
  }

  async plan(runId: RunId, plan: RunPlan, rightsRevision?: string): Promise<'written' | 'planned' | 'ended'> {
    const keys = this.keys.run(runId);
    const written = await this.writeSlices(keys.record, [...encodeSlices(plan)]);
    if (written !== 'ok') return written === 'planned' ? 'planned' : 'ended';
    const answer = await runScript<string>(
      this.connection,
      COMMIT_PLAN,
      [keys.record],
      [
        totalOf(plan),
        plan.slices.length,
        plan.sorted ? '1' : '0',
        encodeNames(plan.inventory ?? []),
        this.keys.changed(runId),
        plan.sliceParallel ?? '',
        ...rolloutArguments(plan),
        rightsRevision ?? '',
        ...Object.entries(waitingSlices(plan)).flat(),
      ],
    );
    if (answer === 'ok') return 'written';
    return answer === 'planned' ? 'planned' : 'ended';
  }

  /** Several writes are under way at once, so that a large plan does not wait for each of them. */
  private async writeSlices(record: string, encoded: readonly (readonly [string, string])[]): Promise<string> {
    for (let first = 0; first < encoded.length; first += PLAN_SLICES_AT_ONCE * PLAN_WRITES_AT_ONCE) {
      const writes: Promise<string>[] = [];
      for (let write = 0; write < PLAN_WRITES_AT_ONCE; write += 1) {
        const from = first + write * PLAN_SLICES_AT_ONCE;
        const slices = encoded.slice(from, from + PLAN_SLICES_AT_ONCE).flat();
        if (slices.length > 0) writes.push(runScript(this.connection, WRITE_PLAN, [record], [from, ...slices]));
      }
      const refused = (await Promise.all(writes)).find((answer) => answer !== 'ok');
      if (refused !== undefined) return refused;
    }
    return 'ok';
  }

  async claim(slice: SliceRef, owner: string, rightsRevision = ''): ReturnType<RunStore['claim']> {
    const { connection, keys } = this;
    const { record } = keys.run(slice.runId);
    const revisions = [keys.identityRevision, keys.catalogRevision];
    type Claimed = [string, number, string, string, string, string, string, string, string, string];
    const answer = await runScript<Claimed | 'done' | 'gone' | 'paused' | 'unchecked'>(
      connection,
      CLAIM_SLICE,
      isCluster(connection) ? [record] : [record, ...revisions],
      [
        slice.slice,
        owner,
        this.nowMs(),
        keys.changed(slice.runId),
        rightsRevision,
        isCluster(connection) ? await this.rightsRevision() : '',
      ],
    );
    if (answer === 'gone' || answer === 'paused' || answer === 'unchecked') return answer;
    if (answer === 'done') {
      // Whoever finished the slice may have died before the lists were right.
      await this.reindex(slice.runId);
      return answer;
    }
    const [spec, token, header, names, segment, inventory, started, cancel, parallel, losses] = answer;
    return {
      spec: JSON.parse(spec) as RunSpec,
      token,
      cluster: decodeHeader(header).cluster,
      first: decodeHeader(header).first,
      names: decodeNames(names),
      states: Array.from({ length: segment.length / 6 }, (_, index) => deviceStateOf(segment.charAt(index * 6))),
      inventory: inventory === '' ? [] : decodeNames(inventory),
      runStartedAtMs: Number(started),
      cancelRequested: cancel !== '',
      parallel: parallel === '' ? null : Number(parallel),
      isTakenOver: token > 1,
      losses: decodeLosses(losses),
    };
  }

  /** In a Cluster the revisions lie apart from the record, so they are asked for before. */
  private async rightsRevision(): Promise<string> {
    const { connection, keys } = this;
    const [identity, catalog] = await Promise.all([
      connection.get(keys.identityRevision),
      connection.get(keys.catalogRevision),
    ]);
    return rightsRevisionOf(Number(identity ?? 0), Number(catalog ?? 0));
  }

  async record(slice: SliceRef, claim: SliceClaim, batch: ResultBatch): Promise<RecordAnswer> {
    const { connection, keys } = this;
    const { runId } = slice;
    const { createdAtUs, keep } = claim.spec;
    const run = keys.run(runId);
    const own = [run.record, run.rows, run.outputs, run.log];
    const lists = [keys.openRuns, ...ENDS.map((state) => keys.runsInState(state))];
    const { count, args } = await encodeUpdates(batch);
    const answer = await runScript<[number, string, RunState, number, string, number, string]>(
      connection,
      RECORD_RESULTS,
      isCluster(connection) ? own : [...own, ...lists],
      [
        slice.slice,
        claim.token,
        this.nowMs(),
        recordLifeMs(keep),
        keys.changed(runId),
        LOG_LINES_MAX,
        runId,
        createdAtUs,
        count,
        batch.allWait ? '1' : '',
        ...args,
        ...batch.log.map(encodeLogLine),
      ],
    );
    const [owned, cancel, runState, ended, next, paused, soakMs] = answer;
    if (ended && isCluster(connection)) await this.indexEnd(runId, createdAtUs, runState);
    return {
      owned: owned === 1,
      cancelRequested: cancel !== '',
      runState,
      nextSlice: next === '' ? null : Number(next),
      paused: paused === 1,
      ended: ended === 1,
      soakMs: soakMs === '' ? null : Number(soakMs),
    };
  }

  /** Takes the owner off a slice, if it still is the one of the claim: whoever takes it next took nothing from anybody. */
  async letGo(slice: SliceRef, claim: SliceClaim): Promise<{ readonly paused: boolean }> {
    const { record } = this.keys.run(slice.runId);
    const paused = await runScript<number>(this.connection, LET_GO, [record], [slice.slice, claim.token]);
    return { paused: paused === 1 };
  }

  async fail(runId: RunId, error: RunError, as: 'failed' | 'denied' = 'failed'): Promise<void> {
    const keys = this.keys.run(runId);
    const life = KEEP_SPARE_MS + 7 * DAY_MS;
    const event = as === 'denied' ? 'deny' : 'fail';
    const args = [JSON.stringify(error), this.nowMs(), this.keys.changed(runId), life, event];
    await runScript(this.connection, FAIL_RUN, [keys.record], args);
    await this.reindex(runId);
  }

  /** Puts a run into the lists that its record asks for. Drops an id without a record from the open runs. */
  async reindex(runId: RunId): Promise<void> {
    const { record } = this.keys.run(runId);
    const [spec, state, ended] = await this.connection.hmget(record, 'spec', 'state', 'ended');
    if (!spec || !state) {
      await this.connection.zrem(this.keys.openRuns, runId);
      return;
    }
    if (!isTerminal(state as RunState)) return;
    const { createdAtUs, keep } = JSON.parse(spec) as RunSpec;
    await this.indexEnd(runId, createdAtUs, state as RunState);
    // Whoever ends a run before it is planned does not know how long it is kept.
    await this.connection.pexpireat(record, Number(ended ?? this.nowMs()) + recordLifeMs(keep));
  }

  private async indexEnd(runId: RunId, createdAtUs: number, state: RunState): Promise<void> {
    await Promise.all([
      this.connection.zrem(this.keys.openRuns, runId),
      this.connection.zadd(this.keys.runsInState(state), createdAtUs, runId),
    ]);
  }
}

interface Accepted {
  readonly spec: RunSpec;
  readonly plan: RunPlan | null;
  readonly catalogRevision: number | undefined;
  readonly audited?: NewAuditEntry | undefined;
}

function acceptArguments({ spec, plan, catalogRevision, audited }: Accepted): (string | number)[] {
  const few = spec.targets.devices.length + spec.targets.pools.length <= RECORD_TARGETS_MAX;
  const stored: RunSpec = few ? spec : { ...spec, targets: { devices: [], pools: spec.targets.pools } };
  const entry = audited ? auditFields(audited) : [];
  return [
    JSON.stringify(stored),
    few ? '' : JSON.stringify(spec.targets),
    plan ? totalOf(plan) : '',
    plan?.sorted ? '1' : '0',
    encodeNames(plan?.inventory ?? []),
    spec.id,
    spec.createdAtUs,
    catalogRevision ?? '',
    plan?.sliceParallel ?? '',
    spec.rightsRevision ?? '',
    AUDIT_ENTRIES_MAX,
    parentIdOf(spec),
    entry.length,
    ...entry,
    ...(plan ? [...encodeSlices(plan)].flat() : []),
  ];
}

/** Empty for a run that is below none. */
function parentIdOf({ parent }: RunSpec): string {
  return parent?.runId ?? '';
}

/** How often the worker of each device was lost, by position in the slice. */
function decodeLosses(text: string): ReadonlyMap<number, number> {
  const losses = new Map<number, number>();
  for (const part of text.split(' ')) {
    const [position, times] = part.split('=');
    if (times !== undefined) losses.set(Number(position), Number(times));
  }
  return losses;
}

function totalOf(plan: RunPlan): number {
  return plan.slices.reduce((sum, { names }) => sum + names.length, 0);
}

function* encodeSlices(plan: RunPlan): Generator<readonly [string, string]> {
  const following = followers(plan);
  let first = 0;
  for (const [number, slice] of plan.slices.entries()) {
    yield [encodeHeader(slice, first, following[number] ?? null), encodeNames(slice.names)];
    first += slice.names.length;
  }
}

/** The following slice of the same cluster, by slice; they need not stand together in a rollout. */
function followers({ slices }: RunPlan): (number | null)[] {
  const next = new Map<string, number>();
  const following: (number | null)[] = [];
  for (let number = slices.length - 1; number >= 0; number -= 1) {
    const { cluster = '' } = slices[number] ?? {};
    following[number] = next.get(cluster) ?? null;
    next.set(cluster, number);
  }
  return following;
}

/** First batch, ends of all batches, window. The failures allowed are `-` when any number is. */
function rolloutArguments({ rollout, window }: RunPlan): (string | number)[] {
  if (!rollout) return ['', '', ''];
  let devices = 0;
  const ends = rollout.sizes.map((size) => (devices += size));
  const { soakMs, failuresMax, onBreach } = rollout;
  return [`0 ${ends[0]} ${soakMs} ${failuresMax ?? '-'} ${onBreach}`, ends.join(' '), window ?? ''];
}

/** For each cluster with more slices than may be queued at once: the first slice that is not queued yet. */
function waitingSlices({ slices, window = Infinity }: RunPlan): Record<string, number> {
  const waiting: Record<string, number> = {};
  const seen = new Map<string, number>();
  for (const [number, { cluster, batch = 0 }] of slices.entries()) {
    const count = (seen.get(cluster) ?? 0) + 1;
    seen.set(cluster, count);
    if (count > window || batch > 0) waiting[cluster] ??= number;
  }
  return waiting;
}
