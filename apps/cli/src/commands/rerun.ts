import { type CommandContext, connect, type GlobalOptions } from '../context.ts';
import { follow } from './run.ts';

export interface RerunOptions extends GlobalOptions {
  readonly all?: boolean;
  readonly wait?: boolean;
  readonly output?: boolean;
}

/** Runs the same again on the failed or on all devices of a run; with `wait` the exit code tells how it ended. */
export async function rerunRun(context: CommandContext, id: string, options: RerunOptions): Promise<number> {
  const { client } = connect(context, options);
  return follow(context, client, await client.runs.rerun(id, options.all ? 'all' : 'failed'), options);
}
