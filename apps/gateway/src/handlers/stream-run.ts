import { isAppError, isTerminal, type RunId } from '@runyard/domain';
import type { GatewayDependencies } from '../gateway-dependencies.ts';
import { type Admit, createAdmit } from '../http/admit.ts';
import { closedSignal } from '../http/closed-signal.ts';
import { type EventStream, openEventStream } from '../http/event-stream.ts';
import type { Call, Handler } from '../route.ts';
import { deviceRowAnswer, rowOfResult } from '../views/device-answer.ts';
import { runAnswer } from '../views/run-answer.ts';
import { findRun } from './find-run.ts';

const HEARTBEAT_MS = 15_000;
/** A stream may stay open for days, so from time to time its reader is let in anew. */
const READER_CHECK_MS = 15_000;
/** Hints can be missed, so the record is read at least this often. */
const POLL_MS = 2_000;
const RESULTS_AT_ONCE = 200;

/** How far a reader is: the revision of the last `run` event, and the number of `device` events. */
interface Position {
  revision: number;
  sequence: number;
}

/**
 * `GET /v1/runs/{id}/events`: the run as it changes (`run`), each device when it is final (`device`), and `end`.
 * The id of an event is `<revision>.<devices so far>`; with it as `Last-Event-ID` a reader goes on where it was.
 */
export function streamRun(deps: GatewayDependencies): Handler {
  const admit = createAdmit(deps);
  return async (call) => {
    const { spec } = await findRun(deps.runs, call.params);
    const signal = closedSignal(call.response, deps.stopping);
    const stream = openEventStream(call.response, signal);
    if (call.request.method === 'HEAD') return stream.end();
    deps.metrics.streamOpened();
    try {
      await follow({ ...deps, mayRead: () => mayRead(admit, call) }, stream, spec.id, positionOf(call), signal);
    } finally {
      deps.metrics.streamClosed();
      stream.end();
    }
  };
}

function positionOf({ request, query }: Call): Position {
  const given = request.headers['last-event-id'] ?? query['lastEventId'];
  const parts = /^(\d{1,15})\.(\d{1,15})$/.exec(typeof given === 'string' ? given : '');
  return { revision: Number(parts?.[1] ?? 0), sequence: Number(parts?.[2] ?? 0) };
}

interface FollowDependencies extends Pick<GatewayDependencies, 'runs' | 'events' | 'clock'> {
  /** Whether the reader still is who he was, and may see runs. */
  readonly mayRead: () => Promise<boolean>;
}

async function mayRead(admit: Admit, { request }: Call): Promise<boolean> {
  try {
    await admit(request, 'run:read');
    return true;
  } catch (error) {
    if (isAppError(error) && (error.status === 401 || error.status === 403 || error.status === 429)) return false;
    throw error;
  }
}

async function follow(
  { runs, events, clock, mayRead }: FollowDependencies,
  stream: EventStream,
  id: RunId,
  position: Position,
  signal: AbortSignal,
): Promise<void> {
  const watch = await events.watch(id);
  let sentAtMs = clock.nowMs();
  let checkedAtMs = sentAtMs;
  try {
    while (!signal.aborted) {
      if (clock.nowMs() - checkedAtMs >= READER_CHECK_MS) {
        checkedAtMs = clock.nowMs();
        if (!(await mayRead())) return;
      }
      const record = await runs.get(id);
      const before = eventId(position);
      await sendResults(runs, stream, id, position, signal);
      if (record && record.revision > position.revision) {
        position.revision = record.revision;
        await stream.send('run', eventId(position), runAnswer(record));
      }
      if (!record || isTerminal(record.state)) {
        return await stream.send('end', eventId(position), { state: record?.state ?? null });
      }
      if (eventId(position) !== before) sentAtMs = clock.nowMs();
      if (clock.nowMs() - sentAtMs >= HEARTBEAT_MS) {
        sentAtMs = clock.nowMs();
        await stream.heartbeat();
      }
      await watch.changed(POLL_MS, signal);
    }
  } finally {
    watch.close();
  }
}

async function sendResults(
  runs: GatewayDependencies['runs'],
  stream: EventStream,
  id: RunId,
  position: Position,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    const results = await runs.resultsSince(id, position.sequence, RESULTS_AT_ONCE);
    for (const result of results) {
      if (signal.aborted) return;
      position.sequence += 1;
      await stream.send('device', eventId(position), deviceRowAnswer(rowOfResult(result)));
    }
    if (results.length < RESULTS_AT_ONCE) return;
  }
}

function eventId({ revision, sequence }: Position): string {
  return `${revision}.${sequence}`;
}
