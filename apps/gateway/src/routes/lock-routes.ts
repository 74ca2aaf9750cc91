import type { GatewayDependencies } from '../gateway-dependencies.ts';
import { breakLock, getLock, listLocks } from '../handlers/locks.ts';
import { pageQuery } from '../handlers/page-query.ts';
import type { Route } from '../route.ts';

/** Locks of devices: who holds what others wait for. */
export function lockRoutes(deps: GatewayDependencies): readonly Route[] {
  const route = { tag: 'locks', access: 'run:read' } as const;
  return [
    {
      ...route,
      method: 'get',
      path: '/v1/locks',
      operationId: 'listLocks',
      summary: 'Locks that are held, by key. A page may be short or empty and still have a cursor.',
      query: pageQuery,
      responses: { 200: { description: 'A page of locks.', schema: 'LockPage' } },
      handler: listLocks(deps),
    },
    {
      ...route,
      method: 'get',
      path: '/v1/locks/{key}',
      operationId: 'getLock',
      summary: 'One lock that is held. A `/` in its key is written `%2F`.',
      responses: { 200: { description: 'The lock.', schema: 'Lock' } },
      handler: getLock(deps),
    },
    {
      ...route,
      method: 'delete',
      path: '/v1/locks/{key}',
      operationId: 'breakLock',
      summary: 'Take a lock from the device that holds it, which fails with LOCK_LOST. The next one gets it.',
      access: 'queue:admin',
      responses: { 200: { description: 'The lock as it was.', schema: 'Lock' } },
      handler: breakLock(deps),
    },
  ];
}
