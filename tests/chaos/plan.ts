import { SeededRandom } from './random.ts';

export const FAULTS = [
  'kill-worker',
  'stop-worker',
  'kill-gateway',
  'kill-redis',
  'restart-redis',
  'half-open',
  'latency',
  'out-of-memory',
  'cancels',
] as const;
export type FaultName = (typeof FAULTS)[number];

export const LOADS = ['small', 'big', 'ssh', 'locks', 'workflow', 'schedules'] as const;
export type LoadName = (typeof LOADS)[number];

export interface CellPlan {
  readonly name: string;
  readonly fault: FaultName;
  readonly load: LoadName;
  /** Which of the two workers, or of the two gateways. */
  readonly victim: number;
  /** Part of the load that is done when the fault comes. */
  readonly moment: number;
}

/** Every cell, or the named ones, in the order of the seed. The same seed gives the same plan. */
export function planCells(seed: number, only: readonly string[] | null): readonly CellPlan[] {
  const random = new SeededRandom(seed);
  const cells = FAULTS.flatMap((fault) =>
    LOADS.map((load) => ({
      name: `${fault}/${load}`,
      fault,
      load,
      victim: random.below(2),
      moment: 0.1 + random.next() * 0.4,
    })),
  );
  const unknown = only?.find((name) => !cells.some((cell) => matches(cell, name)));
  if (unknown !== undefined) throw new TypeError(`there is no cell ${unknown}; --list names them`);
  return random.shuffled(cells).filter((cell) => only === null || only.some((name) => matches(cell, name)));
}

/** A cell goes by its name; a fault or a load alone stands for all its cells. */
function matches({ name, fault, load }: CellPlan, wanted: string): boolean {
  return wanted === name || wanted === fault || wanted === load;
}
