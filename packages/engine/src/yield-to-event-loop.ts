/** So much work goes into one turn of the event loop. */
const TURN_MS = 10;
/** After longer work the event loop is free for this part of the time that it took. */
const FREE_PART = 1 / 4;

/** Who waits, by run; the run whose turn it is comes first. There is one event loop in a process. */
const lines = new Map<string, (() => void)[]>();
let turnBeganAtMs = 0;
let isGoing = false;

/**
 * To be awaited before work that may take long at one go, such as templates. Those who come together go on one after the
 * other, the runs in turn, and after a short time in a later turn of the event loop: so timers and answers, such as those
 * that keep locks, wait for one long piece of work at most, and not for those of all devices that begin in the same
 * moment; and a run with little to do does not wait for all devices of one with much.
 */
export function yieldToEventLoop(runId: string): Promise<void> {
  return new Promise((resolve) => {
    const line = lines.get(runId);
    if (line) line.push(resolve);
    else lines.set(runId, [resolve]);
    if (isGoing) return;
    isGoing = true;
    setImmediate(beginTurn);
  });
}

function beginTurn(): void {
  turnBeganAtMs = performance.now();
  goOn();
}

function goOn(): void {
  const [first] = lines;
  if (!first) {
    isGoing = false;
    return;
  }
  const [runId, line] = first;
  const next = line.shift();
  lines.delete(runId);
  if (line.length > 0) lines.set(runId, line);
  next?.();
  // Back here when all that waited for that promise has been done, up to where it waits for something else.
  queueMicrotask(() => process.nextTick(afterWork));
}

function afterWork(): void {
  const tookMs = performance.now() - turnBeganAtMs;
  if (tookMs < TURN_MS) goOn();
  else setTimeout(beginTurn, tookMs * FREE_PART);
}
