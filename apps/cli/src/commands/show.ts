import type { JsonValue } from '@runyard/domain';
import { type CommandContext, connect, type GlobalOptions, printJson } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { printable } from '../output/printable.ts';
import { stateText } from '../output/state.ts';
import { tableLines } from '../output/table.ts';
import { durationText } from '../output/time.ts';
import { devicesText, runTime } from './runs.ts';

const ROWS_MAX = 1_000;

/** Shows a run with its devices, or all that one device gave. */
export async function showRun(
  context: CommandContext,
  id: string,
  device: string | undefined,
  options: GlobalOptions,
): Promise<number> {
  return device === undefined ? showDevices(context, id, options) : showDevice(context, id, device, options);
}

async function showDevices(context: CommandContext, id: string, options: GlobalOptions): Promise<number> {
  const { client } = connect(context, options);
  const { terminal } = context;
  const run = await client.runs.get(id);
  const rows = [];
  for await (const row of client.runs.devices(id)) {
    if (rows.length === ROWS_MAX) break;
    rows.push(row);
  }
  if (options.json) {
    printJson(context, { run, devices: rows });
    return EXIT.done;
  }
  terminal.out(
    `${run.service} (version ${run.version}), ${stateText(run.state, terminal.colour)} ${runTime(run)}`.trim(),
  );
  if (run.error) terminal.out(printable(run.error.message));
  terminal.out(`${devicesText(run)} devices`);
  const cells = rows.map((row) => [
    row.name || '-',
    stateText(row.state, terminal.colour),
    row.durationMs === null ? '' : durationText(row.durationMs),
    row.error?.message ?? '',
  ]);
  for (const line of tableLines(['DEVICE', 'STATE', 'TIME', 'ERROR'], cells)) terminal.out(line);
  if (run.counts.total > rows.length) terminal.err(`The first ${rows.length} of ${run.counts.total} devices.`);
  return EXIT.done;
}

async function showDevice(context: CommandContext, id: string, name: string, options: GlobalOptions): Promise<number> {
  const output = await connect(context, options).client.runs.device(id, name);
  if (options.json) printJson(context, output);
  else {
    context.terminal.err(
      `${output.name} ${stateText(output.state, (_name, text) => text)}${output.error ? `: ${output.error.message}` : ''}`,
    );
    context.terminal.out(resultText(output.result as JsonValue));
  }
  return EXIT.done;
}

/** What a device gave, for reading. */
export function resultText(result: JsonValue | undefined): string {
  if (result === null || result === undefined) return '';
  return printable(typeof result === 'string' ? result : JSON.stringify(result, null, 2));
}
