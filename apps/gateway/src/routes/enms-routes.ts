import { getResult } from '../enms/get-result.ts';
import { deleteInstance, getInstance, postInstances } from '../enms/instances.ts';
import { isAlive } from '../enms/is-alive.ts';
import { listWorkers } from '../enms/list-workers.ts';
import { query } from '../enms/query.ts';
import { runTask } from '../enms/run-task.ts';
import { search, searchSchema } from '../enms/search.ts';
import { runService } from '../enms/run-service.ts';
import { stopRun } from '../enms/stop-run.ts';
import type { GatewayDependencies } from '../gateway-dependencies.ts';
import { idempotencyHeader } from '../http/idempotency-key.ts';
import type { Route } from '../route.ts';

/** One object, or a list of them. */
const objectOrList = { type: ['object', 'array'], minProperties: 1, minItems: 1, maxItems: 10_000 } as const;
const answer = { type: 'object', description: 'The answer.', additionalProperties: true } as const;

/** Running services, as eNMS is asked. */
export function enmsRoutes(deps: GatewayDependencies): readonly Route[] {
  const route = { tag: 'eNMS', errors: 'enms', access: 'run:read' } as const;
  return [
    {
      ...route,
      method: 'post',
      path: '/rest/run_service',
      operationId: 'enmsRunService',
      summary: 'Run a service; the answer comes when it has ended, or at once with `async`.',
      access: 'caller',
      headers: idempotencyHeader,
      body: {
        schema: 'EnmsRunService',
        mediaTypes: ['application/json', 'application/x-www-form-urlencoded'],
        listFields: ['devices', 'pools', 'ip_addresses'],
      },
      responses: { 200: { description: 'The result, or only the runtime with `async`.', schema: 'EnmsSyncAnswer' } },
      handler: runService(deps),
    },
    {
      ...route,
      method: 'get',
      path: '/rest/result/{name}/{runtime}',
      operationId: 'enmsGetResult',
      summary: 'The result of a run, or how far it is.',
      responses: { 200: { description: 'The result.', schema: 'EnmsResult' } },
      handler: getResult(deps),
    },
    {
      ...route,
      method: 'post',
      path: '/rest/stop_run/{runtime}',
      operationId: 'enmsStopRun',
      summary: 'Ask a run to end.',
      access: 'run:cancel',
      responses: { 200: { description: 'It will end.', schema: answer } },
      handler: stopRun(deps),
    },
    {
      ...route,
      method: 'get',
      path: '/rest/workers',
      operationId: 'enmsListWorkers',
      summary: 'Workers that are alive.',
      access: 'worker:admin',
      responses: { 200: { description: 'The workers.', schema: { type: 'array', items: answer } } },
      handler: listWorkers(deps),
    },
    {
      ...route,
      method: 'get',
      path: '/rest/is_alive',
      operationId: 'enmsIsAlive',
      summary: 'The server answers.',
      access: 'public',
      responses: { 200: { description: 'It does.', schema: 'EnmsIsAlive' } },
      handler: isAlive(deps),
    },
    ...instanceRoutes(deps),
  ];
}

/** Looking at and writing the catalog, as eNMS is asked. */
function instanceRoutes(deps: GatewayDependencies): Route[] {
  const route = { tag: 'eNMS', errors: 'enms', access: 'catalog:read' } as const;
  return [
    {
      ...route,
      method: 'get',
      path: '/rest/instance/{type}/{name}',
      operationId: 'enmsGetInstance',
      summary: 'A device, pool or service.',
      responses: { 200: { description: 'Its properties.', schema: answer } },
      handler: getInstance(deps),
    },
    {
      ...route,
      method: 'post',
      path: '/rest/instance/{type}',
      operationId: 'enmsPostInstance',
      summary: 'Create or update one or several by name.',
      access: 'catalog:write',
      body: { schema: objectOrList },
      responses: { 200: { description: 'Which could be written, and which not, and why.', schema: answer } },
      handler: postInstances(deps),
    },
    {
      ...route,
      method: 'delete',
      path: '/rest/instance/{type}/{name}',
      operationId: 'enmsDeleteInstance',
      summary: 'Delete one that nothing uses.',
      access: 'catalog:write',
      responses: { 200: { description: 'It is deleted.', schema: answer } },
      handler: deleteInstance(deps),
    },
    {
      ...route,
      method: 'get',
      path: '/rest/query/{type}',
      operationId: 'enmsQuery',
      summary: 'All whose properties are exactly as in the query.',
      anyQuery: true,
      responses: { 200: { description: 'Those found.', schema: { type: 'array', items: answer } } },
      handler: query(deps),
    },
    {
      ...route,
      method: 'post',
      path: '/rest/search',
      operationId: 'enmsSearch',
      summary: 'Look for devices, pools, services, runs, or the results of a run.',
      access: 'caller',
      body: { schema: searchSchema },
      responses: { 200: { description: 'Those found.', schema: { type: 'array', items: answer } } },
      handler: search(deps),
    },
    {
      ...route,
      method: 'post',
      path: '/rest/run_task/{name}',
      operationId: 'enmsRunTask',
      summary: 'Not supported yet: schedules.',
      access: 'caller',
      responses: {},
      handler: runTask(),
    },
  ];
}
