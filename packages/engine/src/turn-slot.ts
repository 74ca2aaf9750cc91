import type { SliceActivity } from './slice-activity.ts';
import type { Slots } from './slots.ts';

export interface TurnSlotOptions {
  readonly slots: Slots;
  /** Slots are shared fairly among groups. */
  readonly group: string;
  /** Slots of the group at once. */
  readonly limit: number;
  /** One slot that the turn needs first: only one of those that share it is in work at a time. */
  readonly alone?: Slots | undefined;
  readonly activity: SliceActivity;
}

/** The slot of one device's turn. Owns whether it is held: giving back what is not held does nothing. */
export class TurnSlot {
  private readonly options: TurnSlotOptions;
  private isHeld = false;

  constructor(options: TurnSlotOptions) {
    this.options = options;
  }

  /** Waits for nothing when one is free. */
  take(): Promise<void> | null {
    const { slots, group, limit, alone, activity } = this.options;
    activity.deviceBegins();
    this.isHeld = true;
    const waiting = alone?.acquire(group, 1);
    if (!waiting) return slots.acquire(group, limit);
    return waiting.then(async () => void (await slots.acquire(group, limit)));
  }

  release(): void {
    if (!this.isHeld) return;
    const { slots, group, alone, activity } = this.options;
    this.isHeld = false;
    slots.release(group);
    alone?.release(group);
    activity.deviceEnds();
  }

  /** Gives it back while there is only waiting to do. Whoever has nothing to go on with gets none again. */
  async without<Value>(wait: () => Promise<Value>): Promise<Value> {
    const { activity } = this.options;
    this.release();
    activity.waitBegins();
    const value = await wait().finally(() => activity.waitEnds());
    await this.take();
    return value;
  }
}
