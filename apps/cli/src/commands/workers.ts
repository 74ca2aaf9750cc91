import { type CommandContext, connect, type GlobalOptions, printJson } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { tableLines } from '../output/table.ts';
import { durationText } from '../output/time.ts';

/** Lists the live workers by cluster. */
export async function listWorkers(context: CommandContext, options: GlobalOptions): Promise<number> {
  const { client } = connect(context, options);
  const workers = [...(await client.workers.list())].sort(
    (a, b) => compare(a.cluster, b.cluster) || compare(a.id, b.id),
  );
  if (options.json) {
    printJson(context, workers);
    return EXIT.done;
  }
  const rows = workers.map((worker) => [
    worker.cluster,
    worker.id,
    worker.host,
    String(worker.pid),
    `${worker.busySlots} of ${worker.slots}`,
    durationText(Date.now() - Date.parse(worker.startedAt)),
    worker.draining ? 'draining' : worker.paused ? 'paused' : 'ready',
  ]);
  if (rows.length === 0) context.terminal.out('No worker is alive.');
  else {
    const header = ['CLUSTER', 'WORKER', 'HOST', 'PID', 'BUSY', 'UP FOR', 'STATE'];
    for (const line of tableLines(header, rows)) context.terminal.out(line);
  }
  return EXIT.done;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
