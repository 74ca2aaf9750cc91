import { AppError, type CatalogChange, type CatalogView, movesSlots } from '@runyard/domain';

/**
 * Slots that are about to fire must not move under whoever fires them: cron, time zone and account of a schedule change while it
 * is disabled, or with the edit that disables or enables it. Throws SCHEDULE_ENABLED.
 */
export function checkScheduleEdits(view: CatalogView, changes: readonly CatalogChange[]): void {
  for (const change of changes) {
    if (change.kind !== 'schedule' || change.action !== 'put') continue;
    const { item } = change;
    const before = view.get('schedule', item.name)?.item;
    if (!before || !movesSlots(before, item)) continue;
    const detail = `The schedule '${item.name}' is enabled; disable it to change its cron expression, time zone or account.`;
    throw new AppError('SCHEDULE_ENABLED', detail);
  }
}
