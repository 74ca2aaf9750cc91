import { durationText } from '../output/time.ts';

/** One line for each step of the start, with the time it took. */
export interface Steps {
  /**
   * Does the work and prints what it returns as text, with the time since now or since it began. Nothing is printed
   * when it fails.
   */
  run<Value>(work: () => Promise<Value>, text: (value: Value) => string, beganMs?: number): Promise<Value>;
}

const TIME_COLUMN = 78;

export function createSteps(print: (line: string) => void, nowMs: () => number = Date.now): Steps {
  return {
    async run(work, text, beganMs = nowMs()) {
      const value = await work();
      print(`${`  ${text(value)}`.padEnd(TIME_COLUMN)}  ${durationText(nowMs() - beganMs)}`);
      return value;
    },
  };
}
