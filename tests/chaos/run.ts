import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { FULL, QUICK } from './lab.ts';
import { type CellPlan, planCells } from './plan.ts';
import { type CellResult, runCell } from './run-cell.ts';

const USAGE = `npm run chaos -- [options]
  --seed N       order, victims and moments follow from it (1)
  --cells A,B    these cells only; a fault or a load alone stands for all its cells
  --list         say what the seed plans, and run nothing
  --quick        smaller loads
  --keep FOLDER  write the history and the warnings of each cell that is not clean`;

const RECOVERY_GOAL_MS = 5_000;

interface Options {
  readonly seed: number;
  readonly only: readonly string[] | null;
  readonly list: boolean;
  readonly quick: boolean;
  readonly keep: string | null;
}

function readOptions(argv: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      seed: { type: 'string', default: '1' },
      cells: { type: 'string' },
      list: { type: 'boolean', default: false },
      quick: { type: 'boolean', default: false },
      keep: { type: 'string' },
    },
  });
  const seed = Number(values.seed);
  if (!Number.isSafeInteger(seed)) throw new TypeError('--seed wants a whole number');
  const only = values.cells?.split(',').map((name) => name.trim()) ?? null;
  return { seed, only, list: values.list, quick: values.quick, keep: values.keep ?? null };
}

async function main({ seed, only, list, quick, keep }: Options): Promise<number> {
  const plans = planCells(seed, only);
  if (list) {
    for (const { name, victim, moment } of plans) {
      console.log(`${name.padEnd(22)} victim ${victim}  after ${Math.round(moment * 100)} % of the load`);
    }
    return 0;
  }
  console.log(`seed ${seed}, ${plans.length} cells`);
  let dirty = 0;
  const recoveries: number[] = [];
  for (const plan of plans) {
    const result = await tryCell(plan, quick);
    if (!isClean(result)) dirty += 1;
    if (!(result instanceof Error) && result.recoveryMs !== null) recoveries.push(result.recoveryMs);
    console.log(describe(plan, result));
    if (keep !== null && !isClean(result)) keepCell(keep, seed, plan, result);
  }
  const faults = new Set(plans.map(({ fault }) => fault)).size;
  const slow = recoveries.filter((recoveryMs) => recoveryMs > RECOVERY_GOAL_MS).length;
  recoveries.sort((one, other) => one - other);
  const median = recoveries[Math.floor(recoveries.length / 2)] ?? 0;
  console.log(
    `recovery p50 ${median} ms, max ${recoveries.at(-1) ?? 0} ms, over ${RECOVERY_GOAL_MS} ms in ${slow} cells`,
  );
  console.log(`${plans.length} cells, ${faults} faults, ${plans.length - dirty} clean, ${dirty} not clean`);
  return dirty === 0 ? 0 : 1;
}

/** A cell that cannot be carried out is not clean, and does not keep the others from being run. */
async function tryCell(plan: CellPlan, quick: boolean): Promise<CellResult | Error> {
  try {
    return await runCell(plan, quick ? QUICK : FULL);
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

function isClean(result: CellResult | Error): boolean {
  return !(result instanceof Error) && result.findings.length === 0;
}

const FINDINGS_SHOWN = 5;

function describe(plan: CellPlan, result: CellResult | Error): string {
  const name = plan.name.padEnd(22);
  if (result instanceof Error) return `${name} could not be run: ${result.message}`;
  const { findings, recoveryMs, accepted, results, tookMs } = result;
  const verdict = findings.length === 0 ? 'clean' : `${findings.length} findings`;
  const recovery = recoveryMs === null ? 'no work left' : `recovery ${recoveryMs} ms`;
  const line = `${name} ${verdict.padEnd(12)} ${recovery.padEnd(18)} runs ${accepted}, results ${results}, ${Math.round(tookMs / 1_000)} s`;
  return [line, ...findings.slice(0, FINDINGS_SHOWN).map(({ kind, text }) => `    ${kind}: ${text}`)].join('\n');
}

function keepCell(folder: string, seed: number, { name }: CellPlan, result: CellResult | Error): void {
  if (result instanceof Error) return;
  mkdirSync(folder, { recursive: true });
  const { history, ...rest } = result;
  const text = [rest, ...history].map((each) => JSON.stringify(each)).join('\n');
  writeFileSync(join(folder, `${seed}-${name.replace('/', '-')}.jsonl`), `${text}\n`);
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(130));

try {
  process.exitCode = await main(readOptions(process.argv.slice(2)));
} catch (error) {
  if (!(error instanceof TypeError)) throw error;
  console.error(`${error.message}\n\n${USAGE}`);
  process.exitCode = 2;
}
