import { AppError } from '@runyard/domain';

/** Where a scan of a hash goes on; from its beginning without a cursor. Throws CURSOR_INVALID. */
export function checkedScanCursor(cursor: string | null): string {
  if (cursor === null) return '0';
  if (/^[1-9]\d{0,19}$/.test(cursor)) return cursor;
  throw new AppError('CURSOR_INVALID', 'The cursor is not one that a page of this list gave.');
}
