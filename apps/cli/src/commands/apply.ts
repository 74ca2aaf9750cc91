import { resolve } from 'node:path';
import type { CatalogAppliedAnswer } from '@runyard/contracts';
import { CliError } from '../cli-error.ts';
import { applyDocuments, readCatalogFiles } from '../catalog-files.ts';
import { type CommandContext, connect, type GlobalOptions, printJson } from '../context.ts';
import { EXIT } from '../exit-codes.ts';

export interface ApplyOptions extends GlobalOptions {
  readonly file?: readonly string[];
  readonly dryRun?: boolean;
}

/** Writes catalog files and folders into the catalog, all or nothing. */
export async function applyFiles(
  context: CommandContext,
  paths: readonly string[],
  options: ApplyOptions,
): Promise<number> {
  const all = [...paths, ...(options.file ?? [])].map((path) => resolve(context.cwd, path));
  if (all.length === 0) throw new CliError('Name the files or folders to apply.');
  const { client } = connect(context, options);
  const files = await readCatalogFiles(all, context.env);
  for (const warning of files.warnings) context.terminal.err(`Warning: ${warning}`);
  const applied = await applyDocuments(client, files, options.dryRun);
  if (options.json) printJson(context, applied);
  else printApplied(context, applied);
  return EXIT.done;
}

const ITEMS_SHOWN_MAX = 100;

export function printApplied({ terminal }: CommandContext, applied: CatalogAppliedAnswer): void {
  const { added, changed, unchanged, dryRun, revision } = applied;
  const items = [
    ...added.map((item) => ({ ...item, word: terminal.colour('green', 'added    ') })),
    ...changed.map((item) => ({ ...item, word: terminal.colour('yellow', 'changed  ') })),
  ];
  for (const { word, kind, name } of items.slice(0, ITEMS_SHOWN_MAX)) terminal.out(`${word} ${kind} ${name}`);
  if (items.length > ITEMS_SHOWN_MAX) terminal.out(`… and ${items.length - ITEMS_SHOWN_MAX} more`);
  const sum = `${added.length} added, ${changed.length} changed, ${unchanged} unchanged`;
  terminal.out(
    dryRun ? `${sum}. Nothing was written: this was a dry run.` : `${sum}. The catalog is at revision ${revision}.`,
  );
}
