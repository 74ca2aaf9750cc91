import type { IdleSlice, PlaceKeeper } from './device-gates.ts';

/**
 * Knows whether a slice has devices in work or only such that wait, and gives its place in the queue's consumer to
 * others meanwhile.
 */
export class SliceActivity {
  private readonly places: PlaceKeeper | undefined;
  private readonly slice: IdleSlice;
  /** Devices that have a slot or are about to. */
  private active = 0;
  /** Devices that wait without a slot: for a lock, a permit, their next attempt. */
  private waiting = 0;
  private isIdle = false;

  constructor(places: PlaceKeeper | undefined, slice: IdleSlice) {
    this.places = places;
    this.slice = slice;
  }

  deviceBegins(): void {
    this.active += 1;
    this.update();
  }

  deviceEnds(): void {
    this.active -= 1;
    this.update();
  }

  waitBegins(): void {
    this.waiting += 1;
    this.update();
  }

  waitEnds(): void {
    this.waiting -= 1;
    this.update();
  }

  /** The slice is out of hand: whatever it held is given back. */
  end(): void {
    this.active = 0;
    this.waiting = 0;
    this.update();
  }

  private update(): void {
    const isIdle = this.active === 0 && this.waiting > 0;
    if (isIdle === this.isIdle) return;
    this.isIdle = isIdle;
    if (isIdle) this.places?.idle(this.slice);
    else this.places?.busy(this.slice);
  }
}
