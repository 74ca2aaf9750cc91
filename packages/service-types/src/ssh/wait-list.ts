import { OneAnswer } from './one-answer.ts';

/** Those who wait for the same thing, first come first woken. */
export class WaitList {
  readonly #waiting = new Set<OneAnswer<void>>();

  get isEmpty(): boolean {
    return this.#waiting.size === 0;
  }

  /** Resolves when woken, rejects with the reason of the signal. */
  wait(signal: AbortSignal): Promise<void> {
    const answer = new OneAnswer<void>(signal);
    this.#waiting.add(answer);
    answer.afterwards(() => this.#waiting.delete(answer));
    return answer.promise;
  }

  wakeFirst(): void {
    const [first] = this.#waiting;
    first?.resolve();
  }

  rejectAll(reason: Error): void {
    for (const answer of this.#waiting) answer.reject(reason);
  }
}
