import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Door } from '@runyard/domain';
import type { Route } from './route.ts';

export interface HttpMetrics {
  observe(route: Pick<Route, 'path'> | undefined, method: string, status: number, durationMs: number): void;
}

/** What `/metrics` shows. Labels are route templates and other small sets, never what a caller wrote. */
export interface GatewayMetrics extends HttpMetrics {
  accepted(door: Door): void;
  streamOpened(): void;
  streamClosed(): void;
  waitBegan(): void;
  waitEnded(): void;
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
    render: async () => ({ mediaType: registry.contentType, text: await registry.metrics() }),
  };
}
