import type { RunState } from './run-state.ts';

/** Who is told over HTTP that a run ended. */
export interface Webhook {
  readonly url: string;
  /** The ends of which it is told; every one when absent. */
  readonly on?: readonly RunState[];
  /** Name of the secret that signs; the key of the installation when absent. */
  readonly secret?: string;
}
