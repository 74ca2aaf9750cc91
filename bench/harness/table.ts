import type { Result } from './row.ts';

const COLUMNS = ['id', 'figure', 'ours', 'floor', 'ratio', 'goal', 'met'] as const;

function cells({ id, figure, value, unit, floor, floorName, ratio, goal, met }: Result): string[] {
  return [
    id,
    figure,
    `${show(value)} ${unit}`,
    floor === null ? floorName || '–' : `${show(floor)} (${floorName})`,
    ratio === null ? '–' : `${ratio.toPrecision(3)} ×`,
    goal ?? '–',
    met === null ? '–' : met ? 'yes' : 'no',
  ];
}

/** Three digits that count, without an exponent. */
function show(value: number): string {
  if (!Number.isFinite(value)) return '?';
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en');
  return String(Number(value.toPrecision(3)));
}

export function textTable(results: readonly Result[]): string {
  const lines = [[...COLUMNS], ...results.map(cells)];
  const widths = COLUMNS.map((_, column) => Math.max(...lines.map((line) => (line[column] ?? '').length)));
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

export function markdownTable(results: readonly Result[]): string {
  const line = (columns: readonly string[]): string => `| ${columns.join(' | ')} |`;
  return [line(COLUMNS), line(COLUMNS.map(() => '---')), ...results.map((result) => line(cells(result)))].join('\n');
}
