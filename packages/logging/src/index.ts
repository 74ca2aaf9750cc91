export { type ClosableLog, type LogLevel, type LogOptions, createLog } from './create-log.ts';
export { withLogContext } from './log-context.ts';
export type { LogFormat } from './render-line.ts';
export { rememberSecret } from './secret-values.ts';
