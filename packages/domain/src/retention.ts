import type { RunId } from './run.ts';

/** What the pruner needs of the records of runs, in small steps. */
export interface RunRetention {
  /** Ended runs of the service beyond so many kept ones, oldest first. */
  excess(service: string, keptRuns: number, limit: number): Promise<readonly RunId[]>;
  /** Runs in the order of acceptance, after the given one: whether each has ended and until when it is kept. */
  oldest(
    after: RunId | null,
    limit: number,
  ): Promise<readonly { readonly id: RunId; readonly keptUntilMs: number | null }[]>;
  /** Removes records and every list entry of these runs; those that have not ended stay. Gives how many went. */
  remove(runIds: readonly RunId[]): Promise<number>;
  /**
   * Goes on through the lists by which runs are found, those of these services among them, and takes out entries whose
   * record is gone. Looks at about so many entries and gives how many went.
   */
  tidy(services: readonly string[], limit: number): Promise<number>;
}
