import { AppError, type RunQueue, type RunStore, type RunTree, type StepStore } from '@runyard/domain';

/** Through what a process changes what others see. */
export interface ProcessPorts {
  readonly runs: RunStore;
  readonly steps: StepStore;
  readonly tree: RunTree;
  readonly queue: RunQueue;
}

/**
 * `before`: it dies, and nothing of the write arrived. `after`: it dies, and the write arrived. `refused`: Redis does not
 * answer that one time, and the process lives on.
 */
export type DeathMoment = 'before' | 'after' | 'refused';

export interface MortalOptions {
  /** Number of the write at which it dies, counted from 1; absent: it never dies. */
  readonly diesAt?: number;
  readonly moment?: DeathMoment;
  /** The writes that count; every one when absent. */
  readonly writes?: readonly string[];
  /** Told at that moment, with the name of the write. */
  readonly onDeath?: (write: string) => void;
}

const WRITES: ReadonlySet<string> = new Set(
  'accept plan fail claim record letGo requestCancel expire setPause pin write change join leave addSlices addPlan addStep'.split(
    ' ',
  ),
);

/**
 * A process that dies at one of its writes. From then on none of its calls ever comes back, so nothing that it would do
 * next is done, as with a process that is gone. `bury` afterwards lets its timers go.
 */
export class MortalProcess {
  private readonly options: MortalOptions;
  private readonly hanging: { readonly call: string; readonly settle: (answer: unknown) => void }[] = [];
  private count = 0;
  private isDead = false;
  private isBuried = false;
  private missed = false;

  constructor(options: MortalOptions = {}) {
    this.options = options;
  }

  get dead(): boolean {
    return this.isDead;
  }

  /** True when a write was refused. */
  get hasMissed(): boolean {
    return this.missed;
  }

  /** How many writes it has made or begun. */
  get writes(): number {
    return this.count;
  }

  /** The ports as this process has them. */
  over({ runs, steps, tree, queue }: ProcessPorts): ProcessPorts {
    return { runs: this.wrap(runs), steps: this.wrap(steps), tree: this.wrap(tree), queue: this.wrap(queue) };
  }

  /** Lets what it was at come to an end without any effect: it is told that it owns nothing. */
  bury(): void {
    this.isBuried = true;
    for (const { call, settle } of this.hanging.splice(0)) settle(lastAnswer(call));
  }

  private wrap<Port extends object>(port: Port): Port {
    return new Proxy(port, {
      get: (target, name) => {
        const member: unknown = Reflect.get(target, name);
        if (typeof member !== 'function') return member;
        return (...args: unknown[]) => this.call(String(name), () => Reflect.apply(member, target, args) as unknown);
      },
    });
  }

  private async call(name: string, make: () => unknown): Promise<unknown> {
    if (this.isDead) return this.never(name);
    const { moment = 'before', writes } = this.options;
    const isWrite = writes ? writes.includes(name) : WRITES.has(name);
    if (isWrite) this.count += 1;
    const isLast = isWrite && this.count === this.options.diesAt;
    if (isLast && moment === 'refused') {
      this.missed = true;
      this.options.onDeath?.(name);
      throw new AppError('STORE_UNAVAILABLE', 'Redis did not answer.');
    }
    if (isLast && moment === 'before') this.die(name);
    if (this.isDead) return this.never(name);
    const answer = make();
    if (isLast) this.die(name);
    const settled = await answer;
    return this.isDead ? this.never(name) : settled;
  }

  private die(write: string): void {
    this.isDead = true;
    this.options.onDeath?.(write);
  }

  private never(call: string): Promise<unknown> {
    if (this.isBuried) return Promise.resolve(lastAnswer(call));
    return new Promise((settle) => this.hanging.push({ call, settle }));
  }
}

/** What tells a process that it has lost everything; for reads that there is nothing. */
function lastAnswer(call: string): unknown {
  if (call === 'record')
    return { owned: false, cancelRequested: true, runState: 'expired', nextSlice: null, paused: false };
  if (call === 'write' || call === 'change' || call === 'join') return false;
  if (call === 'claim') return 'gone';
  if (call === 'letGo') return { paused: true };
  if (call === 'read') return new Map();
  if (call === 'accept') return 'written';
  return call === 'get' || call === 'device' ? null : [];
}
