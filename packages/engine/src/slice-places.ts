import type { PlaceKeeper } from './device-gates.ts';

/** Slices beyond the set number that a worker has in hand while others of its slices only wait. */
const EXTRA_MAX = 1_000;

/**
 * Places of slices in the consumer of a worker's queue. A slice whose devices all wait (for a lock, a permit, their next
 * attempt) gives its place to the next job and does not ask for it back: when it goes on there is one slice more in
 * hand until one ends. Device slots bound what is in work.
 */
export class SlicePlaces implements PlaceKeeper {
  private readonly size: number;
  private readonly resize: (places: number) => void;
  private idleCount = 0;

  constructor({ size, resize }: { readonly size: number; readonly resize: (places: number) => void }) {
    this.size = size;
    this.resize = resize;
  }

  /** Slices that may be in hand now. */
  get places(): number {
    return this.size + Math.min(this.idleCount, EXTRA_MAX);
  }

  idle(): void {
    this.idleCount += 1;
    this.resize(this.places);
  }

  busy(): void {
    if (this.idleCount === 0) throw new Error('a slice is busy that was not idle');
    this.idleCount -= 1;
    this.resize(this.places);
  }
}
