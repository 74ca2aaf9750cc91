import type { RunStepAnswer } from '@runyard/contracts';
import type { ShownStepState } from '@runyard/domain';
import { type CommandContext, connect, type GlobalOptions, printJson } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { firstLine, printable } from '../output/printable.ts';
import { stateText } from '../output/state.ts';
import { tableLines } from '../output/table.ts';
import { durationText } from '../output/time.ts';

export interface StepsOptions extends GlobalOptions {
  readonly state?: ShownStepState;
}

const ROWS_MAX = 1_000;
const TEXT_MAX = 100;

/** Lists how far the steps of a workflow have come, device by device in the order in which they began. */
export async function listSteps(context: CommandContext, id: string, options: StepsOptions): Promise<number> {
  const { client } = connect(context, options);
  const { terminal } = context;
  // A step that comes twice is as it was the second time.
  const found = new Map<string, RunStepAnswer>();
  let isCut = false;
  for await (const step of client.runs.steps(id, options.state === undefined ? {} : { state: options.state })) {
    const key = `${step.device}\n${step.step}`;
    isCut = found.size === ROWS_MAX && !found.has(key);
    if (isCut) break;
    found.set(key, step);
  }
  const steps = [...found.values()].sort(
    (a, b) => compare(a.device, b.device) || compare(a.startedAt, b.startedAt) || compare(a.step, b.step),
  );
  if (options.json) printJson(context, steps);
  else if (steps.length === 0) terminal.out(options.state ? `No step is ${options.state}.` : 'No step has begun.');
  else {
    const rows = steps.map((step) => [
      printable(step.device),
      printable(step.step),
      stateText(step.state, terminal.colour),
      timeOf(step),
      firstLine(detailOf(step), TEXT_MAX),
    ]);
    for (const line of tableLines(['DEVICE', 'STEP', 'STATE', 'TIME', 'ABOUT'], rows)) terminal.out(line);
  }
  if (isCut) terminal.err(`There are more than these ${ROWS_MAX}; --state shows those in one state.`);
  return EXIT.done;
}

function timeOf({ startedAt, endedAt }: RunStepAnswer): string {
  return durationText((endedAt === null ? Date.now() : Date.parse(endedAt)) - Date.parse(startedAt));
}

/** Why it failed, what a person said or is asked, or the run that it started. */
function detailOf({ error, approval, message, runId }: RunStepAnswer): string {
  if (error) return error.message;
  if (approval) {
    const said = `${approval.isApproved ? 'approved' : 'rejected'} by ${approval.by}`;
    return approval.comment === undefined ? said : `${said}: ${approval.comment}`;
  }
  return message ?? (runId === undefined ? '' : `run ${runId}`);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
