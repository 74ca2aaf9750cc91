import { ClientError } from '@runyard/client';
import { isAppError } from '@runyard/domain';
import { CommanderError } from 'commander';
import { CliError, fromClientError } from './cli-error.ts';
import type { CommandContext } from './context.ts';
import { EXIT } from './exit-codes.ts';
import { findConnection } from './login/connection.ts';
import { printable } from './output/printable.ts';
import { createProgram, exitCodeOfUsage } from './program.ts';

/** Runs one command line and returns its exit code. What went wrong is on `err`, in words. */
export async function runCommandLine(args: readonly string[], context: CommandContext): Promise<number> {
  let exitCode: number = EXIT.done;
  const program = createProgram(context, (code) => (exitCode = code));
  try {
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return exitCodeOfUsage(error);
    const known = toCliError(error, () => findConnection(program.opts(), context.env, context.projectRoot).url);
    if (!known) throw error;
    context.terminal.err(context.terminal.colour('red', printable(known.message)));
    for (const hint of known.hints) context.terminal.err(`  ${printable(hint)}`);
    return known.exitCode;
  }
}

function toCliError(error: unknown, url: () => string): CliError | undefined {
  if (error instanceof CliError) return error;
  if (error instanceof ClientError) return fromClientError(error, url());
  if (!isAppError(error)) return undefined;
  const places = (error.errors ?? []).map(({ path, message, file }) => `${file ? `${file} ` : ''}${path} ${message}`);
  return new CliError(error.message, EXIT.refused, places);
}
