import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './bench.ts';
import type { Machine } from './machine.ts';
import type { Result } from './row.ts';
import { markdownTable } from './table.ts';

const FILE = join(ROOT, 'docs', 'performance.md');
const BEGIN = '<!-- bench:begin -->';
const END = '<!-- bench:end -->';

/** Replaces what stands between the two markers of docs/performance.md. */
export function writeDocs(machine: Machine, results: readonly Result[], size: string): void {
  const text = readFileSync(FILE, 'utf8');
  const begin = text.indexOf(BEGIN);
  const end = text.indexOf(END);
  if (begin < 0 || end < begin) throw new Error(`${FILE} lacks the markers ${BEGIN} and ${END}`);
  const { cpus, model, memory, node, redis, aof, date, commit } = machine;
  const facts = `Measured on ${date}, commit ${commit}, ${size}: ${cpus} processors (${model}), ${memory} GiB, Node ${node}, ${redis} (${aof}).`;
  writeFileSync(FILE, `${text.slice(0, begin)}${BEGIN}\n\n${facts}\n\n${markdownTable(results)}\n\n${text.slice(end)}`);
}
