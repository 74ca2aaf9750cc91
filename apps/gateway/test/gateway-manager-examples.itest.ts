import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createValidator, type SchemaName, type SchemaObject } from '@runyard/contracts';
import { allRoutes } from '../src/routes/all-routes.ts';
import { createCompile } from '../src/http/check.ts';
import { startGateway, type TestGateway } from './start-gateway.ts';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.stop());

const validator = createValidator();
const compile = createCompile();

function errorsOf(schema: SchemaName | SchemaObject | null | undefined, example: unknown) {
  if (example === undefined) return [{ path: '', message: 'has no example' }];
  if (typeof schema === 'string') return validator.check(schema, example);
  return compile(schema ?? {})(example as never);
}

describe('the examples of Gateway Manager in the OpenAPI document', () => {
  it('are there for each body and answer, and have the shape of it', () => {
    const routes = allRoutes(gateway.deps).filter(({ tag }) => tag === 'Gateway Manager');
    expect(routes.filter(({ path }) => path.startsWith('/gateway_manager/v1/'))).toHaveLength(22);
    const wrong = routes.flatMap(({ operationId, body, responses }) => {
      const given = body?.example as Record<string, unknown> | undefined;
      const inner = body?.wrapper === undefined ? given : given?.[body.wrapper];
      const answer = responses[200];
      const errors = [...(body ? errorsOf(body.schema, inner) : []), ...errorsOf(answer?.schema, answer?.example)];
      return errors.map(({ path, message }) => `${operationId}: ${path} ${message}`);
    });
    expect(wrong).toEqual([]);
  });
});
