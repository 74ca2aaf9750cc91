import type { CommandContext } from './context.ts';

/** A command: reads its options, does its work, returns the exit code. */
export type Action<Options> = (context: CommandContext, options: Options) => Promise<number>;

/** What commander calls for an action: with the arguments, and last the command itself. */
export type Does = <Options>(action: Action<Options>) => (...args: unknown[]) => Promise<void>;
