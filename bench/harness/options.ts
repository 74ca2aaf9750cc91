import { parseArgs } from 'node:util';

export interface Options {
  /** Small numbers and few rounds: a look, not a figure to quote. */
  readonly quick: boolean;
  /** Ids of the rows to measure; all of them when null. */
  readonly only: readonly string[] | null;
  /** Where the result is written as JSON. */
  readonly json: string | null;
  /** Puts the table into docs/performance.md. */
  readonly writeDocs: boolean;
  /** The Node binary of every measured process. */
  readonly node: string | null;
  readonly rounds: number;
  /** Folder for CPU profiles of every measured process. */
  readonly cpuProf: string | null;
  readonly skipBuild: boolean;
}

export const USAGE = `npm run bench -- [options]
  --quick            small numbers, 3 rounds: some minutes
  --only P1,P3       these rows only
  --rounds N         rounds of each side (5, with --quick 3)
  --json FILE        also write the result as JSON
  --write-docs       put the table into docs/performance.md
  --node PATH        Node binary of the measured processes
  --cpu-prof FOLDER  write a CPU profile of each measured process
  --no-build         measure what dist holds`;

/** Reads the command line. Throws a TypeError that names what is wrong. */
export function readOptions(argv: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string' },
      rounds: { type: 'string' },
      json: { type: 'string' },
      'write-docs': { type: 'boolean', default: false },
      node: { type: 'string' },
      'cpu-prof': { type: 'string' },
      'no-build': { type: 'boolean', default: false },
    },
  });
  const rounds = Number(values.rounds ?? (values.quick ? 3 : 5));
  if (!Number.isInteger(rounds) || rounds < 1) throw new TypeError('--rounds wants a number from 1 on');
  return {
    quick: values.quick,
    only: values.only?.split(',').map((id) => id.trim().toUpperCase()) ?? null,
    json: values.json ?? null,
    writeDocs: values['write-docs'],
    node: values.node ?? null,
    rounds,
    cpuProf: values['cpu-prof'] ?? null,
    skipBuild: values['no-build'],
  };
}
