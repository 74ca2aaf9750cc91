import { durationText } from '../output/time.ts';
import { type Exit, launch, type ProcessSpec, type RunningProcess } from './child-process.ts';

export interface SupervisedOptions {
  /** One line, or several, for the person at the terminal. */
  readonly report: (lines: readonly string[]) => void;
  readonly restartDelayMs?: number;
  readonly stopGraceMs?: number;
}

const RESTART_DELAY_MS = 500;
const RESTART_DELAY_MS_MAX = 30_000;
/** After living this long a process counts as healthy, and its next death as the first one. */
const HEALTHY_MS = 60_000;
const STOP_GRACE_MS = 30_000;

/**
 * A process that is wanted until `stop`. Until `keepRunning` is called its death is a failure, which `failed` tells;
 * from then on it is started again after a pause that grows with each death in a row.
 */
export class SupervisedProcess {
  /** Resolves when the process dies before it is kept running. Never rejects. */
  readonly failed: Promise<Exit>;
  readonly #spec: ProcessSpec;
  readonly #options: SupervisedOptions;
  #tellFailed: (exit: Exit) => void = () => {};
  #running: RunningProcess | undefined;
  #restart: NodeJS.Timeout | undefined;
  #deaths = 0;
  #isWanted = true;
  #isKept = false;

  constructor(spec: ProcessSpec, options: SupervisedOptions) {
    this.#spec = spec;
    this.#options = options;
    this.failed = new Promise((resolve) => {
      this.#tellFailed = resolve;
    });
  }

  get name(): string {
    return this.#spec.name;
  }

  get pid(): number {
    return this.#running?.pid ?? 0;
  }

  start(): void {
    const running = launch(this.#spec);
    this.#running = running;
    void running.exited.then((exit) => this.#onExit(exit));
  }

  keepRunning(): void {
    this.#isKept = true;
  }

  /** Idempotent; resolves when the process has ended. */
  async stop(): Promise<void> {
    this.#isWanted = false;
    clearTimeout(this.#restart);
    const wasGentle = await this.#running?.stop(this.#options.stopGraceMs ?? STOP_GRACE_MS);
    if (wasGentle === false) this.#options.report([`${this.name} did not end in time and was killed.`]);
  }

  kill(): void {
    this.#isWanted = false;
    clearTimeout(this.#restart);
    this.#running?.kill();
  }

  #onExit(exit: Exit): void {
    if (!this.#isWanted) return;
    if (!this.#isKept) {
      this.#tellFailed(exit);
      return;
    }
    this.#deaths = exit.livedMs >= HEALTHY_MS ? 1 : this.#deaths + 1;
    const first = this.#options.restartDelayMs ?? RESTART_DELAY_MS;
    const delayMs = Math.min(RESTART_DELAY_MS_MAX, first * 2 ** Math.min(20, this.#deaths - 1));
    this.#options.report([
      `${this.name} ${exitText(exit)}; it is started again in ${durationText(delayMs)}.`,
      ...exit.lastWords.map((line) => `  | ${line}`),
    ]);
    this.#restart = setTimeout(() => this.start(), delayMs);
  }
}

/** `ended with exit code 1`, `was killed by SIGKILL`, `could not be started`. */
export function exitText({ code, signal }: Pick<Exit, 'code' | 'signal'>): string {
  if (signal !== null) return `was ended by ${signal}`;
  return code === null ? 'could not be started' : `ended with exit code ${code}`;
}
