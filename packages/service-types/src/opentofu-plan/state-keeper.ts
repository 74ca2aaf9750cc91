import { readFile, stat, writeFile } from 'node:fs/promises';
import type { KeptState } from '@runyard/domain';

const SAVE_EVERY_MS = 2_000;

/**
 * Brings the state of a service into a file for tofu and back. It is saved while tofu works, too: when the worker dies,
 * little of what was made is forgotten.
 */
export class StateKeeper {
  private readonly file: string;
  private readonly state: KeptState;
  private readonly log: (line: string) => void;
  private saved: string | null;
  private seenAtMs = 0;
  private timer: NodeJS.Timeout | undefined;
  private saving: Promise<void> = Promise.resolve();

  constructor(file: string, state: KeptState, log: (line: string) => void) {
    this.file = file;
    this.state = state;
    this.log = log;
    this.saved = state.content;
  }

  /** Writes the file, unless there is no state yet. */
  async begin(initial: string | null): Promise<void> {
    const content = this.state.content ?? initial;
    if (content !== null) await writeFile(this.file, content, { mode: 0o600 });
    this.timer = setInterval(() => {
      this.saving = this.saving
        .then(() => this.save())
        .catch(() => this.log('the state could not be saved, trying again'));
    }, SAVE_EVERY_MS);
  }

  /** Saves what tofu wrote last. Rejects when that was not possible: then what was made is known to nobody. */
  async end(): Promise<void> {
    clearInterval(this.timer);
    await this.saving;
    this.seenAtMs = 0;
    await this.save();
  }

  /** The state as tofu left it; null when there is none. */
  get content(): string | null {
    return this.saved;
  }

  private async save(): Promise<void> {
    const changedAtMs = await stat(this.file).then(
      ({ mtimeMs }) => mtimeMs,
      () => null,
    );
    if (changedAtMs === null || changedAtMs === this.seenAtMs) return;
    const content = await readFile(this.file, 'utf8');
    // tofu may be writing just now: half a state is none.
    if (!isJson(content)) return;
    this.seenAtMs = changedAtMs;
    if (content === this.saved) return;
    await this.state.save(content);
    this.saved = content;
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
