import type { Worker } from 'node:worker_threads';
import type { Answer, EvaluationRequest } from './evaluator.ts';
import { processorMs } from './processor-time.ts';
import { startThread } from './start-thread.ts';

/** What became of an evaluation. `lost`: its thread ended, by itself or because it was told to. */
export type Outcome = (Answer & { readonly tookMs: number }) | 'late' | 'out-of-memory' | 'lost';

/** An evaluation may be on a processor for so long, and begun for so long. */
export interface TimeLimit {
  readonly processorMs: number;
  readonly wallMs: number;
}

/** How soon it is looked again whether the time is up, at the earliest. */
const LOOK_MS = 10;

/**
 * A place for one evaluation at a time, in a thread that is started with the first one. An evaluation that takes too
 * long ends with its thread, and the next one gets a new thread.
 */
export class EvaluationThread {
  private readonly limit: TimeLimit;
  private worker: Worker | null = null;
  /** As whom the system knows the thread; null where it does not tell about threads. */
  private ready: Promise<string | null> = Promise.resolve(null);
  private settle: (outcome: Outcome) => void = () => undefined;

  constructor(limit: TimeLimit) {
    this.limit = limit;
  }

  /** Not to be called while another evaluation is under way. Aborting ends it with its thread. Never rejects. */
  async evaluate(request: EvaluationRequest, signal?: AbortSignal): Promise<Outcome> {
    const worker = (this.worker ??= this.start());
    worker.ref();
    let stopWatching: (() => void) | undefined;
    let isOver = false;
    const abort = () => this.settle('lost');
    const outcome = await new Promise<Outcome>((resolve) => {
      this.settle = resolve;
      if (signal?.aborted) abort();
      signal?.addEventListener('abort', abort, { once: true });
      void this.ready.then((thread) => {
        if (isOver) return;
        // Only now: neither the start nor the wait for it counts.
        stopWatching = this.watch(thread);
        worker.postMessage(request);
      });
    });
    isOver = true;
    stopWatching?.();
    signal?.removeEventListener('abort', abort);
    worker.unref();
    if (typeof outcome === 'string') await this.end();
    return outcome;
  }

  /** Ends the thread, and what it is at. Resolves when it has ended. */
  async end(): Promise<void> {
    const { worker } = this;
    this.worker = null;
    this.settle('lost');
    await worker?.terminate();
  }

  private start(): Worker {
    const worker = startThread();
    let isReady: (thread: string | null) => void = () => undefined;
    this.ready = new Promise((resolve) => (isReady = resolve));
    worker.on('message', (message: Outcome | { readonly thread: string | null }) => {
      if (typeof message === 'object' && 'thread' in message) isReady(message.thread);
      else if (this.worker === worker) this.settle(message);
    });
    let why: Outcome = 'lost';
    worker.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ERR_WORKER_OUT_OF_MEMORY') why = 'out-of-memory';
    });
    worker.on('exit', () => {
      if (this.worker !== worker) return;
      this.worker = null;
      this.settle(why);
    });
    return worker;
  }

  /**
   * The time on a processor counts, as on a busy machine honest evaluations wait for one. Where nobody tells it, the
   * time since the beginning does.
   */
  private watch(thread: string | null): () => void {
    const beganAtMs = performance.now();
    const beganAtCpuMs = processorMs(thread) ?? 0;
    const look = () => {
      const wallMs = performance.now() - beganAtMs;
      const cpuMs = processorMs(thread);
      const leftMs = this.limit.processorMs - (cpuMs === null ? wallMs : cpuMs - beganAtCpuMs);
      if (leftMs <= 0 || wallMs >= this.limit.wallMs) this.settle('late');
      else timer = setTimeout(look, Math.max(leftMs, LOOK_MS));
    };
    let timer = setTimeout(look, this.limit.processorMs);
    return () => clearTimeout(timer);
  }
}
