import type { Clock, Priority, RunId, RunQueue, SliceJob, StepRef } from '@runyard/domain';

interface Waiting {
  readonly sinceMs: number;
  /** As it is taken now; `raise` changes it. */
  readonly as: Priority;
}

/** Keeps what was queued, in the order in which it is taken. Like the real one, a slice that is added twice is there once. */
export class MemoryRunQueue implements RunQueue {
  readonly followsStore = false;
  readonly slices = new Map<string, SliceJob>();
  readonly plans = new Map<RunId, string>();
  /** Steps whose run a gateway is to start. */
  readonly steps = new Map<string, StepRef>();
  /** Plan jobs that were put off, oldest first. */
  readonly delayedPlans: { readonly runId: RunId; readonly delayMs: number }[] = [];
  private readonly waiting = new Map<string, Waiting>();
  private readonly clock: Clock;

  constructor(clock: Clock = { nowMs: () => 0 }) {
    this.clock = clock;
  }

  addSlices(jobs: readonly SliceJob[]): Promise<void> {
    const ordered = jobs.some(({ priority }) => priority === 'high') ? jobs.toReversed() : jobs;
    for (const job of ordered) {
      const id = idOf(job);
      if (!this.slices.has(id)) this.place(id, job, job.priority ?? 'normal', this.clock.nowMs());
    }
    return Promise.resolve();
  }

  addPlan(runId: RunId, service: string, delayMs?: number): Promise<void> {
    if (delayMs === undefined) this.plans.set(runId, service);
    else this.delayedPlans.push({ runId, delayMs });
    return Promise.resolve();
  }

  addStep(ref: StepRef): Promise<void> {
    this.steps.set(`${ref.runId} ${ref.device} ${ref.step}`, ref);
    return Promise.resolve();
  }

  raise(jobs: readonly SliceJob[], stepMs: number): Promise<readonly SliceJob[]> {
    const there = jobs
      .map((job) => ({ id: idOf(job), job, ...(this.waiting.get(idOf(job)) ?? { sinceMs: Infinity, as: 'high' }) }))
      .filter(({ id }) => this.slices.has(id))
      .toReversed()
      .sort((a, b) => b.sinceMs - a.sinceMs);
    for (const { id, job, sinceMs, as } of there) {
      const waitedMs = this.clock.nowMs() - sinceMs;
      if (as === 'low' && waitedMs >= stepMs) this.place(id, job, 'normal', sinceMs);
      else if (as !== 'low' && waitedMs >= (job.priority === 'low' ? 2 : 1) * stepMs) {
        this.place(id, job, 'high', sinceMs);
      }
    }
    return Promise.resolve(jobs.filter((job) => this.slices.has(idOf(job))));
  }

  raisePlans(runIds: readonly RunId[]): Promise<readonly RunId[]> {
    return Promise.resolve(runIds.filter((id) => this.plans.has(id)));
  }

  /** Takes the slice off the queue whose turn it is. */
  take(): SliceJob | undefined {
    const [first] = this.slices;
    if (!first) return undefined;
    this.slices.delete(first[0]);
    return first[1];
  }

  /** Takes the step off whose run was asked for first. */
  takeStep(): StepRef | undefined {
    const [first] = this.steps;
    if (!first) return undefined;
    this.steps.delete(first[0]);
    return first[1];
  }

  private place(id: string, job: SliceJob, as: Priority, sinceMs: number): void {
    this.slices.delete(id);
    this.waiting.set(id, { sinceMs, as });
    if (as === 'low') {
      this.slices.set(id, job);
      return;
    }
    const others = [...this.slices];
    const lows = others.filter(([other]) => this.waiting.get(other)?.as === 'low');
    const rest = others.filter(([other]) => this.waiting.get(other)?.as !== 'low');
    this.slices.clear();
    const entry: [string, SliceJob] = [id, job];
    for (const [key, value] of [...(as === 'high' ? [entry, ...rest] : [...rest, entry]), ...lows]) {
      this.slices.set(key, value);
    }
  }
}

function idOf({ runId, slice }: SliceJob): string {
  return `${runId}-${slice}`;
}
