/** Where a command writes. Results go to `out`, everything about them to `err`. */
export interface Terminal {
  out(line: string): void;
  err(line: string): void;
  readonly colour: Colour;
  /** Columns of the terminal; a generous number when the output goes elsewhere. */
  readonly columns: number;
}

const CODES = { bold: '1', dim: '2', red: '31', green: '32', yellow: '33' } as const;

type ColourName = keyof typeof CODES;
export type Colour = (name: ColourName, text: string) => string;

const COLUMNS_ELSEWHERE = 160;

/** The real terminal. Colours only where a person reads them, and never with NO_COLOR. */
export function processTerminal(env: Readonly<Record<string, string | undefined>>): Terminal {
  const isColoured = process.stdout.isTTY && !env['NO_COLOR'] && env['TERM'] !== 'dumb';
  return {
    out: (line) => void process.stdout.write(`${line}\n`),
    err: (line) => void process.stderr.write(`${line}\n`),
    colour: isColoured ? coloured : plain,
    columns: process.stdout.columns ?? COLUMNS_ELSEWHERE,
  };
}

const plain: Colour = (_name, text) => text;
export const coloured: Colour = (name, text) => `\u001b[${CODES[name]}m${text}\u001b[0m`;
