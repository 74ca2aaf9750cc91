/**
 * A promise that several events race for: the first settles it, and what was registered for its life is taken back.
 * When the signal fires it rejects with the reason of the signal.
 */
export class OneAnswer<Value> {
  readonly promise: Promise<Value>;
  readonly #afterwards: (() => void)[] = [];
  #settled = false;
  #resolve: (value: Value) => void = () => undefined;
  #reject: (error: unknown) => void = () => undefined;

  constructor(signal: AbortSignal, onAbort: () => void = () => undefined) {
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    const abort = (): void => {
      if (this.reject(signal.reason)) onAbort();
    };
    signal.addEventListener('abort', abort, { once: true });
    this.afterwards(() => signal.removeEventListener('abort', abort));
    if (signal.aborted) abort();
  }

  get isSettled(): boolean {
    return this.#settled;
  }

  /** Registers what takes a listener or a timer back. */
  afterwards(work: () => void): void {
    if (this.#settled) work();
    else this.#afterwards.push(work);
  }

  /** False when it was settled before; then nothing happens. */
  resolve(value: Value): boolean {
    if (!this.#settle()) return false;
    this.#resolve(value);
    return true;
  }

  /** False when it was settled before; then nothing happens. */
  reject(error: unknown): boolean {
    if (!this.#settle()) return false;
    this.#reject(error);
    return true;
  }

  #settle(): boolean {
    if (this.#settled) return false;
    this.#settled = true;
    for (const work of this.#afterwards.splice(0)) work();
    return true;
  }
}
