import { DEVICE_STATES, RUN_STATES } from '@runyard/domain';
import type { GatewayDependencies } from '../gateway-dependencies.ts';
import { cancelRun } from '../handlers/cancel-run.ts';
import { createRun } from '../handlers/create-run.ts';
import { explainRun } from '../handlers/explain-run.ts';
import { getRun } from '../handlers/get-run.ts';
import { getRunDevice } from '../handlers/get-run-device.ts';
import { getRunLog } from '../handlers/get-run-log.ts';
import { listDeliveries } from '../handlers/list-deliveries.ts';
import { listRunDevices } from '../handlers/list-run-devices.ts';
import { listRuns } from '../handlers/list-runs.ts';
import { pageQuery } from '../handlers/page-query.ts';
import { pauseRun, pauseSchema, resumeRun } from '../handlers/pause-run.ts';
import { streamRun } from '../handlers/stream-run.ts';
import { rerunRun, rerunSchema } from '../handlers/rerun-run.ts';
import { idempotencyHeader } from '../http/idempotency-key.ts';
import { timeZoneHeader } from '../http/time-zone.ts';
import type { Route } from '../route.ts';

const text = { type: 'string', minLength: 1, maxLength: 300 } as const;

/** Runs: accept, look, follow, cancel. The busiest come first, because a router looks from the top. */
export function runRoutes(deps: GatewayDependencies): readonly Route[] {
  const route = { tag: 'runs', access: 'run:read' } as const;
  return [
    {
      ...route,
      method: 'post',
      path: '/v1/runs',
      operationId: 'createRun',
      summary: 'Run a service. `Prefer: wait=N` waits up to N seconds for the end.',
      access: 'caller',
      headers: { ...idempotencyHeader, ...timeZoneHeader },
      body: { schema: 'RunRequest' },
      responses: {
        202: { description: 'Accepted: it will reach one end, whatever dies.', schema: 'Accepted' },
        200: {
          description: 'It ended while you waited, or it was a dry run.',
          schema: { oneOf: [{ $ref: 'Run' }, { $ref: 'DryRun' }] },
        },
      },
      handler: createRun(deps),
    },
    {
      ...route,
      method: 'get',
      path: '/v1/runs/{id}',
      operationId: 'getRun',
      summary: 'One run, constant in size. `wait` and `revision`, or `Prefer: wait=N`, make it a long poll.',
      query: {
        wait: { schema: { type: 'integer', minimum: 0, maximum: 3_600 }, description: 'Seconds to wait at most.' },
        revision: {
          schema: { type: 'integer', minimum: 0 },
          description: 'Wait for a later revision; else for the end.',
        },
      },
      responses: {
        200: { description: 'The run.', schema: 'Run' },
        304: { description: 'The run is as `If-None-Match` says.' },
      },
      handler: getRun(deps),
    },
    {
      ...route,
      method: 'get',
      path: '/v1/runs',
      operationId: 'listRuns',
      summary: 'Runs, newest first.',
      query: {
        service: { schema: text, description: 'Only runs of this service.' },
        state: { schema: { enum: RUN_STATES }, description: 'Only runs in this state.' },
        label: { schema: text, description: 'Only runs with this label, as `key=value`.' },
        since: {
          schema: { type: 'string', format: 'date-time' },
          description: 'Only runs accepted at this time or later.',
        },
        ...pageQuery,
      },
      responses: { 200: { description: 'A page of runs.', schema: 'RunPage' } },
      handler: listRuns(deps),
    },
    ...partRoutes(deps),
    ...orderRoutes(deps),
  ];
}

/** What is inside a run. */
function partRoutes(deps: GatewayDependencies): readonly Route[] {
  const route = { tag: 'runs', access: 'run:read' } as const;
  return [
    {
      ...route,
      method: 'get',
      path: '/v1/runs/{id}/devices',
      operationId: 'listRunDevices',
      summary: 'The devices of a run. A page may be short or empty and still have a cursor.',
      query: { state: { schema: { enum: DEVICE_STATES }, description: 'Only devices in this state.' }, ...pageQuery },
      responses: { 200: { description: 'A page of devices.', schema: 'DeviceRowPage' } },
      handler: listRunDevices(deps),
    },
    {
      ...route,
      method: 'get',
      path: '/v1/runs/{id}/devices/{name}',
      operationId: 'getRunDevice',
      summary: 'One device of a run with its output. The one row of a service that runs once has the name `-`.',
      responses: { 200: { description: 'The device.', schema: 'DeviceOutput' } },
      handler: getRunDevice(deps),
    },
    {
      ...route,
      method: 'get',
      path: '/v1/runs/{id}/why',
      operationId: 'explainRun',
      summary: 'Why a run is where it is, in words: what it waits for.',
      responses: { 200: { description: 'The reasons.', schema: 'RunWhy' } },
      handler: explainRun(deps),
    },
    {
      ...route,
      method: 'get',
      path: '/v1/runs/{id}/deliveries',
      operationId: 'listDeliveries',
      summary: 'Who is told that a run ended, and how far that is.',
      responses: { 200: { description: 'The receivers.', schema: 'Deliveries' } },
      handler: listDeliveries(deps),
    },
    {
      ...route,
      method: 'get',
      path: '/v1/runs/{id}/log',
      operationId: 'getRunLog',
      summary: 'What a run said, oldest first.',
      query: pageQuery,
      responses: { 200: { description: 'A page of lines.', schema: 'LogPage' } },
      handler: getRunLog(deps),
    },
    {
      ...route,
      method: 'get',
      path: '/v1/runs/{id}/events',
      operationId: 'streamRun',
      summary: 'A run as it changes: events `run`, `device` and `end`. `Last-Event-ID` resumes.',
      query: {
        lastEventId: { schema: text, description: 'As the header `Last-Event-ID`, for readers that cannot set it.' },
      },
      responses: { 200: { description: 'Server-sent events.', mediaType: 'text/event-stream' } },
      handler: streamRun(deps),
    },
  ];
}

/** What a person orders a run to do. */
function orderRoutes(deps: GatewayDependencies): readonly Route[] {
  const route = { tag: 'runs' } as const;
  return [
    {
      ...route,
      method: 'post',
      path: '/v1/runs/{id}/cancel',
      operationId: 'cancelRun',
      summary: 'Ask a run to end.',
      access: 'run:cancel',
      responses: { 202: { description: 'The run, cancelling or cancelled.', schema: 'Run' } },
      handler: cancelRun(deps),
    },
    {
      ...route,
      method: 'post',
      path: '/v1/runs/{id}/pause',
      operationId: 'pauseRun',
      summary: 'Begin nothing new of a run; devices in work finish.',
      access: 'run:cancel',
      body: { schema: pauseSchema, optional: true },
      responses: { 200: { description: 'The run, paused.', schema: 'Run' } },
      handler: pauseRun(deps),
    },
    {
      ...route,
      method: 'post',
      path: '/v1/runs/{id}/resume',
      operationId: 'resumeRun',
      summary: 'Go on with a paused run.',
      access: 'run:cancel',
      responses: { 200: { description: 'The run, going on.', schema: 'Run' } },
      handler: resumeRun(deps),
    },
    {
      ...route,
      method: 'post',
      path: '/v1/runs/{id}/rerun',
      operationId: 'rerunRun',
      summary: 'Run the same version with the same params again, on the failed or on all devices of a run.',
      access: 'caller',
      body: { schema: rerunSchema },
      responses: { 202: { description: 'Accepted: a new run, whose `rerunOf` is this one.', schema: 'Accepted' } },
      handler: rerunRun(deps),
    },
  ];
}
