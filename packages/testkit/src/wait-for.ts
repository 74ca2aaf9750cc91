export interface WaitOptions {
  readonly timeoutMs?: number;
  readonly intervalMs?: number;
}

/**
 * Resolves with the first truthy value of the condition. Rejects after the time with the last error or value,
 * so that a failing test says what it saw.
 */
export async function waitFor<Value>(
  condition: () => Value | Promise<Value>,
  { timeoutMs = 10_000, intervalMs = 20 }: WaitOptions = {},
): Promise<NonNullable<Value>> {
  const endMs = Date.now() + timeoutMs;
  let seen: unknown;
  for (;;) {
    try {
      const value = await condition();
      if (value) return value;
      seen = value;
    } catch (error) {
      seen = error;
    }
    if (Date.now() >= endMs) throw new Error(`waited ${timeoutMs} ms in vain, last seen: ${String(seen)}`);
    await new Promise((resolve) => setTimeout(resolve, intervalMs));
  }
}
