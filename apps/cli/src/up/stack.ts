import type { SupervisedProcess } from './supervised-process.ts';

/** Something that was started and is to be stopped. */
export interface Part {
  stop(): Promise<void>;
  kill(): void;
}

/**
 * What `up` has started, in groups that are stopped one after the other, the last group first: gateway, workers,
 * devices, Redis. The parts of a group stop together.
 */
export class Stack {
  readonly #groups: Part[][] = [];
  #isKilled = false;
  #stopped: Promise<void> | undefined;

  get isEmpty(): boolean {
    return this.#groups.length === 0;
  }

  add(...parts: Part[]): void {
    this.#groups.push(parts);
  }

  /** Idempotent. What is added while it runs is stopped as well. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stopAll();
    return this.#stopped;
  }

  /** Impatience: whatever is asked to stop from now on, or is being asked, is ended by force. */
  kill(): void {
    this.#isKilled = true;
    for (const part of this.#groups.flat()) part.kill();
  }

  async #stopAll(): Promise<void> {
    for (let group = this.#groups.at(-1); group; group = this.#groups.at(-1)) {
      if (this.#isKilled) for (const part of group) part.kill();
      await Promise.allSettled(group.map((part) => part.stop()));
      this.#groups.splice(this.#groups.indexOf(group), 1);
    }
  }
}

/** All of these start at once and stop at once. */
export function startGroup(stack: Stack, processes: readonly SupervisedProcess[]): void {
  stack.add(...processes);
  for (const process of processes) process.start();
}
