import {
  type DeviceResult,
  type Log,
  type LogLine,
  type RecordAnswer,
  type RunStore,
  type SliceClaim,
  type SliceRef,
} from '@runyard/domain';

/** How long a result waits for others to be written with it. The last one of a slice does not wait. */
const LINGER_MS = 10;
/** "It began" is only for people who watch, so it may wait longer. */
const STARTED_LINGER_MS = 100;
const BATCH_MAX = 200;
/** Outputs that are written without waiting for others, so that no batch keeps Redis busy for long. */
const BATCH_CHARS_MAX = 262_144;
const LOG_LINES_MAX = 500;
const WRITE_TRIES_MAX = 60;
const WRITE_RETRY_MS = 500;

export interface ResultRecorderOptions {
  readonly runs: RunStore;
  readonly slice: SliceRef;
  readonly claim: SliceClaim;
  readonly log: Log;
  /** Devices of the slice whose result is still to come. */
  readonly expected: number;
  /** Called when a write answers that the run is to be cancelled or the slice was lost. */
  readonly onAnswer: (answer: RecordAnswer) => void;
}

/**
 * Writes what happens on the devices of a slice, several at once. One write is under way at a time, so the batches
 * grow by themselves when Redis is slow. Owns `started`, `waiting`, `results`, `lines` and `isAllWaiting`: what was not written yet.
 * A crash loses only what is here; those devices are run again by whoever takes the slice over.
 */
export class ResultRecorder {
  private readonly options: ResultRecorderOptions;
  private remainingCount: number;
  private started: number[] = [];
  private waiting: number[] = [];
  private results: { position: number; result: DeviceResult }[] = [];
  private resultChars = 0;
  private lines: LogLine[] = [];
  private isAllWaiting = false;
  private timer: NodeJS.Timeout | null = null;
  private writing: Promise<void> | null = null;
  private failure: Error | null = null;
  private lost = false;

  constructor(options: ResultRecorderOptions) {
    this.options = options;
    this.remainingCount = options.expected;
  }

  /** Devices whose result is still to come. */
  get remaining(): number {
    return this.remainingCount;
  }

  deviceStarted(position: number): void {
    if (this.waiting.length > 0) this.waiting = this.waiting.filter((other) => other !== position);
    this.started.push(position);
    this.schedule(STARTED_LINGER_MS);
  }

  /** It has no slot any more and waits for something long. */
  deviceWaits(position: number): void {
    this.started = this.started.filter((other) => other !== position);
    this.waiting.push(position);
    this.schedule(LINGER_MS);
  }

  /** All that have no result yet wait for something long. */
  allWait(): void {
    this.isAllWaiting = true;
    this.schedule(LINGER_MS);
  }

  deviceEnded(position: number, result: DeviceResult): void {
    this.results.push({ position, result });
    this.remainingCount -= 1;
    if (typeof result.result === 'string') this.resultChars += result.result.length;
    if (this.remaining === 0 || this.results.length >= BATCH_MAX || this.resultChars >= BATCH_CHARS_MAX) this.write();
    else this.schedule(LINGER_MS);
  }

  logged(line: LogLine): void {
    if (this.lines.length >= LOG_LINES_MAX) return;
    this.lines.push(line);
    this.schedule(STARTED_LINGER_MS);
  }

  /** Resolves when everything given so far is written. Rejects when Redis would not take it. */
  async flush(): Promise<void> {
    this.write();
    while (this.writing) await this.writing;
    if (this.failure !== null) throw this.failure;
  }

  private schedule(delayMs: number): void {
    if (this.writing) return;
    if (this.timer && delayMs >= STARTED_LINGER_MS) return;
    if (this.timer) clearTimeout(this.timer);
    this.timer = setTimeout(() => this.write(), delayMs);
  }

  private write(): void {
    if (this.writing) return;
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
    const count = this.started.length + this.waiting.length + this.results.length + this.lines.length;
    if ((count === 0 && !this.isAllWaiting) || this.lost || this.failure !== null) return;
    this.writing = this.writeBatches().finally(() => (this.writing = null));
  }

  private async writeBatches(): Promise<void> {
    do {
      const { started, waiting, results, lines: log } = this;
      const batch = {
        started,
        results,
        log,
        ...(waiting.length > 0 ? { waiting } : {}),
        ...(this.isAllWaiting ? { allWait: true } : {}),
      };
      this.started = [];
      this.waiting = [];
      this.isAllWaiting = false;
      this.results = [];
      this.resultChars = 0;
      this.lines = [];
      try {
        const answer = await this.record(batch);
        this.lost = !answer.owned;
        this.options.onAnswer(answer);
      } catch (error) {
        this.failure = error instanceof Error ? error : new Error(String(error));
      }
    } while (
      (this.isAllWaiting || this.results.length + this.waiting.length > 0) &&
      !this.lost &&
      this.failure === null
    );
  }

  /** The same batch may be written twice, so a write whose answer was lost is simply repeated. */
  private async record(batch: Parameters<RunStore['record']>[2]): Promise<RecordAnswer> {
    const { runs, slice, claim, log } = this.options;
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await runs.record(slice, claim, batch);
      } catch (error) {
        if (attempt >= WRITE_TRIES_MAX) throw error;
        log.warn('results not written, trying again', { ...slice, attempt, error });
        await new Promise((resolve) => setTimeout(resolve, WRITE_RETRY_MS));
      }
    }
  }
}
