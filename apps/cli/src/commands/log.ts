import type { RunyardClient } from '@runyard/client';
import type { LogLineAnswer } from '@runyard/contracts';
import { isTerminal } from '@runyard/domain';
import { withApprovalNotices } from '../approval-notices.ts';
import { type CommandContext, connect, type GlobalOptions, printJson } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { printable } from '../output/printable.ts';
import { timeText } from '../output/time.ts';

export interface LogOptions extends GlobalOptions {
  readonly follow?: boolean;
}

const PAGE_LIMIT = 1_000;
const LOOK_MS = 1_000;

/** Prints the log of a run; with `follow` until the run has ended. */
export async function showLog(context: CommandContext, id: string, options: LogOptions): Promise<number> {
  const { client } = connect(context, options);
  const print = (line: LogLineAnswer): void => {
    if (options.json) printJson(context, line);
    else context.terminal.out(logText(line));
  };
  const printAll = async (isFollowing: boolean): Promise<void> => {
    for await (const line of logLines(client, id, isFollowing)) print(line);
  };
  if (options.follow) await withApprovalNotices(context, client, id, () => printAll(true));
  else await printAll(false);
  return EXIT.done;
}

/**
 * The lines of a run from the first on. A gateway gives the cursor of a page that is not full as null; the lines after
 * it are found by reading from the last cursor and leaving out what was seen.
 */
async function* logLines(client: RunyardClient, id: string, isFollowing: boolean): AsyncGenerator<LogLineAnswer> {
  let cursor: string | undefined;
  let seen = 0;
  for (;;) {
    // The state is read before the page: what an ended run has said is complete.
    const hasEnded = !isFollowing || isTerminal((await client.runs.get(id)).state);
    let isLast = false;
    while (!isLast) {
      const page = await client.runs.log(id, { limit: PAGE_LIMIT, ...(cursor === undefined ? {} : { cursor }) });
      yield* page.items.slice(seen);
      isLast = page.cursor === null;
      seen = isLast ? page.items.length : 0;
      cursor = page.cursor ?? cursor;
    }
    if (hasEnded) return;
    await client.runs.wait(id, { timeoutMs: LOOK_MS });
  }
}

function logText({ at, device, text }: LogLineAnswer): string {
  const time = timeText(Date.parse(at)).slice(11);
  return [time, device, printable(text).replaceAll('\n', ' ')].filter((part) => part !== '').join('  ');
}
