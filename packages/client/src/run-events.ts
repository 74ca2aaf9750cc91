import type { DeviceRowAnswer, RunAnswer } from '@runyard/contracts';
import { ClientError } from './client-error.ts';
import { readEvents, type ServerSentEvent } from './server-sent-events.ts';
import type { Call, Transport } from './transport.ts';

/** `run`: a snapshot with counts. `device`: a row that changed. `end`: the last one, nothing changes any more. */
export type RunEvent =
  | { readonly event: 'run'; readonly run: RunAnswer }
  | { readonly event: 'device'; readonly device: DeviceRowAnswer }
  | { readonly event: 'end' };

export interface RunEventsOptions {
  readonly signal?: AbortSignal;
  /** The gateway says something at least each 15 seconds; after this time without a word the connection is given up. */
  readonly silenceMs?: number;
}

const SILENCE_MS = 45_000;
const RESUMES_MAX = 8;
const DELAY_MS = 250;
const DELAY_MS_MAX = 5_000;

/**
 * The events of a run until its end. A stream that breaks is taken up again after the last event that came; it gives
 * up after several breaks in a row without any event. What the gateway does not know here is left out.
 */
export async function* followRun(
  transport: Transport,
  path: string,
  sleep: (delayMs: number, signal?: AbortSignal) => Promise<void>,
  { signal, silenceMs = SILENCE_MS }: RunEventsOptions,
): AsyncGenerator<RunEvent> {
  let lastId: string | undefined;
  for (let breaks = 0; ; breaks += 1) {
    try {
      const headers = { accept: 'text/event-stream', ...(lastId === undefined ? {} : { 'last-event-id': lastId }) };
      for await (const { event, data, id } of openEvents(transport, { path, headers, signal }, silenceMs)) {
        breaks = 0;
        lastId = id ?? lastId;
        const known = toRunEvent(event, data);
        if (known) yield known;
        if (known?.event === 'end') return;
      }
    } catch (error) {
      checkResumable(error, signal);
    }
    if (breaks >= RESUMES_MAX) {
      throw new ClientError({ code: 'UNREACHABLE', status: 0, detail: 'The stream of events breaks again and again.' });
    }
    await sleep(Math.min(DELAY_MS_MAX, DELAY_MS * 2 ** breaks), signal);
  }
}

/** Throws what another connection would not mend: the end that the caller wants, or a refusal of the gateway. */
function checkResumable(error: unknown, signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw signal.reason;
  if (error instanceof ClientError && error.code !== 'UNREACHABLE') throw error;
}

/** The events of one connection, which is cut when the reader has enough. */
async function* openEvents(
  transport: Transport,
  call: Pick<Call, 'path' | 'headers' | 'signal'>,
  silenceMs: number,
): AsyncGenerator<ServerSentEvent> {
  const connection = new AbortController();
  const signal = call.signal ? AbortSignal.any([call.signal, connection.signal]) : connection.signal;
  try {
    const answer = await withSilence(transport.open({ ...call, signal }), connection, silenceMs);
    if (answer.body) yield* readEvents(watchSilence(answer.body, connection, silenceMs));
  } finally {
    connection.abort();
  }
}

function toRunEvent(event: string, data: string): RunEvent | undefined {
  if (event === 'run') return { event, run: JSON.parse(data) as RunAnswer };
  if (event === 'device') return { event, device: JSON.parse(data) as DeviceRowAnswer };
  return event === 'end' ? { event } : undefined;
}

async function withSilence(
  answer: Promise<Response>,
  connection: AbortController,
  silenceMs: number,
): Promise<Response> {
  const timer = setTimeout(() => connection.abort(), silenceMs);
  try {
    return await answer;
  } finally {
    clearTimeout(timer);
  }
}

/** Passes the bytes on; cuts the connection when none, not even a heartbeat, come for too long. */
async function* watchSilence(
  body: AsyncIterable<Uint8Array>,
  connection: AbortController,
  silenceMs: number,
): AsyncGenerator<Uint8Array> {
  let timer = setTimeout(() => connection.abort(), silenceMs);
  try {
    for await (const chunk of body) {
      clearTimeout(timer);
      yield chunk;
      timer = setTimeout(() => connection.abort(), silenceMs);
    }
  } finally {
    clearTimeout(timer);
  }
}
