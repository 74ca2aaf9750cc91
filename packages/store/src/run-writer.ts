import {
  DEVICE_STATE_LETTERS,
  type DeviceResult,
  deviceStateOf,
  isTerminal,
  type LogLine,
  type RecordAnswer,
  type ResultBatch,
  type RunError,
  type RunId,
  type RunPlan,
  type RunSpec,
  type RunState,
  type RunTargets,
  type SliceClaim,
  type SliceRef,
} from '@runyard/domain';
import { defineScripts, isCluster, loadScript, type RedisConnection, runScript } from '@runyard/redis';
import type { Keys } from './keys.ts';
import { RUN_PRELUDE } from './prelude.ts';
import { encodeRow } from './row-format.ts';
import { decodeHeader, decodeNames, encodeHeader, encodeNames } from './slice-header.ts';

const script = (name: string) => loadScript(new URL(`./lua/${name}.lua`, import.meta.url), RUN_PRELUDE);
const ACCEPT_RUN = script('accept-run-any');
const WRITE_PLAN = script('write-plan-1');
const COMMIT_PLAN = script('commit-plan-1');
const CLAIM_SLICE = script('claim-slice-1');
const RECORD_RESULTS = script('record-results-any');
const LET_GO = script('let-go-1');
const FAIL_RUN = script('fail-run-1');
const REQUEST_CANCEL = script('request-cancel-1');

const SCRIPTS = [ACCEPT_RUN, WRITE_PLAN, COMMIT_PLAN, CLAIM_SLICE, RECORD_RESULTS, LET_GO, FAIL_RUN, REQUEST_CANCEL];

/** How a run ends whose devices are all final, in the order in which the script takes their lists. */
const ENDS = ['succeeded', 'failed', 'cancelled'] as const;

const DAY_MS = 86_400_000;
const LOG_LINES_MAX = 10_000;
const LOG_LINE_CHARS_MAX = 2_000;
/** Slices written at once by the plan step: some 40 kB, so that no other client waits. */
const PLAN_SLICES_AT_ONCE = 20;
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

  constructor({ connection, keys, nowMs }: RunWriterOptions) {
    this.connection = connection;
    this.keys = keys;
    this.nowMs = nowMs;
    defineScripts(connection, SCRIPTS);
  }

  /**
   * On one server lists and record are written in one step, if the catalog still is at the revision. In a Cluster they
   * lie apart: the lists come first, so that a crash between leaves an id that the reconciler finds and drops, and the
   * revision is asked for before.
   */
  async accept(spec: RunSpec, plan: RunPlan | null, catalogRevision?: number): Promise<'written' | 'catalog-moved'> {
    const { connection, keys } = this;
    const { record } = keys.run(spec.id);
    const lists = this.listsOf(spec);
    if (!isCluster(connection)) {
      const args = acceptArguments(spec, plan, catalogRevision);
      const all = [record, keys.catalogRevision, ...lists];
      return (await runScript<number>(connection, ACCEPT_RUN, all, args)) < 0 ? 'catalog-moved' : 'written';
    }
    if (catalogRevision !== undefined) {
      const revision = Number((await connection.get(keys.catalogRevision)) ?? 0);
      if (revision !== catalogRevision) return 'catalog-moved';
    }
    await Promise.all(lists.map((list) => connection.zadd(list, spec.createdAtUs, spec.id)));
    await runScript(connection, ACCEPT_RUN, [record], acceptArguments(spec, plan, catalogRevision));
    return 'written';
  }

  /** The lists by which the run is found; the open ones first. */
  private listsOf({ service, labels = {} }: RunSpec): string[] {
    const { keys } = this;
    const byLabel = Object.entries(labels).map(([key, value]) => keys.runsWithLabel(`${key}=${value}`));
    return [keys.openRuns, keys.runs, keys.runsOfService(service), ...byLabel];
  }

  /** What the caller named, all of it: the record holds only a few. Null when there is no such run. */
  async targets(runId: RunId): Promise<RunTargets | null> {
    const [beside, spec] = await this.connection.hmget(this.keys.run(runId).record, 'targets', 'spec');
    if (beside) return JSON.parse(beside) as RunTargets;
    return spec ? (JSON.parse(spec) as RunSpec).targets : null;
  }

  async plan(runId: RunId, plan: RunPlan): Promise<'written' | 'planned' | 'ended'> {
    const keys = this.keys.run(runId);
    for (let first = 0; first < plan.slices.length; first += PLAN_SLICES_AT_ONCE) {
      const slices = encodeSlices(plan, first, first + PLAN_SLICES_AT_ONCE);
      const answer = await runScript<string>(this.connection, WRITE_PLAN, [keys.record], [first, ...slices]);
      if (answer !== 'ok') return answer === 'planned' ? 'planned' : 'ended';
    }
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
        ...Object.entries(waitingSlices(plan)).flat(),
      ],
    );
    if (answer === 'ok') return 'written';
    return answer === 'planned' ? 'planned' : 'ended';
  }

  async claim(slice: SliceRef, owner: string): Promise<SliceClaim | 'done' | 'gone'> {
    const keys = this.keys.run(slice.runId);
    type Claimed = [string, number, string, string, string, string, string, string, string, string];
    const answer = await runScript<Claimed | 'done' | 'gone'>(
      this.connection,
      CLAIM_SLICE,
      [keys.record],
      [slice.slice, owner, this.nowMs(), this.keys.changed(slice.runId)],
    );
    if (answer === 'gone') return answer;
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

  async record(slice: SliceRef, claim: SliceClaim, batch: ResultBatch): Promise<RecordAnswer> {
    const { connection, keys } = this;
    const { runId } = slice;
    const { createdAtUs, keep } = claim.spec;
    const run = keys.run(runId);
    const own = [run.record, run.rows, run.outputs, run.log];
    const lists = [keys.openRuns, ...ENDS.map((state) => keys.runsInState(state))];
    const { count, args } = await encodeUpdates(batch);
    const answer = await runScript<[number, string, RunState, number, string]>(
      connection,
      RECORD_RESULTS,
      isCluster(connection) ? own : [...own, ...lists],
      [
        slice.slice,
        claim.token,
        this.nowMs(),
        keep.days * DAY_MS,
        keys.changed(runId),
        LOG_LINES_MAX,
        runId,
        createdAtUs,
        count,
        ...args,
        ...batch.log.map(encodeLogLine),
      ],
    );
    const [owned, cancel, runState, ended, next] = answer;
    if (ended && isCluster(connection)) await this.indexEnd(runId, createdAtUs, runState);
    return {
      owned: owned === 1,
      cancelRequested: cancel !== '',
      runState,
      nextSlice: next === '' ? null : Number(next),
    };
  }

  /** Takes the owner off a slice, if it still is the one of the claim: whoever takes it next took nothing from anybody. */
  async letGo(slice: SliceRef, claim: SliceClaim): Promise<void> {
    const { record } = this.keys.run(slice.runId);
    await runScript(this.connection, LET_GO, [record], [slice.slice, claim.token]);
  }

  async fail(runId: RunId, error: RunError): Promise<void> {
    const keys = this.keys.run(runId);
    const args = [JSON.stringify(error), this.nowMs(), this.keys.changed(runId), 7 * DAY_MS];
    await runScript(this.connection, FAIL_RUN, [keys.record], args);
    await this.reindex(runId);
  }

  async requestCancel(runId: RunId): Promise<RunState | null> {
    const keys = this.keys.run(runId);
    const args = [this.nowMs(), this.keys.changed(runId), 7 * DAY_MS];
    const state = await runScript<RunState | ''>(this.connection, REQUEST_CANCEL, [keys.record], args);
    if (state === '') return null;
    if (isTerminal(state)) await this.reindex(runId);
    return state;
  }

  /** Puts a run into the lists that its record asks for. Drops an id without a record from the open runs. */
  async reindex(runId: RunId): Promise<void> {
    const [spec, state] = await this.connection.hmget(this.keys.run(runId).record, 'spec', 'state');
    if (!spec || !state) {
      await this.connection.zrem(this.keys.openRuns, runId);
      return;
    }
    if (isTerminal(state as RunState)) {
      await this.indexEnd(runId, (JSON.parse(spec) as RunSpec).createdAtUs, state as RunState);
    }
  }

  private async indexEnd(runId: RunId, createdAtUs: number, state: RunState): Promise<void> {
    await Promise.all([
      this.connection.zrem(this.keys.openRuns, runId),
      this.connection.zadd(this.keys.runsInState(state), createdAtUs, runId),
    ]);
  }
}

function acceptArguments(
  spec: RunSpec,
  plan: RunPlan | null,
  catalogRevision: number | undefined,
): (string | number)[] {
  const few = spec.targets.devices.length + spec.targets.pools.length <= RECORD_TARGETS_MAX;
  const stored: RunSpec = few ? spec : { ...spec, targets: { devices: [], pools: spec.targets.pools } };
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
    ...(plan ? encodeSlices(plan, 0, plan.slices.length) : []),
  ];
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

function encodeSlices(plan: RunPlan, from: number, to: number): string[] {
  let first = 0;
  for (const { names } of plan.slices.slice(0, from)) first += names.length;
  const encoded: string[] = [];
  for (const [index, slice] of plan.slices.slice(from, to).entries()) {
    encoded.push(encodeHeader(slice, first, nextOfCluster(plan, from + index)), encodeNames(slice.names));
    first += slice.names.length;
  }
  return encoded;
}

/** The slices of a cluster stand together, so the next one is its neighbour or there is none. */
function nextOfCluster({ slices }: RunPlan, number: number): number | null {
  return slices[number + 1]?.cluster === slices[number]?.cluster ? number + 1 : null;
}

/** For each cluster with more slices than the window: the first slice that is not queued yet. */
function waitingSlices({ slices, window = Infinity }: RunPlan): Record<string, number> {
  const waiting: Record<string, number> = {};
  const seen = new Map<string, number>();
  for (const [number, { cluster }] of slices.entries()) {
    const count = (seen.get(cluster) ?? 0) + 1;
    seen.set(cluster, count);
    if (count === window + 1) waiting[cluster] = number;
  }
  return waiting;
}

/**
 * Updates in ascending order of position: `<position>r` for a device that began, `<position>p` for one given back; `<position><letter>` and its row for
 * one that ended, with `+` behind the letter and the compressed output behind the row when it is large. A device that
 * began and ended in one batch is written once.
 */
async function encodeUpdates({
  started,
  returned = [],
  results,
}: ResultBatch): Promise<{ count: number; args: Argument[] }> {
  const settled = new Set([...results.map(({ position }) => position), ...returned]);
  const began = started.filter((position) => !settled.has(position));
  const updates: { readonly position: number; readonly result: DeviceResult | 'running' | 'pending' }[] = [
    ...results,
    ...began.map((position) => ({ position, result: 'running' as const })),
    ...returned.map((position) => ({ position, result: 'pending' as const })),
  ];
  updates.sort((a, b) => a.position - b.position);
  const args: Argument[] = [];
  for (const { position, result } of updates) {
    if (typeof result === 'string') {
      args.push(`${position}${DEVICE_STATE_LETTERS[result]}`);
      continue;
    }
    const { row, large } = encodeRow(result);
    const head = `${position}${DEVICE_STATE_LETTERS[result.state]}`;
    if (large) args.push(`${head}+`, row, await large);
    else args.push(head, row);
  }
  return { count: updates.length, args };
}

type Argument = string | number | Buffer;

function encodeLogLine({ atMs, device, text }: LogLine): string {
  return JSON.stringify([atMs, device, text.slice(0, LOG_LINE_CHARS_MAX)]);
}
