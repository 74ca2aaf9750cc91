import { CliError } from '../cli-error.ts';
import { EXIT } from '../exit-codes.ts';

const LOOK_MS = 50;

/** Looks again and again until the condition holds; rejects after the time with what was waited for. */
export async function waitUntil(
  what: string,
  condition: () => boolean | Promise<boolean>,
  { timeoutMs, signal, lookMs = LOOK_MS }: { timeoutMs: number; signal: AbortSignal; lookMs?: number },
): Promise<void> {
  const endMs = Date.now() + timeoutMs;
  while (!(await condition())) {
    signal.throwIfAborted();
    if (Date.now() > endMs) {
      throw new CliError(`Waited ${Math.round(timeoutMs / 1_000)} s in vain for ${what}.`, EXIT.failed);
    }
    await new Promise((resolve) => setTimeout(resolve, lookMs));
  }
  signal.throwIfAborted();
}
