import type { Bench } from './bench.ts';

/** What a figure has to reach: at least or at most, as the ratio to the floor or as the value itself. */
export interface Goal {
  readonly text: string;
  readonly of: 'ratio' | 'value';
  readonly least?: number;
  readonly most?: number;
}

/** One measured line of the table. */
export interface Figure {
  /** What was measured, with the sizes that were used. */
  readonly figure: string;
  readonly value: number;
  readonly unit: string;
  /** Null when there is nothing to compare with. */
  readonly floor: number | null;
  readonly floorName: string;
  /** Null when the line has no goal of its own. */
  readonly goal: Goal | null;
  /** How much the rounds of ours differed, as a share. */
  readonly spread: number | null;
}

export interface Row {
  readonly id: string;
  readonly figure: string;
  readonly floor: string;
  readonly goal: string;
  /** Null for a row that is not measured yet. */
  readonly run: ((bench: Bench) => Promise<readonly Figure[]>) | null;
}

/** A figure as it is printed and written: with its row, its ratio and its verdict. */
export interface Result extends Omit<Figure, 'goal'> {
  readonly id: string;
  readonly ratio: number | null;
  readonly goal: string | null;
  /** Null when there is no goal to meet. */
  readonly met: boolean | null;
}

export function judge(id: string, { goal, ...figure }: Figure): Result {
  const ratio = figure.floor === null || figure.floor === 0 ? null : figure.value / figure.floor;
  return { id, ...figure, ratio, goal: goal?.text ?? null, met: goal ? isMet(goal, figure.value, ratio) : null };
}

function isMet({ of, least = -Infinity, most = Infinity }: Goal, value: number, ratio: number | null): boolean {
  const judged = of === 'value' ? value : ratio;
  return judged !== null && judged >= least && judged <= most;
}

export function ratioAtLeast(least: number): Goal {
  return { text: `≥ ${least} ×`, of: 'ratio', least };
}

export function ratioAtMost(most: number): Goal {
  return { text: `≤ ${most} ×`, of: 'ratio', most };
}

export function valueAtMost(most: number, unit: string): Goal {
  return { text: `≤ ${most} ${unit}`, of: 'value', most };
}
