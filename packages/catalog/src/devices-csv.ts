import { closest, type DeviceDocument } from '@runyard/contracts';
import { type CsvError, type Info, parse } from 'csv-parse/sync';
import type { CatalogProblem } from './catalog-document.ts';
import { validator } from './validator.ts';

export interface DeviceImport {
  readonly devices: readonly DeviceDocument[];
  readonly problems: readonly CatalogProblem[];
}

/** Columns that are keys of a device; every other one is an attribute. */
const COLUMNS = ['name', 'address', 'port', 'platform', 'cluster', 'credential'] as const;
const REQUIRED = ['name', 'address'] as const;
const CSV_LENGTH_MAX = 50 * 1024 * 1024;
const RECORD_LENGTH_MAX = 1024 * 1024;
const COLUMNS_MAX = 200;
const PROBLEMS_MAX = 100;
const MESSAGE_LENGTH_MAX = 300;

class TooManyProblems extends Error {}

interface Row {
  readonly cells: readonly string[];
  readonly line: number;
}

/** Devices of a CSV text with a header row. Empty cells are left out; mistakes are told with their line. */
export function devicesFromCsv(text: string, file?: string): DeviceImport {
  const at = (line: number) => ({ path: '', line, ...(file === undefined ? {} : { file }) });
  if (text.length > CSV_LENGTH_MAX) {
    return { devices: [], problems: [{ ...at(1), message: `is larger than ${CSV_LENGTH_MAX / 1024 / 1024} MiB` }] };
  }
  const { rows, problems } = readRows(text, at);
  const [header, ...records] = rows;
  if (!header) return { devices: [], problems: [...problems, { ...at(1), message: 'has no header row' }] };
  const wrongHeader = headerProblems(header.cells).map((message) => ({ ...at(header.line), message }));
  if (wrongHeader.length > 0) return { devices: [], problems: [...problems, ...wrongHeader] };
  const devices: DeviceDocument[] = [];
  for (const { cells, line } of records) {
    const device = deviceOf(header.cells, cells);
    const errors = validator.check('Device', device);
    for (const { path, message } of errors) problems.push({ ...at(line), path, message });
    if (errors.length === 0) devices.push(device as unknown as DeviceDocument);
  }
  return { devices, problems };
}

function readRows(text: string, at: (line: number) => { path: string; line: number }) {
  const problems: CatalogProblem[] = [];
  const onSkip = (error: CsvError | undefined): undefined => {
    if (!error) return;
    problems.push({ ...at(Number(error['lines'] ?? 1)), message: csvText(error) });
    // Each error holds the text of its record, so a file that is nothing but errors would fill the memory.
    if (problems.length >= PROBLEMS_MAX) throw new TooManyProblems();
  };
  try {
    const records = parse(text, {
      bom: true,
      trim: true,
      skip_empty_lines: true,
      skip_records_with_error: true,
      max_record_size: RECORD_LENGTH_MAX,
      info: true,
      on_skip: onSkip,
    }) as unknown as { record: string[]; info: Info }[];
    return { rows: records.map(({ record, info }): Row => ({ cells: record, line: info.lines })), problems };
  } catch (error) {
    if (!(error instanceof TooManyProblems)) onSkip(error as CsvError);
    return { rows: [], problems };
  }
}

function csvText(error: CsvError): string {
  if (error.code === 'CSV_RECORD_INCONSISTENT_FIELDS_LENGTH') return 'has not as many cells as the header row';
  return `is no CSV: ${error.message.slice(0, MESSAGE_LENGTH_MAX)}`;
}

function headerProblems(header: readonly string[]): string[] {
  const problems = REQUIRED.filter((column) => !header.includes(column)).map((column) => {
    const near = header.find((name) => closest(name, [column]) !== undefined);
    return `the column \`${column}\` is missing${near === undefined ? '' : `; is it \`${near}\`?`}`;
  });
  if (header.length > COLUMNS_MAX) problems.push(`has more than ${COLUMNS_MAX} columns`);
  if (header.includes('')) problems.push('has a column without a name');
  const twice = header.find((name, index) => name !== '' && header.indexOf(name) !== index);
  if (twice !== undefined) problems.push(`has the column \`${twice}\` twice`);
  return problems;
}

function deviceOf(header: readonly string[], cells: readonly string[]): Record<string, unknown> {
  const filled = header.flatMap((name, index): [string, string][] => {
    const cell = cells[index] ?? '';
    return cell === '' ? [] : [[name, cell]];
  });
  const isColumn = ([name]: [string, string]) => (COLUMNS as readonly string[]).includes(name);
  const device: Record<string, unknown> = Object.fromEntries(filled.filter(isColumn));
  // Only digits become a number, so that "22x" is refused and told.
  if (/^\d+$/.test(String(device['port']))) device['port'] = Number(device['port']);
  const attributes = filled.filter((cell) => !isColumn(cell));
  return attributes.length === 0 ? device : { ...device, attributes: Object.fromEntries(attributes) };
}
