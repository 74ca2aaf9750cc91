import { join } from 'node:path';
import type { RunyardClient } from '@runyard/client';
import type { CatalogAppliedAnswer, RunAnswer } from '@runyard/contracts';
import { applyDocuments, readCatalogFiles } from '../catalog-files.ts';
import { firstLine } from '../output/printable.ts';
import { stateText } from '../output/state.ts';
import { rowLine } from '../output/table.ts';
import { durationText } from '../output/time.ts';
import { deviceText, watchRun } from '../watch-run.ts';
import { devicesFile } from './process-specs.ts';
import type { UpPlan } from './up-plan.ts';

/** What the first run runs, and on what. Both are in the examples. */
export const FIRST_SERVICE = 'show-version';
export const FIRST_POOL = 'lab';

const EXAMPLES = 'examples/catalog';

/**
 * Writes the simulated devices into the catalog, and those examples that are not there yet: what somebody has changed
 * since the first start stays as it is.
 */
export async function applyExamples(plan: UpPlan, client: RunyardClient): Promise<CatalogAppliedAnswer> {
  const devices = await readCatalogFiles([devicesFile(plan)], plan.env);
  const examples = await readCatalogFiles([join(plan.projectRoot, EXAMPLES)], plan.env);
  const both = { documents: [...devices.documents, ...examples.documents], bundles: examples.bundles };
  const { added } = await applyDocuments(client, both, { dryRun: true });
  const missing = new Set(added.map(({ kind, name }) => `${kind} ${name}`));
  const newExamples = examples.documents.filter(({ kind, document }) => missing.has(`${kind} ${document.name}`));
  return applyDocuments(client, { documents: [...devices.documents, ...newExamples], bundles: examples.bundles });
}

/** Runs the first service on the simulated devices and prints each as it ends. */
export async function runFirst(plan: UpPlan, client: RunyardClient, signal: AbortSignal): Promise<RunAnswer> {
  const { terminal } = plan.context;
  const print = (line: string): void => plan.print(`  ${line}`);
  const { id } = await client.runs.create({ service: FIRST_SERVICE, pools: [FIRST_POOL] });
  print(`The service ${FIRST_SERVICE} on the pool ${FIRST_POOL}, run ${id}:`);
  const widths = ['DEVICE  '.length, 'succeeded'.length, '9999 ms'.length];
  const restMax = Math.max(20, Math.min(80, terminal.columns - widths.reduce((sum, width) => sum + width + 2, 2)));
  print(terminal.colour('dim', rowLine(['DEVICE', 'STATE', 'TIME', 'OUTPUT'], widths)));
  const run = await watchRun(client, id, {
    signal,
    onDevice: (row, output) => {
      const time = row.durationMs === null ? '' : durationText(row.durationMs);
      const text = firstLine(deviceText(row, output), restMax);
      print(rowLine([row.name, stateText(row.state, terminal.colour), time, text], widths));
    },
  });
  const { counts } = run;
  const tookMs = Date.parse(run.endedAt ?? run.createdAt) - Date.parse(run.createdAt);
  const failed = counts.total - counts.succeeded;
  print(
    failed === 0 && counts.total > 0
      ? `${counts.succeeded} devices, all good, ${durationText(tookMs)} from request to end.`
      : `${counts.succeeded} of ${counts.total} devices succeeded, ${durationText(tookMs)} from request to end.`,
  );
  return run;
}
