import { AsyncLocalStorage } from 'node:async_hooks';
import type { LogFields } from '@runyard/domain';

const contexts = new AsyncLocalStorage<LogFields>();

/** Runs the work so that every line it logs, however deep and asynchronous, carries the fields. Inner fields win. */
export function withLogContext<Result>(fields: LogFields, work: () => Result): Result {
  return contexts.run({ ...contexts.getStore(), ...fields }, work);
}

/** The fields of the present context. */
export function logContext(): LogFields | undefined {
  return contexts.getStore();
}
