/** The longest time that one timer of Node can wait; one that is told to wait longer ends at once. */
const TIMER_MS_MAX = 2_147_483_647;

export interface LongTimer {
  stop(): void;
}

/** Calls back after the time, also when that is longer than one timer can wait: then several wait, one after the other. */
export function startLongTimer(delayMs: number, onTime: () => void): LongTimer {
  let timer = wait(delayMs);
  return { stop: () => clearTimeout(timer) };

  function wait(leftMs: number): NodeJS.Timeout {
    if (leftMs <= TIMER_MS_MAX) return setTimeout(onTime, leftMs);
    return setTimeout(() => {
      timer = wait(leftMs - TIMER_MS_MAX);
    }, TIMER_MS_MAX);
  }
}
