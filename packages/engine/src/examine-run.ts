import {
  type Clock,
  isTerminal,
  type JobCheck,
  type MendingKind,
  type OpenSlice,
  type RunGate,
  type RunId,
  type RunRecord,
  type RunStore,
} from '@runyard/domain';
import { sliceJob } from './plan-of-run.ts';

export interface ExamineRunDependencies {
  readonly runs: RunStore;
  readonly jobs: JobCheck;
  readonly gate: RunGate;
  readonly clock: Clock;
}

/** Something that is wrong with a run, if it still is so when it is looked at again. */
export interface Finding {
  readonly kind: MendingKind;
  /** The slices that stand still; none when it is about the run as a whole. */
  readonly slices: readonly OpenSlice[];
  /** The batch of the rollout after which the run stands still. */
  readonly batch?: number;
}

export interface Examination {
  /** Null when there is no such run. */
  readonly record: RunRecord | null;
  readonly findings: readonly Finding[];
  /** What may wait in a queue: released slices that nobody has in hand, or the plan job. */
  readonly waits: readonly OpenSlice[] | 'plan';
  /** It waits for a place among the runs of its service. */
  readonly waitsAtGate: boolean;
}

/** A plan job that is put off comes this much late when planning is busy. */
const BATCH_LATE_MS = 2_000;
/** `RunGate.look` names no more runs. */
const INSIDE_SEEN_MAX = 100;

export type ExamineRun = (runId: RunId, liveWorkers: ReadonlySet<string>) => Promise<Examination>;

/** Looks at an open run and says what seems wrong. Changes nothing. */
export function createExamineRun(deps: ExamineRunDependencies): ExamineRun {
  const { runs, jobs, clock } = deps;
  return async (runId, liveWorkers) => {
    const record = await runs.get(runId);
    const nothing = { record, findings: [], waits: [], waitsAtGate: false };
    if (!record || isTerminal(record.state)) return { ...nothing, findings: [{ kind: 'index-wrong', slices: [] }] };
    if (await isLeftByParent(runs, record)) return { ...nothing, findings: [{ kind: 'parent-ended', slices: [] }] };
    // Also when it is paused: planning begins nothing, and a run without a job would stop the line of its service.
    if (!record.planned) return examineUnplanned(deps, record);
    const open = await runs.openSlices(runId);
    if (open.length === 0 || record.counts.pending + record.counts.running <= 0) {
      return { ...nothing, findings: [{ kind: 'done-but-open', slices: [] }] };
    }
    const idle = open.filter(({ owner }) => owner === null || !liveWorkers.has(owner));
    if (record.cancelRequested) {
      return { ...nothing, findings: idle.length > 0 ? [{ kind: 'stuck-cancelling', slices: idle }] : [] };
    }
    // Whoever resumes it queues what waits.
    if (record.pause) return nothing;
    // Slices that wait for others of their run are nobody's fault.
    const waits = idle.filter(({ isReleased }) => isReleased);
    const missing = await jobs.missing(waits.map(({ slice, cluster }) => sliceJob(record.spec, slice, cluster)));
    const lost = waits.filter(({ slice }) => missing.some((job) => job.slice === slice));
    const findings: Finding[] = [
      { kind: 'not-queued', slices: lost.filter(({ owner }) => owner === null) } as const,
      { kind: 'owner-dead', slices: lost.filter(({ owner }) => owner !== null) } as const,
    ].filter(({ slices }) => slices.length > 0);
    const batch = batchDue(record, clock.nowMs());
    if (batch !== null) findings.push({ kind: 'batch-due', slices: [], batch });
    return { record, findings, waits, waitsAtGate: false };
  };
}

/** A gateway that died, or a call over HTTP, may leave a run whose parent has ended. */
async function isLeftByParent(runs: RunStore, { spec, cancelRequested }: RunRecord): Promise<boolean> {
  if (cancelRequested || spec.parent?.onParentClose !== 'cancel') return false;
  const parent = await runs.get(spec.parent.runId);
  return parent !== null && parent.state !== 'succeeded' && isTerminal(parent.state);
}

/** A run whose service is full waits without a job; whoever leaves gives it one. */
async function examineUnplanned({ jobs, gate }: ExamineRunDependencies, record: RunRecord): Promise<Examination> {
  const { id, service, maxConcurrent } = record.spec;
  if (maxConcurrent !== undefined) {
    const { inside, before } = await gate.look(service, id);
    const isFull = inside.length >= Math.min(maxConcurrent - (before ?? 0), INSIDE_SEEN_MAX);
    if (before !== null && isFull) return { record, findings: [], waits: [], waitsAtGate: true };
  }
  const findings: Finding[] = (await jobs.hasPlan(id)) ? [] : [{ kind: 'not-queued', slices: [] }];
  return { record, findings, waits: 'plan', waitsAtGate: false };
}

function batchDue({ rollout }: RunRecord, nowMs: number): number | null {
  if (!rollout || rollout.nextAtMs === null) return null;
  return nowMs - rollout.nextAtMs > BATCH_LATE_MS ? rollout.batch : null;
}

/**
 * What was so at both looks. What changed between them is in somebody's hands: a job that was on its way, an end that
 * was being written, slices of a cancelled run that are being ended one by one.
 */
export function confirmed(first: readonly Finding[], second: readonly Finding[]): readonly Finding[] {
  return second.flatMap((finding) => {
    const before = first.find(({ kind, batch }) => kind === finding.kind && batch === finding.batch);
    if (!before || (finding.kind === 'stuck-cancelling' && finding.slices.length < before.slices.length)) return [];
    if (before.slices.length === 0) return finding.slices.length === 0 ? [finding] : [];
    const slices = finding.slices.filter(({ slice, owner }) =>
      before.slices.some((other) => other.slice === slice && other.owner === owner),
    );
    return slices.length > 0 ? [{ ...finding, slices }] : [];
  });
}
