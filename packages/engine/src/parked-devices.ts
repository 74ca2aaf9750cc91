import { LeftToOthers } from './run-device.ts';
import type { ResultRecorder } from './result-recorder.ts';
import type { TurnSlot } from './turn-slot.ts';

/** The turn of a device that is about to wait. */
interface ParkedTurn {
  readonly position: number;
  readonly signal: AbortSignal;
  /** Aborts when whoever takes the slice next waits on. */
  readonly leaving: AbortSignal;
  readonly without: TurnSlot['without'];
}

/** The devices of one slice that wait for something long: a run, a person, a time. Owns how many they are. */
export class ParkedDevices {
  private readonly recorder: ResultRecorder;
  /** Whether the next slice of the cluster may be queued while all of these wait. */
  private mayLetOn: boolean;
  private count = 0;

  constructor(recorder: ResultRecorder, mayLetOn: boolean) {
    this.recorder = recorder;
    this.mayLetOn = mayLetOn;
  }

  /** True when there is nothing else to do in the slice. */
  get isAll(): boolean {
    return this.count > 0 && this.count === this.recorder.remaining;
  }

  /**
   * The device goes back to pending, so that a worker that dies now is not said to have been lost with it. When the
   * worker stops or the run pauses, whoever takes the slice next waits on.
   */
  async park<Value>(turn: ParkedTurn, wait: (signal: AbortSignal) => Promise<Value>): Promise<Value> {
    const { recorder } = this;
    const { position, signal, leaving, without } = turn;
    recorder.deviceWaits(position);
    await recorder.flush();
    const ends = AbortSignal.any([signal, leaving]);
    try {
      const value = await without(async () => {
        this.count += 1;
        this.look();
        const found = await wait(ends).finally(() => (this.count -= 1));
        ends.throwIfAborted();
        return found;
      });
      recorder.deviceStarted(position);
      return value;
    } catch (error) {
      if (ends.aborted && !signal.aborted) throw new LeftToOthers('the slice is left to others', { cause: error });
      throw error;
    }
  }

  /** Called when a device of the slice began to wait or has its end. */
  look(): void {
    if (!this.mayLetOn || !this.isAll) return;
    this.mayLetOn = false;
    this.recorder.allWait();
  }
}
