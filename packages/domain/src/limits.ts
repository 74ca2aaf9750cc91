import type { RequestRate } from './endpoint.ts';
import type { RunId } from './run.ts';

/** How many devices of a cluster may begin in a time, over all its workers. */
export interface Rate {
  readonly devices: number;
  /** Milliseconds. */
  readonly perMs: number;
}

/**
 * Permits that a cluster may give at once after a pause: those of a tenth of a second, so that they can be fetched in
 * batches. So in any stretch of time no more begin than the rate allows for it and this many.
 */
export function rateBurst({ devices, perMs }: Rate): number {
  return Math.max(1, Math.floor((devices * BURST_MS) / perMs));
}

const BURST_MS = 100;

/** Permits to begin a device, for all workers of a cluster together. */
export interface RateLimiter {
  /** Takes up to so many permits now; with none at hand it tells after how many milliseconds to ask again. */
  take(
    cluster: string,
    rate: Rate,
    wanted: number,
  ): Promise<{ readonly granted: number; readonly retryAfterMs: number }>;
}

/** Whose calls of what are counted together. */
export interface CallCounter {
  readonly service: string;
  /** Absent: calls of all endpoints of the service. */
  readonly endpoint?: string;
  /** The address, or network, from which the calls come. */
  readonly client: string;
}

/** Calls over HTTP, counted over all gateways. */
export interface CallLimiter {
  /**
   * Counts a call: 0 when it may go on, else the milliseconds until another one may. After a pause as many may come at
   * once as the rate says for its time. Rejects with STORE_UNAVAILABLE.
   */
  take(counter: CallCounter, rate: RequestRate): Promise<number>;
}

/** Which runs of a service may be in work, where it allows only so many. Sets of run ids, never counters. */
export interface RunGate {
  /** True when the run is in; else it has a place in the line, in the order of acceptance. Asking again changes nothing. */
  enter(service: string, runId: RunId, createdAtUs: number, maxConcurrent: number): Promise<boolean>;
  /** Takes an ended run out of the set or the line. Gives the runs that may be tried now because of it. */
  leave(service: string, runId: RunId): Promise<readonly RunId[]>;
  /** Who is in, 100 of them at most, and how many wait before the run; null when it does not wait. */
  look(service: string, runId: RunId): Promise<{ readonly inside: readonly RunId[]; readonly before: number | null }>;
  /** Some of those inside and the first of the line, 100 of each at most: for finding who ended and did not leave. */
  members(service: string): Promise<{ readonly inside: readonly RunId[]; readonly line: readonly RunId[] }>;
}

/** A cluster whose workers take nothing new. */
export interface ClusterPause {
  readonly cluster: string;
  readonly by: string;
  readonly atMs: number;
  readonly reason?: string;
}

export interface ClusterPauses {
  pause(pause: ClusterPause): Promise<void>;
  resume(cluster: string): Promise<void>;
  get(cluster: string): Promise<ClusterPause | null>;
  list(): Promise<readonly ClusterPause[]>;
}
