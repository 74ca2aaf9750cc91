import {
  AppError,
  type CatalogStore,
  type Device,
  type DeviceResult,
  isAppError,
  type Log,
  type RunQueue,
  type RunStore,
  type Service,
  type SliceClaim,
  type SliceRef,
  WORKFLOW_TYPE,
} from '@runyard/domain';
import { abortableDelay } from './abortable-delay.ts';
import { type DeviceGates, hasGates, type IdleSlice, passGates, type PlaceKeeper } from './device-gates.ts';
import { type HeldLock, lockKeyOf } from './device-locks.ts';
import { deletedResult, endedResult, failedResult, lockLostResult, workerLostResult } from './device-results.ts';
import { FollowUps, type FollowUpsDependencies } from './follow-ups.ts';
import { ParkedDevices } from './parked-devices.ts';
import { claimSlice, type ClaimSliceDependencies } from './claim-slice.ts';
import { type LongTimer, startLongTimer } from './long-timer.ts';
import type { OrderTaker, OrderWatch } from './order-watch.ts';
import { ResultRecorder } from './result-recorder.ts';
import {
  type DeviceTurn,
  LeftToOthers,
  LOSSES_MAX,
  runDevice,
  type RunDeviceDependencies,
  scopeOf,
} from './run-device.ts';
import { SliceActivity } from './slice-activity.ts';
import { Slots } from './slots.ts';
import { TurnSlot } from './turn-slot.ts';

export interface RunSliceDependencies
  extends
    RunDeviceDependencies,
    DeviceGates,
    FollowUpsDependencies,
    Omit<ClaimSliceDependencies, 'catalog' | 'runEnded'> {
  readonly runs: RunStore;
  readonly catalog: CatalogStore;
  readonly queue: RunQueue;
  readonly slots: Slots;
  readonly orders: OrderWatch;
  readonly log: Log;
  readonly workerId: string;
  /** Aborts when the worker stops: no device begins any more, those in hand may finish. */
  readonly draining: AbortSignal;
  /** Aborts when the time to finish is over too. */
  readonly stopping: AbortSignal;
  /** Whether another live worker of the cluster runs services of a type that this one does not. */
  readonly isRunElsewhere?: (type: string) => Promise<boolean>;
  /** The places of slices in the queue's consumer; absent where nobody counts them. */
  readonly places?: PlaceKeeper;
  /** While it says so, the devices of slices in hand that have not begun go back into the queue. */
  readonly clusterPause?: { readonly isPaused: boolean; readonly signal?: AbortSignal };
}

/** What became of a slice: done with, to be given to another worker, or to be looked at again in so many milliseconds. */
type SliceEnd = 'done' | 'hand-back' | { readonly againInMs: number };

export type RunSlice = (slice: SliceRef) => Promise<SliceEnd>;

/**
 * Runs the devices of a slice that have no result yet, as many at once as there are slots. A crash at any line leaves
 * the slice to whoever the queue gives it next; what was recorded is not run again.
 */
export function createRunSlice(deps: RunSliceDependencies): RunSlice {
  return async (slice) => {
    if (deps.draining.aborted) return 'hand-back';
    const claim = await claimSlice(deps, slice);
    if (!claim) return 'done';
    const service = await deps.catalog.serviceVersion(claim.spec.service, claim.spec.version);
    if (!service) throw new Error(`version ${claim.spec.version} of service ${claim.spec.service} is not stored`);
    const isOwn = service.type === WORKFLOW_TYPE || deps.types.has(service.type);
    if (!isOwn && (await deps.isRunElsewhere?.(service.type))) {
      await deps.runs.letGo(slice, claim);
      throw new AppError('SERVICE_TYPE_UNKNOWN', `Another worker of the cluster runs '${service.type}' services.`);
    }
    return new SliceRun(deps, slice, claim, service).run();
  };
}

interface TurnHolds {
  readonly position: number;
  readonly held: HeldLock | null;
  readonly slot: TurnSlot;
}

/** One slice in the hands of one worker. */
class SliceRun implements OrderTaker, IdleSlice {
  private readonly deps: RunSliceDependencies;
  private readonly claim: SliceClaim;
  private readonly service: Service;
  readonly slice: SliceRef;
  private readonly abort = new AbortController();
  private readonly pausing = new AbortController();
  private readonly puttingOff = new AbortController();
  private putOffMs: number | null = null;
  private anyEnd: AbortSignal | null = null;
  private readonly activity: SliceActivity;
  private readonly recorder: ResultRecorder;
  private readonly parked: ParkedDevices;
  private readonly todo: readonly number[];
  private inventory: readonly Device[] = [];
  private lost = false;
  private readonly next: FollowUps;
  /** Positions that began or not, and were left to whoever takes the slice next. */
  private readonly unfinished: number[] = [];

  constructor(deps: RunSliceDependencies, slice: SliceRef, claim: SliceClaim, service: Service) {
    this.deps = deps;
    this.slice = slice;
    this.claim = claim;
    this.service = service;
    this.activity = new SliceActivity(deps.places, this);
    this.next = new FollowUps(deps, slice, claim);
    this.todo = [...claim.states.keys()].filter((position) => {
      const state = claim.states[position];
      return state === 'pending' || state === 'running';
    });
    this.recorder = new ResultRecorder({
      runs: deps.runs,
      slice,
      claim,
      log: deps.log,
      expected: this.todo.length,
      onAnswer: (answer) => {
        this.next.hear(answer, this.recorder.remaining > 0);
        if (!answer.owned) this.lose();
        else if (answer.cancelRequested) this.cancel();
        else if (answer.paused) this.pause();
      },
    });
    // With a limit of the run no more slices may be in hand than were planned for it.
    this.parked = new ParkedDevices(this.recorder, claim.parallel === null);
  }

  get token(): number {
    return this.claim.token;
  }

  cancel(): void {
    this.abort.abort(new AppError('RUN_CANCELLED', 'The run was cancelled.'));
  }

  pause(): void {
    this.pausing.abort(new AppError('RUN_CANCELLED', 'The run was paused.'));
  }

  putOff(forMs: number): boolean {
    if (this.putOffMs !== null || this.abort.signal.aborted || !this.parked.isAll) return false;
    this.putOffMs = forMs;
    this.puttingOff.abort(new AppError('RUN_CANCELLED', 'The slice is put off.'));
    return true;
  }

  async run(): Promise<SliceEnd> {
    const { deps, claim, abort } = this;
    const { runId } = this.slice;
    if (claim.cancelRequested) this.cancel();
    deps.orders.add(runId, this);
    const stop = () => abort.abort(new AppError('STORE_UNAVAILABLE', 'The worker stops.'));
    deps.stopping.addEventListener('abort', stop, { once: true });
    const timer = this.startRunTimer();
    try {
      await this.runDevices();
      await this.recorder.flush();
    } catch (error) {
      // The other devices must not go on behind the back of whoever takes the slice next.
      abort.abort(new AppError('STORE_UNAVAILABLE', 'The slice could not be finished here.'));
      throw error;
    } finally {
      timer.stop();
      deps.stopping.removeEventListener('abort', stop);
      deps.orders.remove(runId, this);
      this.activity.end();
    }
    if (this.unfinished.length > 0 && !this.lost) return this.giveBack();
    await this.next.leadOn(abort.signal.aborted && !this.lost);
    return 'done';
  }

  /** A slice of a paused run leaves the queue: whoever resumes the run queues it again. */
  private async giveBack(): Promise<SliceEnd> {
    const { deps, slice, claim } = this;
    await deps.runs.record(slice, claim, { started: [], returned: this.unfinished, results: [], log: [] });
    const { paused } = await deps.runs.letGo(slice, claim);
    if (paused) return 'done';
    return this.putOffMs === null ? 'hand-back' : { againInMs: this.putOffMs };
  }

  private startRunTimer(): LongTimer {
    const { runTimeoutMs } = this.claim.spec;
    const leftMs = this.claim.runStartedAtMs + runTimeoutMs - this.deps.clock.nowMs();
    const timeOut = () => {
      this.abort.abort(new AppError('RUN_TIMEOUT', `The run took longer than its time-out of ${runTimeoutMs} ms.`));
    };
    return startLongTimer(Math.max(0, leftMs), timeOut);
  }

  private async runDevices(): Promise<void> {
    const { deps, claim } = this;
    const once = claim.spec.runMethod === 'once';
    const names = this.todo.map((position) => claim.names[position] ?? '');
    const devices = await deps.catalog.devices(once ? [] : names);
    const inventory = await deps.catalog.devices(once ? claim.inventory : []);
    this.inventory = inventory.filter((device): device is Device => device !== null);
    const suspects: { position: number; device: Device | null }[] = [];
    const turns: Promise<void>[] = [];
    const gated = hasGates(deps, claim.spec);
    for (const [index, position] of this.todo.entries()) {
      const device = devices[index] ?? null;
      if (this.reportLoss(position)) continue;
      if (claim.losses.has(position)) suspects.push({ position, device });
      else if (gated) turns.push(this.passAndTakeTurn(position, device));
      else {
        const slot = await this.slotFor(position);
        if (slot) turns.push(this.takeTurn(device, { position, held: null, slot }));
      }
    }
    await Promise.all(turns);
    // One at a time is in work: should a worker be lost again, it is known which. One that waits holds up no other.
    const alone = new Slots(1);
    const again = suspects.map(({ position, device }) =>
      gated ? this.passAndTakeTurn(position, device, alone) : this.takeTurnWhenFree(position, device, null, alone),
    );
    await Promise.all(again);
  }

  /** A turn that begins when the lock of the device and the rate of the cluster allow it. */
  private async passAndTakeTurn(position: number, device: Device | null, alone?: Slots): Promise<void> {
    const { deps, claim } = this;
    const name = claim.names[position] ?? '';
    const render = (template: string) => deps.templates.render(template, scopeOf(this.turn(name, device), {}));
    let held: HeldLock | null = null;
    const startedAtMs = deps.clock.nowMs();
    this.activity.waitBegins();
    try {
      const lockKey = () => lockKeyOf(claim.spec.lock ?? '', name, render);
      held = await passGates(deps, claim.spec, { name, lockKey }, this.endOfWaiting);
    } catch (error) {
      this.endBeforeTurn(position, startedAtMs, error);
      return;
    } finally {
      this.activity.waitEnds();
    }
    try {
      await this.takeTurnWhenFree(position, device, held, alone);
    } finally {
      await held?.release();
    }
  }

  /** Waiting ends also when the worker stops, the run or its cluster pauses, or the slice is put off: all go back. */
  private get endOfWaiting(): AbortSignal {
    const { draining, clusterPause } = this.deps;
    const { abort, pausing, puttingOff } = this;
    const signals = [abort.signal, draining, pausing.signal, puttingOff.signal, clusterPause?.signal];
    this.anyEnd ??= AbortSignal.any(signals.filter((signal) => signal !== undefined));
    return this.anyEnd;
  }

  private endBeforeTurn(position: number, startedAtMs: number, error: unknown): void {
    const name = this.claim.names[position] ?? '';
    if (this.abort.signal.aborted) {
      const result = this.endedResult(name, startedAtMs, false);
      if (result) this.recorder.deviceEnded(position, result);
      else this.unfinished.push(position);
    } else if (this.endOfWaiting.aborted) this.unfinished.push(position);
    else {
      const { code, message } = isAppError(error) ? error : new AppError('INTERNAL', 'The lock could not be taken.');
      if (code === 'STORE_UNAVAILABLE') throw error;
      this.recorder.deviceEnded(position, failedResult(name, startedAtMs, { code, message }));
    }
  }

  /** Takes a slot for a device, which its turn gives back. Null when no device begins here any more. */
  private async slotFor(position: number, alone?: Slots): Promise<TurnSlot | null> {
    const { deps, claim, activity, group } = this;
    const slot = new TurnSlot({ slots: deps.slots, group, limit: claim.parallel ?? Infinity, alone, activity });
    const waiting = slot.take();
    if (waiting) await waiting;
    if (!this.lost && !deps.draining.aborted && !this.isPaused()) return slot;
    slot.release();
    this.unfinished.push(position);
    return null;
  }

  private async takeTurnWhenFree(
    position: number,
    device: Device | null,
    held: HeldLock | null,
    alone?: Slots,
  ): Promise<void> {
    const slot = await this.slotFor(position, alone);
    if (slot) await this.takeTurn(device, { position, held, slot });
  }

  /** A run that is to end goes on: its devices get their end here. */
  private isPaused(): boolean {
    const paused = this.pausing.signal.aborted || this.deps.clusterPause?.isPaused === true;
    return paused && !this.abort.signal.aborted;
  }

  /** Slots are shared fairly among runs; a slice with a limit of its own counts for itself. */
  private get group(): string {
    const { runId, slice } = this.slice;
    return this.claim.parallel === null ? runId : `${runId}-${slice}`;
  }

  /** Ends a device that must not be run again after a worker was lost with it. True when it did. */
  private reportLoss(position: number): boolean {
    const losses = this.claim.losses.get(position) ?? 0;
    const once = this.service.effects === 'once';
    // A workflow knows in which step it was, and that one fails.
    if (this.service.type === WORKFLOW_TYPE && !once) return false;
    if (losses === 0 || (losses < LOSSES_MAX && !once)) return false;
    const result = workerLostResult(this.claim.names[position] ?? '', losses, once, this.deps.clock.nowMs());
    this.recorder.deviceEnded(position, result);
    return true;
  }

  /** Owns one slot, which pausing and parking give back for a while. */
  private async takeTurn(device: Device | null, holds: TurnHolds): Promise<void> {
    const { deps, claim, recorder } = this;
    const { position, held, slot } = holds;
    const name = claim.names[position] ?? '';
    const startedAtMs = deps.clock.nowMs();
    let result: DeviceResult | null = null;
    try {
      if (this.abort.signal.aborted) result = this.endedResult(name, startedAtMs, false);
      else if (!device && claim.spec.runMethod === 'per-device') result = deletedResult(name, startedAtMs);
      else {
        recorder.deviceStarted(position);
        // After a crash it must be known which devices were in work: before it goes on where a worker was lost before,
        // and before anything that must not happen twice.
        if (claim.isTakenOver || this.service.effects === 'once') await recorder.flush();
        result = await runDevice(deps, this.turn(name, device, holds));
      }
    } catch (error) {
      if (this.abort.signal.aborted) result = this.endedResult(name, startedAtMs, true);
      else if (error instanceof LeftToOthers) result = null;
      else if (held?.lost.aborted) result = lockLostResult(name, held.lost.reason, startedAtMs, deps.clock.nowMs());
      else throw error;
    } finally {
      slot.release();
    }
    if (result) recorder.deviceEnded(position, result);
    else this.unfinished.push(position);
    this.parked.look();
  }

  private turn(name: string, device: Device | null, holds?: TurnHolds): DeviceTurn {
    const { deps, claim, service, recorder, abort } = this;
    const signal = holds?.held ? AbortSignal.any([abort.signal, holds.held.lost]) : abort.signal;
    const endOfWaiting = () => this.endOfWaiting;
    const without = <Value>(wait: () => Promise<Value>) => (holds ? holds.slot.without(wait) : wait());
    return {
      spec: claim.spec,
      service,
      name,
      device,
      inventory: device ? [device] : this.inventory,
      signal,
      log: (text) => recorder.logged({ atMs: deps.clock.nowMs(), device: name, text }),
      pause: (delayMs) => without(() => abortableDelay(delayMs, signal)),
      losses: claim.losses.get(holds?.position ?? 0) ?? 0,
      // Most turns never ask.
      get leaving() {
        return endOfWaiting();
      },
      slice: this.slice,
      claim,
      park: (wait) =>
        this.parked.park({ position: holds?.position ?? 0, signal, leaving: this.endOfWaiting, without }, wait),
    };
  }

  /** Null when another worker will run the device. */
  private endedResult(name: string, startedAtMs: number, begun: boolean): DeviceResult | null {
    const reason: unknown = this.abort.signal.reason;
    if (this.lost || (isAppError(reason) && reason.code === 'STORE_UNAVAILABLE')) return null;
    return endedResult(name, reason, { begun, startedAtMs, nowMs: this.deps.clock.nowMs() });
  }

  lose(): void {
    if (this.lost) return;
    this.lost = true;
    this.abort.abort(new AppError('STORE_UNAVAILABLE', 'Another worker has taken the slice over.'));
    this.deps.log.warn('slice lost to another worker', { ...this.slice });
  }
}
