import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { Bench, ROOT } from './harness/bench.ts';
import { writeDocs } from './harness/docs.ts';
import { describeMachine } from './harness/machine.ts';
import { type Options, readOptions, USAGE } from './harness/options.ts';
import { judge, type Result, type Row } from './harness/row.ts';
import { textTable } from './harness/table.ts';
import { ROWS } from './rows.ts';

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(130));

async function main(options: Options): Promise<void> {
  const rows = ROWS.filter(({ id }) => options.only === null || options.only.includes(id));
  if (rows.length === 0) throw new TypeError(`--only knows ${ROWS.map(({ id }) => id).join(', ')}`);
  if (!options.skipBuild)
    execFileSync('npm', ['run', '--silent', 'build'], { cwd: ROOT, stdio: ['ignore', 'inherit', 'inherit'] });
  const bench = await Bench.open(options);
  try {
    const machine = describeMachine(bench);
    console.log(Object.values(machine).join(' · '));
    const results: Result[] = [];
    for (const row of rows) results.push(...(await measure(bench, row)));
    console.log(`\n${textTable(results)}`);
    if (options.json !== null) writeFileSync(options.json, `${JSON.stringify({ machine, rows: results }, null, 2)}\n`);
    if (options.writeDocs) writeDocs(machine, results, sizeText(options));
  } finally {
    await bench.close();
  }
}

/** A row that cannot be measured is said so and does not keep the others from being measured. */
async function measure(bench: Bench, { id, figure, run }: Row): Promise<readonly Result[]> {
  bench.say(`\n${id}  ${figure}`);
  if (!run) {
    bench.say('  not measured yet');
    return [];
  }
  const startMs = Date.now();
  try {
    await bench.redis.flush();
    const figures = await run(bench);
    bench.say(`  ${Math.round((Date.now() - startMs) / 1_000)} s`);
    return figures.map((each) => judge(id, each));
  } catch (error) {
    bench.say(`  failed: ${error instanceof Error ? error.stack : String(error)}`);
    process.exitCode = 1;
    await bench.stopAll();
    return [];
  }
}

function sizeText({ quick, rounds }: Options): string {
  return `${quick ? 'quick' : 'full'}, medians of ${rounds} rounds`;
}

try {
  await main(readOptions(process.argv.slice(2)));
} catch (error) {
  console.error(error instanceof TypeError ? `${error.message}\n\n${USAGE}` : error);
  process.exitCode = 1;
}
