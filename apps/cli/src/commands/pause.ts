import { type CommandContext, connect, type GlobalOptions, printJson } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { devicesText } from './runs.ts';

export interface PauseOptions extends GlobalOptions {
  readonly reason?: string;
}

/** Begins nothing new of a run. */
export async function pauseRun(context: CommandContext, id: string, options: PauseOptions): Promise<number> {
  const { client } = connect(context, options);
  const run = await client.runs.pause(id, options.reason);
  if (options.json) printJson(context, run);
  else context.terminal.out(`The run ${id} is paused (${devicesText(run)} devices); devices in work finish.`);
  return EXIT.done;
}

/** Goes on with a paused run. */
export async function resumeRun(context: CommandContext, id: string, options: GlobalOptions): Promise<number> {
  const { client } = connect(context, options);
  const run = await client.runs.resume(id);
  if (options.json) printJson(context, run);
  else context.terminal.out(`The run ${id} goes on (${devicesText(run)} devices).`);
  return EXIT.done;
}
