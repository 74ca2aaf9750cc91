export { runCommandLine } from './command-line.ts';
export type { CommandContext } from './context.ts';
export { EXIT } from './exit-codes.ts';
export type { Terminal } from './output/terminal.ts';
