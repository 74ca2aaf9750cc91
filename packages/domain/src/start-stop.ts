/**
 * The contract of every long-lived thing. `stop` is idempotent, may come before `start`,
 * and resolves only when everything has really stopped.
 */
export interface StartStop {
  start(): Promise<void>;
  stop(): Promise<void>;
}
