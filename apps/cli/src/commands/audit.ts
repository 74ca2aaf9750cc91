import type { AuditEntryAnswer } from '@runyard/contracts';
import type { AuditQuery } from '@runyard/client';
import { type CommandContext, connect, type GlobalOptions, printJson } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { firstLine, printable } from '../output/printable.ts';
import { tableLines } from '../output/table.ts';
import { timeText } from '../output/time.ts';

export interface AuditOptions extends GlobalOptions, AuditQuery {
  readonly limit: number;
}

const REASON_MAX = 120;

/** Lists who did what, and was not allowed to, newest first. */
export async function listAudit(context: CommandContext, options: AuditOptions): Promise<number> {
  const { client } = connect(context, options);
  const { terminal } = context;
  const entries: AuditEntryAnswer[] = [];
  let isCut = false;
  for await (const entry of client.audit.list(queryOf(options))) {
    isCut = entries.length === options.limit;
    if (isCut) break;
    entries.push(entry);
  }
  if (options.json) printJson(context, entries);
  else if (entries.length === 0) terminal.out('No entries.');
  else {
    const header = ['AT', 'ACTOR', 'AS', 'ACTION', 'SUBJECT', 'DECISION', 'REASON'];
    const rows = entries.map((entry) => [
      timeText(Date.parse(entry.at)),
      printable(entry.actor),
      printable(entry.principal ?? ''),
      entry.action,
      printable(entry.subject),
      entry.decision === 'denied' ? terminal.colour('red', entry.decision) : (entry.decision ?? ''),
      firstLine(entry.reason ?? '', REASON_MAX),
    ]);
    for (const line of tableLines(header, rows)) terminal.out(line);
  }
  if (isCut) terminal.err('There are more; --limit shows up to 1000.');
  return EXIT.done;
}

function queryOf({ actor, principal, action, subject, decision, since }: AuditOptions): AuditQuery {
  return {
    ...(actor === undefined ? {} : { actor }),
    ...(principal === undefined ? {} : { principal }),
    ...(action === undefined ? {} : { action }),
    ...(subject === undefined ? {} : { subject }),
    ...(decision === undefined ? {} : { decision }),
    ...(since === undefined ? {} : { since }),
  };
}
