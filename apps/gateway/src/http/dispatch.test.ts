import { describe, expect, it } from '@jest/globals';
import type { Route } from '../route.ts';
import { createDispatcher } from './dispatch.ts';

const route = (path: string): Route => ({
  method: 'get',
  path,
  operationId: path,
  summary: '',
  tag: '',
  access: 'public',
  responses: {},
  handler: () => undefined,
});

describe('the dispatcher', () => {
  it('groups routes by the first two parts of their paths', () => {
    const paths = ['/', '/healthz', '/v1/runs', '/v1/runs/{id}', '/v1/runs/{id}/log', '/rest/result/{name}/{runtime}'];
    const { routers } = createDispatcher(paths.map(route), () => () => undefined);
    expect([...routers.keys()]).toEqual(['/', '/healthz', '/v1/runs', '/rest/result']);
  });

  it('refuses a table that it could not look up', () => {
    expect(() => createDispatcher([route('/v1/{kind}')], () => () => undefined)).toThrow('must be fixed');
  });
});
