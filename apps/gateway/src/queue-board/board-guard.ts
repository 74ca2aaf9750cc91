import { AppError, may, type Principal } from '@runyard/domain';

const JOBS_PER_PAGE_MAX = 100;

/**
 * What an administrator may do to one job. The ids are ours (`<run>-<slice>` and the like), so that no other address of
 * the board fits by accident. Everything that touches many jobs or a whole queue is open to nobody: runs would be lost.
 */
const JOB_ACTION =
  /^\/api\/queues\/(?<queue>[^/]+)\/(?<job>[0-9a-f]{24}-(?:\d{1,9}|plan|batch-[0-9a-f]{8}))\/(?<action>retry|promote|clean)$/;

export interface BoardCall {
  readonly method: string;
  /** Below the board, without the query. */
  readonly path: string;
  /** The query parameter of that name. */
  readonly jobsPerPage: unknown;
}

/** What is done to which job. */
interface JobAction {
  readonly action: string;
  readonly subject: string;
}

/**
 * Lets looking through, and of the actions only those on one job by an administrator, and tells which that is. Throws
 * PERMISSION_DENIED.
 */
export function checkBoardCall({ method, path, jobsPerPage }: BoardCall, principal: Principal): JobAction | null {
  // The board shows the jobs of every service.
  if (!may(principal, 'run:read') || principal.services)
    throw new AppError('PERMISSION_DENIED', `'${principal.name}' may not see the queues.`);
  if (method === 'GET' || method === 'HEAD') {
    checkPageSize(jobsPerPage);
    return null;
  }
  const { queue, job, action } = (method === 'PUT' ? JOB_ACTION.exec(path)?.groups : undefined) ?? {};
  if (queue === undefined || job === undefined || action === undefined) {
    throw new AppError('PERMISSION_DENIED', 'This is not possible in Runyard: it would lose or invent work.');
  }
  if (!may(principal, 'queue:admin')) {
    throw new AppError('PERMISSION_DENIED', `'${principal.name}' may look at the queues, and change nothing.`);
  }
  return { action: `job.${action}`, subject: `${queue}/${job}` };
}

/** A page of any size would make Redis busy for everybody. */
function checkPageSize(jobsPerPage: unknown): void {
  if (jobsPerPage === undefined) return;
  const size = typeof jobsPerPage === 'string' && /^\d{1,4}$/.test(jobsPerPage) ? Number(jobsPerPage) : Infinity;
  if (size > JOBS_PER_PAGE_MAX) {
    throw new AppError('PARAMETER_INVALID', `jobsPerPage is at most ${JOBS_PER_PAGE_MAX}.`);
  }
}
