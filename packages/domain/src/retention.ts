import type { RunId } from './run.ts';

/**
 * What the pruner needs of the records of runs, in small steps. A run may go when it has ended, and the one that started
 * it too: that one looks how it ended, and may be in the hands of a worker that died.
 */
export interface RunRetention {
  /** Runs of the service beyond so many kept ones that may go, oldest first. */
  excess(service: string, keptRuns: number, limit: number): Promise<readonly RunId[]>;
  /** Runs in the order of acceptance, after the given one: until when each is kept; null when it may not go. */
  oldest(
    after: RunId | null,
    limit: number,
  ): Promise<readonly { readonly id: RunId; readonly keptUntilMs: number | null }[]>;
  /** Removes records and every list entry of these runs; those that may not go stay. Gives how many went. */
  remove(runIds: readonly RunId[]): Promise<number>;
  /**
   * Goes on through the lists by which runs are found, those of these services among them, and takes out entries whose
   * record is gone. Looks at about so many entries and gives how many went.
   */
  tidy(services: readonly string[], limit: number): Promise<number>;
}
