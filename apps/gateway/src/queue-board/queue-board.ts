import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { ExpressAdapter } from '@bull-board/express';
import { type AuditLog, type Clock, may, type Principal } from '@runyard/domain';
import type { DecisionLog } from '@runyard/engine';
import express, { type Request, type RequestHandler, type Router } from 'express';
import { deniedCall } from '../http/admit.ts';
import type { Authenticate } from '../http/authenticate.ts';
import { checkOrigin } from '../http/same-origin.ts';
import { noteDenied } from '../note-denied.ts';
import { checkBoardCall } from './board-guard.ts';

/** A queue as the board takes it: a Queue of BullMQ, made where BullMQ may be imported. */
export type BoardQueue = ConstructorParameters<typeof BullMQAdapter>[0];

export interface QueueBoardDependencies {
  readonly authenticate: Authenticate;
  readonly audit: Pick<AuditLog, 'append'>;
  readonly decisions: Pick<DecisionLog, 'note'>;
  readonly clock: Clock;
  /** The queues that there are now. */
  readonly queues: () => Promise<readonly BoardQueue[]>;
}

/** Where the board is mounted. */
const QUEUE_BOARD_PATH = '/queues';

/** The queues change with the clusters: seldom. */
const REFRESH_MS = 5_000;

// Only its own files: the page asks for fonts elsewhere, and does without.
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; " +
  "font-src 'self'; base-uri 'self'; frame-ancestors 'none'";

interface Board {
  readonly router: RequestHandler;
  readonly show: (queues: readonly BoardQueue[]) => void;
}

/** Bull Board behind the same login as the API. Operators look; administrators may also act on one job. */
export function createQueueBoard(deps: QueueBoardDependencies): Router {
  const { authenticate, clock, queues } = deps;
  const boards = { look: createBoard(true), act: createBoard(false) };
  let refreshedAtMs = -Infinity;
  const refresh = async (): Promise<void> => {
    if (clock.nowMs() - refreshedAtMs < REFRESH_MS) return;
    const present = await queues();
    boards.look.show(present);
    boards.act.show(present);
    refreshedAtMs = clock.nowMs();
  };
  const router = express.Router();
  router.use(QUEUE_BOARD_PATH, async (request, response, next) => {
    request.operation = { path: QUEUE_BOARD_PATH, tag: 'queues' };
    checkOrigin(request);
    const { principal } = await authenticate(request);
    request.principalName = principal.name;
    await noteCall(deps, request, principal);
    response.setHeader('Content-Security-Policy', POLICY);
    await refresh();
    (may(principal, 'queue:admin') ? boards.act : boards.look).router(request, response, next);
  });
  return router;
}

/** Writes down what is done to a job, before it is, and what may not be done. Rejects as `checkBoardCall` throws. */
async function noteCall(
  { audit, decisions }: QueueBoardDependencies,
  request: Request,
  principal: Principal,
): Promise<void> {
  const { method, path } = request;
  try {
    const done = checkBoardCall({ method, path, jobsPerPage: request.query['jobsPerPage'] }, principal);
    const { name: actor, credentialId: credential } = principal;
    if (done) await audit.append({ actor, credential, decision: 'allowed', ...done, detail: {} });
  } catch (error) {
    await noteDenied(decisions, principal, deniedCall(request), error);
    throw error;
  }
}

function createBoard(readOnlyMode: boolean): Board {
  const serverAdapter = new ExpressAdapter().setBasePath(QUEUE_BOARD_PATH);
  const { replaceQueues } = createBullBoard({
    queues: [],
    serverAdapter,
    options: { uiConfig: { boardTitle: 'Runyard queues' } },
  });
  return {
    router: serverAdapter.getRouter() as RequestHandler,
    show: (queues) => replaceQueues(queues.map((queue) => new BullMQAdapter(queue, { readOnlyMode }))),
  };
}
