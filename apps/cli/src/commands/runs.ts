import type { RunAnswer } from '@runyard/contracts';
import type { RunState } from '@runyard/domain';
import { type CommandContext, connect, type GlobalOptions, printJson } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { stateText } from '../output/state.ts';
import { tableLines } from '../output/table.ts';
import { durationText, timeText } from '../output/time.ts';

export interface RunsOptions extends GlobalOptions {
  readonly service?: string;
  readonly state?: RunState;
  readonly label?: string;
  readonly limit: number;
}

/** Lists runs, newest first. */
export async function listRuns(context: CommandContext, options: RunsOptions): Promise<number> {
  const { client } = connect(context, options);
  const { service, state, label, limit } = options;
  const page = await client.runs.list({
    limit,
    ...(service === undefined ? {} : { service }),
    ...(state === undefined ? {} : { state }),
    ...(label === undefined ? {} : { label }),
  });
  if (options.json) {
    printJson(context, page);
    return EXIT.done;
  }
  const rows = page.items.map((run) => [
    run.id,
    run.service,
    stateText(run.state, context.terminal.colour),
    timeText(Date.parse(run.createdAt)),
    runTime(run),
    devicesText(run),
  ]);
  if (rows.length === 0) context.terminal.out('No runs.');
  else
    for (const line of tableLines(['RUN', 'SERVICE', 'STATE', 'ACCEPTED', 'TIME', 'DEVICES'], rows))
      context.terminal.out(line);
  if (page.cursor !== null) context.terminal.err(`There are more; --limit shows up to 1000.`);
  return EXIT.done;
}

/** How long the run took, or has taken so far. */
export function runTime({ startedAt, endedAt }: Pick<RunAnswer, 'startedAt' | 'endedAt'>, nowMs = Date.now()): string {
  if (startedAt === null) return '';
  return durationText((endedAt === null ? nowMs : Date.parse(endedAt)) - Date.parse(startedAt));
}

/** `18 of 20, 2 failed`. */
export function devicesText({ counts }: Pick<RunAnswer, 'counts'>): string {
  const others = (['failed', 'skipped', 'cancelled', 'unknown'] as const).filter((state) => counts[state] > 0);
  return [`${counts.succeeded} of ${counts.total}`, ...others.map((state) => `${counts[state]} ${state}`)].join(', ');
}
