import { resolve } from 'node:path';
import type { RunyardClient } from '@runyard/client';
import type { CatalogAppliedAnswer, CatalogImportedAnswer, ImportState } from '@runyard/contracts';
import { MANAGING_SET } from '@runyard/domain';
import { CliError } from '../cli-error.ts';
import { applyDocuments, importDocuments, readCatalogFiles, type ReadFiles } from '../catalog-files.ts';
import { type CommandContext, connect, type GlobalOptions, printJson } from '../context.ts';
import { EXIT } from '../exit-codes.ts';

export interface ApplyOptions extends GlobalOptions {
  readonly file?: readonly string[];
  readonly dryRun?: boolean;
  readonly check?: boolean;
  readonly force?: boolean;
  readonly prune?: boolean;
  readonly set?: string;
  readonly gateway?: boolean;
}

const DEFAULT_SET = 'default';
/** By its own path it cannot be read like a file: it is a pipe or a socket. */
const STANDARD_INPUT: ReadonlySet<string> = new Set(['-', '/dev/stdin']);
const SET_EXPECTED = '1 to 63 letters, digits, dots, hyphens and underscores, the first a letter or digit';

/**
 * Writes catalog files and folders into the catalog. A service file of a Gateway is imported as a Gateway does it: what
 * is there and differs stays, unless it is forced.
 */
export async function applyFiles(
  context: CommandContext,
  paths: readonly string[],
  options: ApplyOptions,
): Promise<number> {
  const named = [...paths, ...(options.file ?? [])];
  const files = named.filter((path) => !STANDARD_INPUT.has(path)).map((path) => resolve(context.cwd, path));
  const isPiped = files.length < named.length;
  if (named.length === 0) throw new CliError('Name the files or folders to apply.');
  const set = options.set ?? DEFAULT_SET;
  if (!MANAGING_SET.test(set)) throw new CliError(`A set is named with ${SET_EXPECTED}.`);
  const { client } = connect(context, options);
  const read = await readCatalogFiles(files, context.env, {
    format: options.gateway ? 'gateway' : 'auto',
    input: isPiped ? (context.input ?? process.stdin) : undefined,
  });
  for (const warning of read.warnings) context.terminal.err(`Warning: ${warning}`);
  if (isImport(read, options)) return importFiles(context, client, read, options, set);
  const applied = await applyDocuments(client, read, { ...(options.dryRun ? { dryRun: true } : {}), set });
  if (options.json) printJson(context, applied);
  else printApplied(context, applied);
  return EXIT.done;
}

async function importFiles(
  context: CommandContext,
  client: RunyardClient,
  files: ReadFiles,
  options: ApplyOptions,
  set: string,
): Promise<number> {
  const { answer, warnings } = await importDocuments(client, files, {
    check: options.check === true || options.dryRun === true,
    force: options.force === true || !files.hasGatewayFile,
    prune: options.prune === true,
    set,
    format: files.hasGatewayFile ? 'gateway' : 'runyard',
  });
  for (const warning of warnings) context.terminal.err(`Warning: ${warning}`);
  if (options.json) printJson(context, answer);
  else printImported(context, answer);
  return answer.counts.conflict > 0 ? EXIT.failed : EXIT.done;
}

function isImport({ hasGatewayFile }: ReadFiles, { check, force, prune }: ApplyOptions): boolean {
  return hasGatewayFile || check === true || force === true || prune === true;
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

const WORDS: Readonly<Record<ImportState, readonly [colour: 'green' | 'yellow' | 'red' | 'dim', word: string]>> = {
  add: ['green', 'Add        '],
  replacement: ['yellow', 'Replacement'],
  conflict: ['red', 'Conflict   '],
  delete: ['red', 'Delete     '],
  unchanged: ['dim', 'Unchanged  '],
};

function printImported({ terminal }: CommandContext, { items, counts, check, revision }: CatalogImportedAnswer): void {
  for (const { kind, name, state, reason } of items.slice(0, ITEMS_SHOWN_MAX)) {
    const [colour, word] = WORDS[state];
    terminal.out(`${terminal.colour(colour, word)} ${kind} ${name}${reason === undefined ? '' : `: ${reason}`}`);
  }
  if (items.length > ITEMS_SHOWN_MAX) terminal.out(`… and ${items.length - ITEMS_SHOWN_MAX} more`);
  const { add, replacement, conflict, unchanged, delete: deleted } = counts;
  const sum = `${add} added, ${replacement} replaced, ${deleted} deleted, ${conflict} in conflict, ${unchanged} unchanged`;
  terminal.out(
    check ? `${sum}. Nothing was written: this was a check.` : `${sum}. The catalog is at revision ${revision}.`,
  );
}
