import { printable } from './printable.ts';

const GAP = '  ';

/** Lines of a table with aligned columns; the last column is not padded. Widths are those of the widest cell. */
export function tableLines(header: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const cells = [header, ...rows].map((row) => row.map(oneLine));
  const widths: number[] = [];
  for (const row of cells) {
    row.forEach((cell, column) => (widths[column] = Math.max(widths[column] ?? 0, width(cell))));
  }
  return cells.map((row) => rowLine(row, widths));
}

/** One row for columns of known widths, for tables that grow while they are shown. */
export function rowLine(row: readonly string[], widths: readonly number[]): string {
  const padded = row.map((cell, column) => {
    const missing = column === row.length - 1 ? 0 : (widths[column] ?? 0) - width(cell);
    return cell + ' '.repeat(Math.max(0, missing));
  });
  return padded.join(GAP).trimEnd();
}

/** Letters as the reader counts them; colour codes have no width. */
function width(cell: string): number {
  return Array.from(printable(cell)).length;
}

function oneLine(cell: string): string {
  return cell.replace(/\s*\n\s*/g, ' ');
}
