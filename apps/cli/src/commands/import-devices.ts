import { readFileSync } from 'node:fs';
import { extname, resolve } from 'node:path';
import { CliError } from '../cli-error.ts';
import { type CommandContext, connect, type GlobalOptions, printJson } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { printApplied } from './apply.ts';

const TYPES: Readonly<Record<string, 'text/csv' | 'application/yaml'>> = {
  '.csv': 'text/csv',
  '.yaml': 'application/yaml',
  '.yml': 'application/yaml',
};

/** Writes the devices of a CSV or YAML file into the catalog, all or none. */
export async function importDevices(context: CommandContext, file: string, options: GlobalOptions): Promise<number> {
  const type = TYPES[extname(file).toLowerCase()];
  if (type === undefined) throw new CliError(`${file} is neither .csv nor .yaml.`);
  const applied = await connect(context, options).client.catalog.importDevices(readText(context, file), type);
  if (options.json) printJson(context, applied);
  else printApplied(context, applied);
  return EXIT.done;
}

function readText({ cwd }: CommandContext, file: string): string {
  try {
    return readFileSync(resolve(cwd, file), 'utf8');
  } catch (error) {
    throw new CliError(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}
