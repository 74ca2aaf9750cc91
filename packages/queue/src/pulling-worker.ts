import { type Job, Worker, type WorkerOptions } from 'bullmq';

/** What shows that a consumer and its queue are in touch. Times are in ms since the epoch; 0 when it never happened. */
export interface QueuePulse {
  /** Jobs in hand. */
  readonly inHand: number;
  /** Jobs that may be in hand at once. */
  readonly places: number;
  /** When a job was taken last, of whatever kind. */
  readonly takenAtMs: number;
  /** When the queue answered last that there is nothing to do, or gave something. */
  readonly answeredAtMs: number;
  /** When asking failed last; BullMQ waits for `RETRY_MS` then. */
  readonly failedAtMs: number;
}

/** How long BullMQ waits after a call to the queue failed. */
export const RETRY_MS = 15_000;

/** A worker of BullMQ that tells whether its queue answers, and whose number of places may change while it works. */
export class PullingWorker<Data> extends Worker<Data, void> {
  private inHand = 0;
  private takenAtMs = 0;
  private answeredAtMs = 0;
  private failedAtMs = 0;

  constructor(
    name: string,
    work: (job: Job<Data>, token: string | undefined) => Promise<void>,
    options: Omit<WorkerOptions, 'autorun' | 'runRetryDelay'>,
  ) {
    const counted = async (job: Job<Data>, token: string | undefined): Promise<void> => {
      this.inHand += 1;
      this.takenAtMs = Date.now();
      try {
        await work(job, token);
      } finally {
        this.inHand -= 1;
      }
    };
    // Not before the fields of this class are there.
    super(name, counted, { ...options, autorun: false, runRetryDelay: RETRY_MS });
  }

  get pulse(): QueuePulse {
    const { inHand, takenAtMs, answeredAtMs, failedAtMs } = this;
    return { inHand, places: this.concurrency, takenAtMs, answeredAtMs, failedAtMs };
  }

  /**
   * Changes how many jobs may be in hand at once. BullMQ looks at the number only when a job ends: with all places taken
   * it is woken by pausing and resuming, which is done in one go and is seen by nobody else.
   */
  setPlaces(places: number): void {
    const isFull = this.inHand >= this.concurrency;
    this.concurrency = places;
    if (!isFull || this.inHand >= places || this.closing !== undefined) return;
    void this.pause(true);
    void this.resume();
  }

  /** Every question to the queue for a job that is not part of ending another one. */
  protected override async moveToActive(token: string, name?: string): Promise<Job<Data, void>> {
    try {
      const job = await super.moveToActive(token, name);
      this.answeredAtMs = Date.now();
      return job;
    } catch (error) {
      this.failedAtMs = Date.now();
      throw error;
    }
  }
}
