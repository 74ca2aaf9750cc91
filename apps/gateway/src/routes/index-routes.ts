import type { GatewayDependencies } from '../gateway-dependencies.ts';
import { getIndex } from '../handlers/get-index.ts';
import { getOpenApi } from '../handlers/get-openapi.ts';
import type { Route } from '../route.ts';

/** Where a person or a program starts. `routes` gives the whole table, this one included. */
export function indexRoutes({ settings }: GatewayDependencies, routes: () => readonly Route[]): readonly Route[] {
  const route = { tag: 'start', access: 'public', method: 'get' } as const;
  return [
    {
      ...route,
      path: '/',
      operationId: 'getIndex',
      summary: 'A page with links.',
      responses: { 200: { description: 'The page.', mediaType: 'text/html' } },
      handler: getIndex(settings),
    },
    {
      ...route,
      path: '/openapi.json',
      operationId: 'getOpenApi',
      summary: 'This document.',
      responses: {
        200: { description: 'An OpenAPI 3.1 document.', schema: { type: 'object', description: 'The document.' } },
      },
      handler: getOpenApi(settings, routes),
    },
  ];
}
