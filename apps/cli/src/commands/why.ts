import { type CommandContext, connect, type GlobalOptions, printJson } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { printable } from '../output/printable.ts';
import { stateText } from '../output/state.ts';

/** Says in words what a run waits for. */
export async function explainRun(context: CommandContext, id: string, options: GlobalOptions): Promise<number> {
  const why = await connect(context, options).client.runs.why(id);
  const { terminal } = context;
  if (options.json) printJson(context, why);
  else {
    terminal.out(stateText(why.state, terminal.colour));
    for (const { message } of why.reasons) terminal.out(printable(message));
  }
  return EXIT.done;
}
