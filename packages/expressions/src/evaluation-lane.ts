import type { EvaluationRequest } from './evaluator.ts';
import { EvaluationThread, type Outcome, type TimeLimit } from './evaluation-thread.ts';

/** A line of evaluations before so many threads. */
export class EvaluationLane {
  private readonly threads: readonly EvaluationThread[];
  /** The last one is the next to get work, so that no more threads are started than are needed. */
  private readonly free: EvaluationThread[];
  private readonly line = new Set<(thread: EvaluationThread | null) => void>();
  private stopped = false;

  constructor(threads: number, limit: TimeLimit) {
    this.threads = Array.from({ length: threads }, () => new EvaluationThread(limit));
    this.free = [...this.threads];
  }

  /**
   * Waits for a thread; the time limit counts from then on. `lost` when it was aborted or stopped, `late` also when
   * it is known to be, once it is its turn.
   */
  async evaluate(
    request: EvaluationRequest,
    signal?: AbortSignal,
    isKnownLate: () => boolean = () => false,
  ): Promise<Outcome> {
    const thread = await this.take(signal);
    if (!thread) return 'lost';
    try {
      if (this.stopped) return 'lost';
      return isKnownLate() ? 'late' : await thread.evaluate(request, signal);
    } finally {
      this.giveBack(thread);
    }
  }

  async stop(): Promise<void> {
    this.stopped = true;
    for (const next of this.line) next(null);
    await Promise.all(this.threads.map((thread) => thread.end()));
  }

  private take(signal?: AbortSignal): Promise<EvaluationThread | null> {
    if (this.stopped || signal?.aborted) return Promise.resolve(null);
    const thread = this.free.pop();
    if (thread) return Promise.resolve(thread);
    return new Promise((resolve) => {
      const leave = () => next(null);
      const next = (given: EvaluationThread | null) => {
        this.line.delete(next);
        signal?.removeEventListener('abort', leave);
        resolve(given);
      };
      this.line.add(next);
      signal?.addEventListener('abort', leave, { once: true });
    });
  }

  private giveBack(thread: EvaluationThread): void {
    const [next] = this.line;
    if (next && !this.stopped) next(thread);
    else this.free.push(thread);
  }
}
