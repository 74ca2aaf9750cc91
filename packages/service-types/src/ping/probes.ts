/** How a device is probed, whatever the method. */
export interface Probes {
  readonly count: number;
  readonly intervalMs: number;
  /** For the answer to one probe. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}
