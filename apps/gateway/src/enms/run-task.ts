import { AppError } from '@runyard/domain';
import type { Handler } from '../route.ts';

/** `POST /rest/run_task/<id or name>`: says that there are no schedules yet, instead of nothing. */
export function runTask(): Handler {
  return () => {
    throw new AppError('ROUTE_NOT_FOUND', 'Tasks (schedules) are not supported yet.');
  };
}
