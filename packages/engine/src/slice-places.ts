import type { Clock } from '@runyard/domain';
import type { IdleSlice, PlaceKeeper } from './device-gates.ts';

/** Slices beyond the set number that a worker has in hand while others of its slices only wait. */
const EXTRA_MAX = 1_000;
/** How long a slice that waits is out of hand at least. */
const PUT_OFF_MS = 10_000;
/** Slices come back one by one, so far apart, however many are out of hand: looking at them must not be all the work. */
const COME_BACK_MS = 10;

export interface SlicePlacesOptions {
  readonly size: number;
  readonly resize: (places: number) => void;
  readonly clock: Clock;
}

/**
 * Places of slices in the consumer of a worker's queue. A slice whose devices all wait (for a lock, a permit, a person,
 * another run) gives its place to the next job and does not ask for it back: when it goes on there is one slice more in
 * hand until one ends. Device slots bound what is in work. When more wait than are kept in hand, the one that has waited
 * longest goes back to the queue for a while, so that any number of them never keeps a worker from other work.
 */
export class SlicePlaces implements PlaceKeeper {
  private readonly options: SlicePlacesOptions;
  /** The one that has been idle longest is first. */
  private readonly idleSlices = new Set<IdleSlice>();
  private lastBackMs = 0;

  constructor(options: SlicePlacesOptions) {
    this.options = options;
  }

  /** Slices that may be in hand now. */
  get places(): number {
    return this.options.size + Math.min(this.idleSlices.size, EXTRA_MAX);
  }

  idle(slice: IdleSlice): void {
    this.idleSlices.add(slice);
    this.options.resize(this.places);
    if (this.idleSlices.size > EXTRA_MAX) this.putOffOne();
  }

  busy(slice: IdleSlice): void {
    if (!this.idleSlices.delete(slice)) throw new Error('a slice is busy that was not idle');
    this.options.resize(this.places);
  }

  private putOffOne(): void {
    const nowMs = this.options.clock.nowMs();
    const backMs = Math.max(nowMs + PUT_OFF_MS, this.lastBackMs + COME_BACK_MS);
    for (const slice of this.idleSlices) {
      if (!slice.putOff(backMs - nowMs)) continue;
      this.lastBackMs = backMs;
      return;
    }
  }
}
