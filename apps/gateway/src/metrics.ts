import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { AttemptOutcome } from '@runyard/engine';
import { type Door, MENDING_KINDS, type MendingKind } from '@runyard/domain';
import type { Route } from './route.ts';

export interface HttpMetrics {
  observe(route: Pick<Route, 'path'> | undefined, method: string, status: number, durationMs: number): void;
}

interface OpenRuns {
  readonly count: number;
  /** Milliseconds since the oldest was accepted; 0 when there is none. */
  readonly oldestMs: number;
}

/** What `/metrics` shows. Labels are route templates and other small sets, never what a caller wrote. */
export interface GatewayMetrics extends HttpMetrics {
  accepted(door: Door): void;
  streamOpened(): void;
  streamClosed(): void;
  waitBegan(): void;
  waitEnded(): void;
  /** Something was wrong with a run and is mended. */
  mended(kind: MendingKind): void;
  /** A receiver was tried to be told that a run ended. */
  attempted(outcome: AttemptOutcome): void;
  /** Notes whether this gateway is the one that keeps order, and gives that back. */
  leads(isLeader: boolean): boolean;
  /** Where to look, each time that somebody asks, for how many runs are open and how old the oldest is. */
  watchOpenRuns(look: () => Promise<OpenRuns>): void;
  render(): Promise<{ readonly mediaType: string; readonly text: string }>;
}

const DURATION_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH']);

/** Makes the metrics of one gateway, in a registry of its own. */
export function createMetrics(): GatewayMetrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const requests = new Counter({
    name: 'runyard_http_requests_total',
    help: 'Requests answered, by route and status.',
    labelNames: ['method', 'route', 'status'],
    registers,
  });
  const durations = new Histogram({
    name: 'runyard_http_request_duration_seconds',
    help: 'Seconds from a request to the end of its answer, by route.',
    labelNames: ['method', 'route'],
    buckets: DURATION_SECONDS,
    registers,
  });
  const accepted = new Counter({
    name: 'runyard_runs_accepted_total',
    help: 'Runs accepted, by the API through which they came.',
    labelNames: ['door'],
    registers,
  });
  const streams = new Gauge({ name: 'runyard_event_streams', help: 'Open event streams.', registers });
  const waits = new Gauge({ name: 'runyard_waiting_calls', help: 'Calls that wait for a run.', registers });
  const mendings = new Counter({
    name: 'runyard_mendings_total',
    help: 'Runs that stood still and were set going again by this gateway, by what was wrong.',
    labelNames: ['kind'],
    registers,
  });
  for (const kind of MENDING_KINDS) mendings.labels(kind).inc(0);
  const attempts = new Counter({
    name: 'runyard_delivery_attempts_total',
    help: 'Attempts to tell a receiver that a run ended; `failed`: it was given up.',
    labelNames: ['outcome'],
    registers,
  });
  for (const outcome of ['delivered', 'retried', 'failed']) attempts.labels(outcome).inc(0);
  const leader = new Gauge({
    name: 'runyard_leader',
    help: '1 when this gateway is the one that mends and removes runs.',
    registers,
  });
  return {
    observe(route, given, status, durationMs) {
      const method = METHODS.has(given) ? given : 'other';
      const template = route?.path ?? 'unknown';
      requests.labels(method, template, String(status)).inc();
      durations.labels(method, template).observe(durationMs / 1_000);
    },
    accepted: (door) => accepted.labels(door).inc(),
    streamOpened: () => streams.inc(),
    streamClosed: () => streams.dec(),
    waitBegan: () => waits.inc(),
    waitEnded: () => waits.dec(),
    mended: (kind) => mendings.labels(kind).inc(),
    attempted: (outcome) => attempts.labels(outcome).inc(),
    leads(isLeader) {
      leader.set(isLeader ? 1 : 0);
      return isLeader;
    },
    watchOpenRuns: (look) => watchOpenRuns(registry, look),
    render: async () => ({ mediaType: registry.contentType, text: await registry.metrics() }),
  };
}

/** Asked for when the metrics are read, so that every gateway says the same. While Redis is away they stay as they were. */
function watchOpenRuns(registry: Registry, look: () => Promise<OpenRuns>): void {
  let asking: Promise<OpenRuns | null> | null = null;
  const ask = () =>
    (asking ??= look()
      .catch(() => null)
      .finally(() => (asking = null)));
  const gauge = (name: string, help: string, value: (seen: OpenRuns) => number): void => {
    const shown: Gauge = new Gauge({
      name,
      help,
      registers: [registry],
      async collect() {
        const seen = await ask();
        if (seen) shown.set(value(seen));
      },
    });
  };
  gauge('runyard_open_runs', 'Runs that have not ended.', ({ count }) => count);
  gauge(
    'runyard_oldest_open_run_seconds',
    'Seconds since the oldest run was accepted that has not ended; 0 when there is none.',
    ({ oldestMs }) => oldestMs / 1_000,
  );
}
