import type { Versioned } from './catalog.ts';
import type { Schedule } from './schedule.ts';

/** What the state of a schedule is kept under: one that comes back under the name of a deleted one begins anew. */
export function scheduleKey({ item, sinceRevision }: Versioned<Schedule>): string {
  return sinceRevision === undefined ? item.name : `${item.name} ${sinceRevision}`;
}
