import { isTerminal } from '@runyard/domain';
import { type CommandContext, connect, type GlobalOptions, printJson } from '../context.ts';
import { EXIT } from '../exit-codes.ts';

/** Asks a run to end. */
export async function cancelRun(context: CommandContext, id: string, options: GlobalOptions): Promise<number> {
  const { client } = connect(context, options);
  const run = await client.runs.cancel(id);
  if (options.json) printJson(context, run);
  else if (isTerminal(run.state)) context.terminal.out(`The run ${id} is ${run.state}.`);
  else context.terminal.out(`The run ${id} ends as soon as its workers let go of the devices at hand.`);
  return EXIT.done;
}
