interface Shared<Value> {
  readonly promise: Promise<Value>;
  readonly abort: AbortController;
  waiting: number;
}

/**
 * Work that many ask for at once and that is done once for all of them. It is aborted when nobody waits for it any
 * more; whoever stops waiting gets the reason of his own signal.
 */
export class SharedWork<Value> {
  private readonly underway = new Map<string, Shared<Value>>();

  async get(key: string, signal: AbortSignal, work: (signal: AbortSignal) => Promise<Value>): Promise<Value> {
    signal.throwIfAborted();
    const shared = this.underway.get(key) ?? this.begin(key, work);
    shared.waiting += 1;
    let stop = (): void => undefined;
    const stopped = new Promise<never>((_, reject) => {
      stop = () => reject(signal.reason as Error);
      signal.addEventListener('abort', stop, { once: true });
    });
    try {
      return await Promise.race([shared.promise, stopped]);
    } finally {
      signal.removeEventListener('abort', stop);
      shared.waiting -= 1;
      if (shared.waiting === 0) {
        if (this.underway.get(key) === shared) this.underway.delete(key);
        shared.abort.abort(signal.reason ?? new Error('nobody waits for it any more'));
      }
    }
  }

  private begin(key: string, work: (signal: AbortSignal) => Promise<Value>): Shared<Value> {
    const abort = new AbortController();
    const promise = work(abort.signal).finally(() => {
      if (this.underway.get(key) === shared) this.underway.delete(key);
    });
    promise.catch(() => undefined);
    const shared: Shared<Value> = { promise, abort, waiting: 0 };
    this.underway.set(key, shared);
    return shared;
  }
}
