import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { CATALOG_KINDS, type CatalogKind } from '@runyard/domain';
import { CliError } from '../cli-error.ts';
import { type CommandContext, connect, type GlobalOptions } from '../context.ts';
import { EXIT } from '../exit-codes.ts';

export interface ExportOptions extends GlobalOptions {
  readonly output?: string;
  readonly kind?: readonly string[];
  readonly set?: string;
}

/** Prints the catalog as a catalog file, or writes it into a file. Values of secrets are never in it. */
export async function exportCatalog(context: CommandContext, options: ExportOptions): Promise<number> {
  const { output, set } = options;
  const kinds = options.kind?.map(kindOf);
  const { client } = connect(context, options);
  const text = await client.catalog.export({ ...(kinds ? { kinds } : {}), ...(set === undefined ? {} : { set }) });
  if (output === undefined) context.terminal.out(text.trimEnd());
  else await writeFile(resolve(context.cwd, output), text);
  return EXIT.done;
}

function kindOf(name: string): CatalogKind {
  const kind = CATALOG_KINDS.find((candidate) => candidate === name);
  if (!kind) throw new CliError(`There is no kind '${name}'; there are ${CATALOG_KINDS.join(', ')}.`);
  return kind;
}
