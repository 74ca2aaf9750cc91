import type { LockAnswer } from '@runyard/contracts';
import { type CommandContext, connect, type GlobalOptions, printJson } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { printable } from '../output/printable.ts';
import { tableLines } from '../output/table.ts';
import { durationText } from '../output/time.ts';

/** Lists the locks that are held, by key. */
export async function listLocks(context: CommandContext, options: GlobalOptions): Promise<number> {
  const { client } = connect(context, options);
  const locks: LockAnswer[] = [];
  for await (const lock of client.locks.list()) locks.push(lock);
  if (options.json) {
    printJson(context, locks);
    return EXIT.done;
  }
  const rows = locks.map(({ key, holder, heldSince, waiting }) => [
    printable(key),
    holder.runId,
    holder.device || '-',
    holder.service,
    durationText(Date.now() - Date.parse(heldSince)),
    String(waiting),
  ]);
  if (rows.length === 0) context.terminal.out('No lock is held.');
  else {
    const header = ['LOCK', 'RUN', 'DEVICE', 'SERVICE', 'HELD FOR', 'WAITING'];
    for (const line of tableLines(header, rows)) context.terminal.out(line);
  }
  return EXIT.done;
}

/** Takes a lock from whoever has it. */
export async function breakLock(context: CommandContext, key: string, options: GlobalOptions): Promise<number> {
  const { client } = connect(context, options);
  const lock = await client.locks.break(key);
  if (options.json) printJson(context, lock);
  else {
    const { device, runId } = lock.holder;
    const who = device === '' ? `the run ${runId}` : `the device ${printable(device)} of the run ${runId}`;
    context.terminal.out(`The lock ${printable(key)} is not with ${who} any more.`);
  }
  return EXIT.done;
}
