let last: Promise<void> = Promise.resolve();

/**
 * Resolves when it is the caller's turn to start a program: one in each round of the event loop. A start blocks it for
 * milliseconds, and a thousand at once would keep the worker from renewing its locks until others take its work over.
 */
export function startTurn(): Promise<void> {
  last = last.then(() => new Promise((resolve) => void setImmediate(resolve)));
  return last;
}
