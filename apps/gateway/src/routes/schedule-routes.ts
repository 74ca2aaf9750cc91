import type { GatewayDependencies } from '../gateway-dependencies.ts';
import { pauseSchema } from '../handlers/pause-run.ts';
import { pauseSchedule, resumeSchedule, runScheduleNow } from '../handlers/schedules.ts';
import { idempotencyHeader } from '../http/idempotency-key.ts';
import { timeZoneHeader } from '../http/time-zone.ts';
import type { Route } from '../route.ts';

/** What schedules can do beyond the operations that every kind of the catalog has. */
export function scheduleRoutes(deps: GatewayDependencies): readonly Route[] {
  const route = { tag: 'schedules', method: 'post' } as const;
  return [
    {
      ...route,
      path: '/v1/schedules/{name}/run-now',
      operationId: 'runScheduleNow',
      summary: 'Run the service of a schedule at once, with its params and targets.',
      access: 'caller',
      headers: { ...idempotencyHeader, ...timeZoneHeader },
      responses: { 202: { description: 'Accepted: it will reach one end.', schema: 'Accepted' } },
      handler: runScheduleNow(deps),
    },
    {
      ...route,
      path: '/v1/schedules/{name}/pause',
      operationId: 'pauseSchedule',
      summary: 'Let a schedule fire nothing; runs in work finish.',
      access: 'catalog:write',
      body: { schema: pauseSchema, optional: true },
      responses: { 200: { description: 'The schedule, paused.', schema: 'ScheduleItem' } },
      handler: pauseSchedule(deps),
    },
    {
      ...route,
      path: '/v1/schedules/{name}/resume',
      operationId: 'resumeSchedule',
      summary: 'Let a schedule go on with its next slot; those of the pause are over.',
      access: 'catalog:write',
      responses: { 200: { description: 'The schedule, going on.', schema: 'ScheduleItem' } },
      handler: resumeSchedule(deps),
    },
  ];
}
