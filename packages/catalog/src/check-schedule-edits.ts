import { boundErrors } from '@runyard/contracts';
import { AppError, type CatalogChange, type CatalogView, movesSlots, type Schedule } from '@runyard/domain';
import type { CatalogDocument, CatalogProblem } from './catalog-document.ts';

/**
 * Slots that are about to fire must not move under whoever fires them: cron, time zone and account of a schedule change while it
 * is disabled, or with the edit that disables or enables it. Throws SCHEDULE_ENABLED with each place where one would.
 */
export function checkScheduleEdits(
  view: CatalogView,
  changes: readonly CatalogChange[],
  documents: readonly CatalogDocument[],
): void {
  const errors = movedSchedules(view, changes).map(({ before, after }) => placedProblem(before, after, documents));
  const [first] = errors;
  if (!first) return;
  throw new AppError('SCHEDULE_ENABLED', `${first.message}.`, { errors: boundErrors(errors) });
}

interface Moved {
  readonly before: Schedule;
  readonly after: Schedule;
}

/** The schedules whose slots the changes would move although they are enabled. */
export function movedSchedules(view: CatalogView, changes: readonly CatalogChange[]): readonly Moved[] {
  return changes.flatMap((change) => {
    if (change.kind !== 'schedule' || change.action !== 'put') return [];
    const before = view.get('schedule', change.item.name)?.item;
    return before && movesSlots(before, change.item) ? [{ before, after: change.item }] : [];
  });
}

function placedProblem(before: Schedule, after: Schedule, documents: readonly CatalogDocument[]): CatalogProblem {
  const key = (['cron', 'timeZone', 'runAs'] as const).find((candidate) => before[candidate] !== after[candidate]);
  const written = documents.find(({ kind, document }) => kind === 'schedule' && document.name === after.name);
  const place = written?.at(key !== undefined && after[key] !== undefined ? `/${key}` : '') ?? { path: '' };
  const message = `The schedule '${after.name}' is enabled; disable it to change its cron expression, time zone or account`;
  return { ...place, message };
}
