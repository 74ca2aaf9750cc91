import { type CommandContext, connect, type GlobalOptions } from '../context.ts';
import { follow } from './run.ts';

export interface RerunOptions extends GlobalOptions {
  readonly all?: boolean;
  /** A workflow goes on at the step that failed. */
  readonly resume?: boolean;
  readonly wait?: boolean;
  readonly output?: boolean;
}

/** Runs the same again on the failed or on all devices of a run; with `wait` the exit code tells how it ended. */
export async function rerunRun(context: CommandContext, id: string, options: RerunOptions): Promise<number> {
  const { client } = connect(context, options);
  const { all, resume } = options;
  const accepted = await client.runs.rerun(id, all ? 'all' : 'failed', resume ? { resume } : {});
  return follow(context, client, accepted, options);
}
