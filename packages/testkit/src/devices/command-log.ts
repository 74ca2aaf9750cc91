/** One command that a device ran, as the device saw it. */
export interface CommandEvent {
  readonly device: string;
  readonly command: string;
  /** The connection it came over, counted from 1 over the whole fleet. */
  readonly connection: number;
  readonly atMs: number;
  /** When its output was complete; absent while it runs, and for ever after a hang or a broken connection. */
  endedAtMs?: number;
}

/** The newest commands, up to a limit. */
export class CommandLog {
  readonly #events: CommandEvent[] = [];
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  add(event: CommandEvent): void {
    this.#events.push(event);
    // In portions: taking one from the front for each one added would cost more than the command.
    if (this.#events.length > this.#limit * 1.1) this.#events.splice(0, this.#events.length - this.#limit);
  }

  list(): readonly CommandEvent[] {
    return this.#events.slice(-this.#limit);
  }
}
