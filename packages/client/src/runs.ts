import type {
  AcceptedAnswer,
  DeliveriesAnswer,
  DeviceOutputAnswer,
  DeviceRowAnswer,
  DryRunAnswer,
  LogLineAnswer,
  PageAnswer,
  RunAnswer,
  RunRequest,
  RunStepAnswer,
  RunTreeAnswer,
  RunWhyAnswer,
  StepAnswerRequest,
} from '@runyard/contracts';
import { type DeviceState, isTerminal, type RunState, type ShownStepState } from '@runyard/domain';
import { itemsOfPages } from './pages.ts';
import { followRun, type RunEvent, type RunEventsOptions } from './run-events.ts';
import type { Call, Transport } from './transport.ts';

/** A run request in which everything but the service may be left out. */
export type NewRun = Pick<RunRequest, 'service'> & Partial<Omit<RunRequest, 'dryRun'>>;

export interface CreateOptions {
  /** Seconds to wait for the end of the run; the answer is the run as it is then. */
  readonly waitSeconds?: number;
  readonly idempotencyKey?: string;
  readonly signal?: AbortSignal;
}

export interface RunListQuery {
  readonly service?: string;
  readonly state?: RunState;
  readonly label?: string;
  readonly since?: string;
  readonly cursor?: string;
  readonly limit?: number;
}

export interface WaitOptions {
  /** Give the run back as it is after this time; without it, wait until it has ended. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

export interface StepListQuery {
  readonly state?: ShownStepState;
  readonly cursor?: string;
  /** Steps looked at for one page, before those in another state are left out. */
  readonly limit?: number;
  readonly signal?: AbortSignal;
}

export interface RerunOptions {
  /** A workflow goes on at the step that failed; what ended well is not done again. */
  readonly resume?: boolean;
}

export interface RunsClient {
  /** Accepts a run; nothing is tried again, because a lost answer does not mean a lost run. */
  create(run: NewRun, options?: CreateOptions): Promise<AcceptedAnswer | RunAnswer>;
  /** Says what would run. */
  plan(run: NewRun): Promise<DryRunAnswer>;
  get(id: string): Promise<RunAnswer>;
  /** What it waits for, in words. */
  why(id: string): Promise<RunWhyAnswer>;
  /** Who is told that it ended, and how far that is. */
  deliveries(id: string): Promise<DeliveriesAnswer>;
  /** Long-polls until the run has ended. */
  wait(id: string, options?: WaitOptions): Promise<RunAnswer>;
  /** One page, newest first. */
  list(query?: RunListQuery): Promise<PageAnswer<RunAnswer>>;
  /** Every device of the run, page by page. */
  devices(
    id: string,
    query?: { readonly state?: DeviceState; readonly limit?: number },
  ): AsyncGenerator<DeviceRowAnswer>;
  /** One device with its output. The empty name is that of a service that runs once. */
  device(id: string, name: string): Promise<DeviceOutputAnswer>;
  /** Lines of the log from a cursor on. */
  log(id: string, query?: { readonly cursor?: string; readonly limit?: number }): Promise<PageAnswer<LogLineAnswer>>;
  /** The runs that the run started, and those that they started: at most 500. */
  tree(id: string): Promise<RunTreeAnswer>;
  /** Every step of a workflow that has begun, by device, page by page and in no order. A step may come twice. */
  steps(id: string, query?: Pick<StepListQuery, 'state'>): AsyncGenerator<RunStepAnswer>;
  /** One page of them; it may be empty and still have a cursor. */
  stepPage(id: string, query?: StepListQuery): Promise<PageAnswer<RunStepAnswer>>;
  /** Says yes to a step that asks; gives the step as it is then. The first answer counts. */
  approve(id: string, answer: StepAnswerRequest): Promise<RunStepAnswer>;
  /** Says no to a step that asks: it fails. */
  reject(id: string, answer: StepAnswerRequest): Promise<RunStepAnswer>;
  /** What happens in the run until its end; a broken stream is resumed. */
  events(id: string, options?: RunEventsOptions): AsyncGenerator<RunEvent>;
  cancel(id: string): Promise<RunAnswer>;
  /** Begins nothing new of the run; devices in work finish. */
  pause(id: string, reason?: string): Promise<RunAnswer>;
  resume(id: string): Promise<RunAnswer>;
  /** Runs the same again on the devices that failed, or on all. The run must have ended. */
  rerun(id: string, only?: 'failed' | 'all', options?: RerunOptions): Promise<AcceptedAnswer>;
}

/** Below the limit that a gateway has when nobody changed it, and that proxies usually have. */
const POLL_SECONDS = 25;
const MARGIN_MS = 15_000;
const PAGE_LIMIT = 500;
/** What stands in an address for the one row of a service that runs once: it has no name. */
const ONCE = '-';

export function createRunsClient(
  transport: Transport,
  sleep: (delayMs: number, signal?: AbortSignal) => Promise<void>,
): RunsClient {
  const body = async <Body>(call: Call): Promise<Body> => (await transport.call<Body>(call)).body;
  const pathOf = (id: string): string => `/v1/runs/${encodeURIComponent(id)}`;

  return {
    create: (run, { waitSeconds, idempotencyKey, signal } = {}) =>
      body({
        method: 'POST',
        path: '/v1/runs',
        body: run,
        headers: {
          ...(waitSeconds === undefined ? {} : { prefer: `wait=${waitSeconds}` }),
          ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
        },
        ...(waitSeconds === undefined ? {} : { timeoutMs: waitSeconds * 1_000 + MARGIN_MS }),
        signal,
      }),
    plan: (run) => body({ method: 'POST', path: '/v1/runs', body: { ...run, dryRun: true } }),
    get: (id) => body({ path: pathOf(id) }),
    why: (id) => body({ path: `${pathOf(id)}/why` }),
    deliveries: (id) => body({ path: `${pathOf(id)}/deliveries` }),
    async wait(id, { timeoutMs = Number.POSITIVE_INFINITY, signal } = {}) {
      const endMs = Date.now() + timeoutMs;
      for (;;) {
        const seconds = Math.ceil(Math.max(0, Math.min(POLL_SECONDS, (endMs - Date.now()) / 1_000)));
        const timeout = seconds * 1_000 + MARGIN_MS;
        const run = await body<RunAnswer>({ path: pathOf(id), query: { wait: seconds }, timeoutMs: timeout, signal });
        if (isTerminal(run.state) || Date.now() >= endMs) return run;
      }
    },
    list: (query = {}) => body({ path: '/v1/runs', query: { ...query } }),
    devices: (id, { state, limit = PAGE_LIMIT } = {}) =>
      itemsOfPages((cursor) => body({ path: `${pathOf(id)}/devices`, query: { state, limit, cursor } })),
    device: (id, name) => body({ path: `${pathOf(id)}/devices/${encodeURIComponent(name || ONCE)}` }),
    log: (id, query = {}) => body({ path: `${pathOf(id)}/log`, query: { ...query } }),
    tree: (id) => body({ path: `${pathOf(id)}/tree` }),
    steps: (id, { state } = {}) =>
      itemsOfPages((cursor) => body({ path: `${pathOf(id)}/steps`, query: { state, limit: PAGE_LIMIT, cursor } })),
    stepPage: (id, { signal, ...query } = {}) => body({ path: `${pathOf(id)}/steps`, query, signal }),
    approve: (id, answer) => body({ method: 'POST', path: `${pathOf(id)}/approve`, body: answer }),
    reject: (id, answer) => body({ method: 'POST', path: `${pathOf(id)}/reject`, body: answer }),
    events: (id, options = {}) => followRun(transport, `${pathOf(id)}/events`, sleep, options),
    cancel: (id) => body({ method: 'POST', path: `${pathOf(id)}/cancel` }),
    pause: (id, reason) =>
      body({ method: 'POST', path: `${pathOf(id)}/pause`, body: reason === undefined ? {} : { reason } }),
    resume: (id) => body({ method: 'POST', path: `${pathOf(id)}/resume` }),
    rerun: (id, only = 'failed', { resume } = {}) =>
      body({
        method: 'POST',
        path: `${pathOf(id)}/rerun`,
        body: { only, ...(resume === undefined ? {} : { resume }) },
      }),
  };
}
