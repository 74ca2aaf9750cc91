import { setTimeout as pause } from 'node:timers/promises';
import {
  type Clock,
  type DeliveryStore,
  type JobCheck,
  type Log,
  type MendingKind,
  type RunGate,
  type RunId,
  type RunMending,
  type RunQueue,
  type RunStore,
  type StartStop,
  type WorkerRegistry,
} from '@runyard/domain';
import { confirmed, createExamineRun, type Examination, type ExamineRun } from './examine-run.ts';
import { createMendGate, type MendGate } from './mend-gate.ts';
import { createMendRun, type MendRun } from './mend-run.ts';
import { createRaiseWaiting, type RaiseWaiting } from './raise-waiting.ts';
import { Rounds } from './rounds.ts';
import { createRunEnded, type RunEnded } from './run-ended.ts';

export interface ReconcilerDependencies {
  readonly runs: RunStore;
  readonly mending: RunMending;
  readonly queue: RunQueue;
  readonly jobs: JobCheck;
  readonly gate: RunGate;
  /** Told on when a run is ended here. */
  readonly deliveries?: Pick<DeliveryStore, 'hasten'>;
  /** What follows from the end of a run; absent where there are no trees of runs. */
  readonly runEnded?: RunEnded;
  /** Orders a run to end whose parent did. */
  readonly closeChild?: (runId: RunId) => Promise<boolean>;
  readonly workers: WorkerRegistry;
  readonly clock: Clock;
  readonly log: Log;
  /** True while this process is the one that reconciles. */
  readonly lead: () => Promise<boolean>;
  /** Told of each thing that was wrong with a run and is mended. */
  readonly onMended?: (kind: MendingKind) => void;
  /** Milliseconds between seeing that something is wrong and looking again. */
  readonly lookAgainMs?: number;
}

const ROUND_MS = 2_000;
/** A run that was accepted this long ago and has no job is not just on its way. */
const OPEN_FOR_MS = 5_000;
const RUNS_AT_ONCE = 200;
/** Longer than anybody needs between two writes that belong together. */
const LOOK_AGAIN_MS = 1_000;

/**
 * Finds runs that stand still because something died between two writes, and sets them going. A round looks at some
 * open runs, waits a moment, looks again at those that seemed wrong, and mends what still is. Paused runs are left
 * alone, unless they are to end. May die at any line: the next leader finds the same.
 */
export class Reconciler implements StartStop {
  private readonly deps: ReconcilerDependencies;
  private readonly rounds: Rounds;
  private readonly examine: ExamineRun;
  private readonly mend: MendRun;
  private readonly mendGate: MendGate;
  private readonly raiseWaiting: RaiseWaiting;
  /** Where the next round goes on, so that many runs that wait for a worker do not hide the ones behind them. */
  private after: RunId | null = null;

  constructor(deps: ReconcilerDependencies) {
    this.deps = deps;
    this.rounds = new Rounds({ firstAfterMs: ROUND_MS, round: (signal) => this.round(signal) });
    this.examine = createExamineRun(deps);
    this.mend = createMendRun({ ...deps, runEnded: deps.runEnded ?? createRunEnded(deps) });
    this.mendGate = createMendGate(deps);
    this.raiseWaiting = createRaiseWaiting(deps);
  }

  start(): Promise<void> {
    return this.rounds.start();
  }

  stop(): Promise<void> {
    return this.rounds.stop();
  }

  private async round(signal: AbortSignal): Promise<number> {
    await this.reconcile(signal).catch((error: unknown) => {
      if (!signal.aborted) this.deps.log.warn('reconciling failed', { error });
    });
    return ROUND_MS;
  }

  /** One round over some open runs, oldest first. Rejects when the signal aborts it. */
  async reconcile(signal?: AbortSignal): Promise<void> {
    const { runs, clock, lead, lookAgainMs = LOOK_AGAIN_MS } = this.deps;
    if (!(await lead())) return;
    const ids = await runs.openRuns(clock.nowMs() - OPEN_FOR_MS, RUNS_AT_ONCE, this.after);
    this.after = ids.length < RUNS_AT_ONCE ? null : (ids.at(-1) ?? null);
    if (ids.length === 0) return;
    const seen = await this.look(ids, signal);
    for (const { record, waits } of seen.values()) if (record) this.raiseWaiting.consider(record.spec, waits);
    await this.raiseWaiting.raise();
    await this.mendGates([...seen.values()]);
    const suspects = [...seen].filter(([, { findings }]) => findings.length > 0).map(([id]) => id);
    if (suspects.length === 0) return;
    await pause(lookAgainMs, undefined, signal ? { signal } : {});
    for (const [id, { record, findings }] of await this.look(suspects, signal)) {
      for (const finding of confirmed(seen.get(id)?.findings ?? [], findings)) {
        const count = await this.mend(id, record, finding);
        if (count > 0) this.mended(finding.kind, { runId: id, count });
      }
    }
  }

  private async look(ids: readonly RunId[], signal?: AbortSignal): Promise<ReadonlyMap<RunId, Examination>> {
    const live = new Set((await this.deps.workers.live()).map(({ id }) => id));
    const seen = new Map<RunId, Examination>();
    for (const id of ids) {
      signal?.throwIfAborted();
      seen.set(id, await this.examine(id, live));
    }
    return seen;
  }

  /** A place that is held for nothing matters when somebody waits for it. */
  private async mendGates(seen: readonly Examination[]): Promise<void> {
    const waiting = seen.filter(({ waitsAtGate }) => waitsAtGate);
    for (const service of new Set(waiting.map(({ record }) => record?.spec.service ?? ''))) {
      const count = await this.mendGate(service);
      if (count > 0) this.mended('gate-left', { service, count });
    }
  }

  private mended(
    kind: MendingKind,
    fields: { readonly runId?: RunId; readonly service?: string; count: number },
  ): void {
    this.deps.log.warn('mended', { kind, ...fields });
    this.deps.onMended?.(kind);
  }
}
