import { median, spread } from './statistics.ts';

/** Measures one side once and gives its figure. */
export type Side = () => Promise<number>;

export interface Measured {
  readonly values: readonly number[];
  readonly median: number;
  /** Half the distance between the extremes, as a share of the median: how much the machine drifted. */
  readonly spread: number;
}

/**
 * Measures all sides in turn, A B A B …, so that a drift of the machine meets each of them alike. Every second round
 * goes the other way round, so that none is always the one after the pause.
 */
export async function alternate<Name extends string>(
  rounds: number,
  sides: Readonly<Record<Name, Side>>,
  report: (text: string) => void,
): Promise<Record<Name, Measured>> {
  const names = Object.keys(sides) as Name[];
  const values = new Map<Name, number[]>(names.map((name) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      const value = await sides[name]();
      values.get(name)?.push(value);
      report(`round ${round + 1}/${rounds}  ${name}: ${value.toPrecision(4)}`);
    }
  }
  return Object.fromEntries(names.map((name) => [name, summarize(values.get(name) ?? [])])) as Record<Name, Measured>;
}

export function summarize(values: readonly number[]): Measured {
  return { values, median: median(values), spread: spread(values) };
}
