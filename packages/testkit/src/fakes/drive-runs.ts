import { setImmediate as nextTurn } from 'node:timers/promises';
import { isAppError, isTerminal, type RunId, type SliceJob, type StepRef } from '@runyard/domain';
import { Reconciler, type RunSlice } from '@runyard/engine';
import type { EngineBundle } from './engine-bundle.ts';
import type { EngineGateway } from './engine-processes.ts';
import { MemoryJobCheck, MemoryRunMending } from './memory-run-mending.ts';
import { MortalProcess, type MortalOptions } from './mortal-process.ts';

export interface DriveOptions {
  /** When the first worker dies. */
  readonly worker?: MortalOptions;
  /** When the first gateway dies. */
  readonly gateway?: MortalOptions;
  /** What people do meanwhile, with the gateway that is alive; called again and again. */
  readonly people?: (gateway: EngineGateway) => Promise<void>;
}

/** Older than what the reconciler takes for just on its way. */
const LATER_MS = 6_000;
/** Long enough for whatever is on its way on a busy machine. */
const GIVES_UP_MS = 4_000;

/**
 * Plays the queue for one worker and one gateway: gives them their jobs, at least once. When one of them dies, another
 * takes its place and its jobs, and the reconciler makes a round.
 */
export class RunDriver {
  private readonly bundle: EngineBundle;
  private readonly people: (gateway: EngineGateway) => Promise<void>;
  private readonly slices = new Map<string, SliceJob>();
  private readonly steps = new Map<string, StepRef>();
  private readonly plans = new Map<RunId, RunId>();
  private readonly failures: unknown[] = [];
  private readonly dead: MortalProcess[] = [];
  private workers = 1;
  private isMended = false;
  private worker: { readonly process: MortalProcess; readonly run: RunSlice };
  private gateway: { readonly process: MortalProcess; readonly does: EngineGateway };
  private answering: Promise<void> | null = null;

  constructor(bundle: EngineBundle, { worker, gateway, people = async () => undefined }: DriveOptions = {}) {
    this.bundle = bundle;
    this.people = people;
    this.worker = this.newWorker(worker);
    this.gateway = this.newGateway(gateway);
  }

  /** Resolves when the runs have ended and nobody has a job of anything in hand. */
  async untilEnded(...runIds: readonly RunId[]): Promise<void> {
    await this.until(async () => {
      const records = await Promise.all(runIds.map((id) => this.bundle.runs.get(id)));
      return records.every((record) => record && isTerminal(record.state)) && this.isIdle();
    });
    await this.bury();
  }

  /** Gives out jobs until the condition holds. */
  async until(isOver: () => boolean | Promise<boolean>): Promise<void> {
    try {
      await this.drive(isOver);
    } catch (error) {
      // What still runs would keep the process of the test alive.
      this.bundle.stopping.abort();
      await this.bury();
      throw error;
    }
  }

  private async drive(isOver: () => boolean | Promise<boolean>): Promise<void> {
    const giveUpAtMs = Date.now() + GIVES_UP_MS;
    while (!(await isOver())) {
      if (this.failures.length > 0) throw this.failures[0];
      if (Date.now() > giveUpAtMs) throw new Error(`stands still: ${JSON.stringify(await this.seen())}`);
      this.giveOut();
      this.answering ??= this.people(this.gateway.does)
        .catch((error: unknown) => void this.failures.push(error))
        .finally(() => (this.answering = null));
      if (this.worker.process.dead || this.gateway.process.dead) await this.replace();
      if (!this.isMended && (this.worker.process.hasMissed || this.gateway.process.hasMissed)) await this.mend();
      await nextTurn();
    }
  }

  private isIdle(): boolean {
    const { queue } = this.bundle;
    const waiting = queue.slices.size + queue.steps.size + queue.plans.size;
    return waiting + this.slices.size + this.steps.size + this.plans.size === 0;
  }

  private giveOut(): void {
    const { queue } = this.bundle;
    for (let job = queue.take(); job; job = queue.take()) {
      this.give(this.slices, idOf(job), job, this.worker.run, (again) => queue.addSlices([again]));
    }
    for (let ref = queue.takeStep(); ref; ref = queue.takeStep()) {
      this.give(this.steps, JSON.stringify(ref), ref, this.gateway.does.startStep, (again) => queue.addStep(again));
    }
    for (const [runId, service] of queue.plans) {
      queue.plans.delete(runId);
      this.give(this.plans, runId, runId, this.gateway.does.plan, (again) => queue.addPlan(again, service));
    }
  }

  /** A job that is in hand already is there once, as in the real queue. */
  private give<Job>(
    inHand: Map<string, Job>,
    id: string,
    job: Job,
    work: (job: Job) => Promise<unknown>,
    again: (job: Job) => Promise<void>,
  ): void {
    if (inHand.has(id)) return;
    inHand.set(id, job);
    void work(job)
      .catch((error: unknown) => {
        if (isAppError(error) && error.code === 'STORE_UNAVAILABLE') return 'hand-back';
        this.failures.push(error);
        return 'done';
      })
      .then(async (end) => {
        // A dead process gives up nothing: its jobs were given to another.
        if (inHand.get(id) !== job) return;
        inHand.delete(id);
        // Plans and steps end with nothing to say; a slice that is put off comes at once.
        if (end !== undefined && end !== 'done') await again(job);
      });
  }

  private async replace(): Promise<void> {
    const { queue } = this.bundle;
    if (this.worker.process.dead) {
      this.dead.push(this.worker.process);
      this.worker = this.newWorker();
      const lost = [...this.slices.values()];
      this.slices.clear();
      // Another object than the one that the dead worker had in hand.
      await queue.addSlices(lost.map((job) => ({ ...job })));
    }
    if (this.gateway.process.dead) {
      this.dead.push(this.gateway.process);
      this.gateway = this.newGateway();
      this.answering = null;
      for (const ref of this.steps.values()) await queue.addStep({ ...ref });
      for (const runId of this.plans.keys()) await queue.addPlan(runId, '');
      this.steps.clear();
      this.plans.clear();
    }
    this.giveOut();
    await this.mend();
  }

  /** A while later whoever waits has looked again without a message, and the reconciler makes a round. */
  private async mend(): Promise<void> {
    this.isMended = true;
    for (const runId of this.bundle.runs.records.keys()) this.bundle.events.changedNow(runId);
    this.bundle.clock.advance(LATER_MS);
    await this.reconcile();
  }

  /** One round of the reconciler, by the gateway that is alive, while the worker says that it is. */
  async reconcile(): Promise<void> {
    const { runs, queue, clock, log, gate, workers } = this.bundle;
    const { runEnded, closeChild } = this.gateway.does;
    await workers.heartbeat({ ...SAMPLE_HEARTBEAT, id: this.workerId, seenAtMs: clock.nowMs() });
    const mending = new MemoryRunMending(runs, clock);
    const jobs = new MemoryJobCheck(queue);
    const lead = async () => true;
    const deps = { runs, queue, workers, clock, log, gate, mending, jobs, runEnded, closeChild, lead, lookAgainMs: 0 };
    await new Reconciler(deps).reconcile();
  }

  private get workerId(): string {
    return `worker-${this.workers}`;
  }

  private newWorker(options?: MortalOptions) {
    if (this.dead.length > 0) this.workers += 1;
    const process = new MortalProcess(options);
    return { process, run: this.bundle.worker(this.workerId, process.over(this.bundle.shared)) };
  }

  private newGateway(options?: MortalOptions) {
    const process = new MortalProcess(options);
    return { process, does: this.bundle.gateway(process.over(this.bundle.shared)) };
  }

  /** Lets go of what dead processes still wait for. */
  private async bury(): Promise<void> {
    for (const process of this.dead) process.bury();
    await this.bundle.orders.look();
  }

  private async seen(): Promise<unknown> {
    const states = [...this.bundle.runs.records.values()].map(({ spec, state }) => [spec.service, state]);
    return { states, slices: [...this.slices.keys()], steps: [...this.steps.keys()] };
  }
}

/** What a worker of a test says of itself, beside its id and the time. */
export const SAMPLE_HEARTBEAT = {
  cluster: 'ams',
  host: 'h',
  pid: 1,
  version: '0',
  serviceTypes: [],
  slots: 1,
  busySlots: 1,
  startedAtMs: 0,
  draining: false,
};

function idOf({ runId, slice }: SliceJob): string {
  return `${runId}-${slice}`;
}
