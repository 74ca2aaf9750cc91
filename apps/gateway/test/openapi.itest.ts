import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createDispatcher } from '../src/http/dispatch.ts';
import { createOpenApi } from '../src/openapi.ts';
import { allRoutes } from '../src/routes/all-routes.ts';
import { startGateway, type TestGateway } from './start-gateway.ts';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.stop());

interface Document {
  readonly openapi: string;
  readonly paths: Record<string, Record<string, { operationId: string }>>;
  readonly components: { readonly schemas: Record<string, unknown> };
}

async function document(): Promise<Document> {
  return (await gateway.call('/openapi.json', { login: null })).json;
}

/** What the routers really answer, read from their stacks. */
function addressesOfRouters(): string[] {
  const { routers } = createDispatcher(allRoutes(gateway.deps), () => () => undefined);
  return [...routers.values()].flatMap(({ stack }) =>
    stack.flatMap(({ route }) => {
      const methods = Object.keys((route as unknown as { methods: Record<string, boolean> }).methods);
      return methods.filter((method) => method !== '_all').map((method) => `${method} ${route?.path}`);
    }),
  );
}

describe('the OpenAPI document', () => {
  it('shows every address that the routers answer, and no other', async () => {
    const { paths } = await document();
    const shown = Object.entries(paths).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method} ${path.replace(/\{(\w+)\}/g, ':$1')}`),
    );
    expect(shown.sort()).toEqual(addressesOfRouters().sort());
  });

  it('refers only to schemas that it holds', async () => {
    const whole = await document();
    const names = [...JSON.stringify(whole).matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)].map(
      (found) => found[1],
    );
    const missing = [...new Set(names)].filter((name) => !Object.hasOwn(whole.components.schemas, name ?? ''));
    expect(missing).toEqual([]);
    expect(names.length).toBeGreaterThan(10);
  });

  it('gives each operation a name of its own', () => {
    const names = allRoutes(gateway.deps).map(({ operationId }) => operationId);
    expect(new Set(names).size).toBe(names.length);
  });

  it('would not hide a route', () => {
    const [first] = allRoutes(gateway.deps);
    const shown = createOpenApi(first ? [first] : [], { version: '1', description: '' });
    expect(Object.keys(shown['paths'] as object)).toEqual(['/v1/runs']);
  });
});
