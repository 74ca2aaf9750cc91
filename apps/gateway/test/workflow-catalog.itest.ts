/* oxlint-disable unicorn/no-thenable -- a key of steps */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { startGateway, type TestGateway } from './start-gateway.ts';

let gateway: TestGateway;
beforeEach(async () => {
  gateway = await startGateway();
});
afterEach(() => gateway.stop());

const put = (name: string, json: object) => gateway.call(`/v1/services/${name}`, { method: 'PUT', json });
const workflow = (name: string, ...steps: object[]) => ({ name, type: 'workflow', steps });

describe('a workflow over HTTP', () => {
  it('is written, and given back as a document that can be written again', async () => {
    const step = { id: 'a', type: 'run-service', service: 'child', onParentClose: 'abandon', onFailure: 'end' };
    await put('child', { name: 'child', type: 'no-op' });
    expect((await put('w', workflow('w', step))).status).toBe(201);
    const { json } = await gateway.call('/v1/services/w');
    expect(json.item.steps).toEqual([expect.objectContaining({ ...step, mode: 'wait', timeZone: 'default' })]);
    const again = await put('w', json.item);
    expect([again.status, again.json.version]).toEqual([200, 1]);
  });

  it.each([
    [
      'a text that is no expression',
      { id: 'a', type: 'if', when: 'vars.x =', then: 'end' },
      '/steps/0/when',
      /no expression of JSONata/,
    ],
    ['a text that is no template', { id: 'a', type: 'approve', message: '{{ x' }, '/steps/0/message', /no template/],
    ['an edge to nothing', { id: 'a', type: 'no-op', onSuccess: 'b' }, '/steps/0/onSuccess', /there is no step/],
    [
      'a service that is not there',
      { id: 'a', type: 'run-service', service: 'x' },
      '/steps/0/service',
      /there is no service/,
    ],
  ])('is refused with %s, and leaves nothing behind', async (_, step, path, message) => {
    for (const call of [
      () => put('w', workflow('w', step)),
      () =>
        gateway.call('/v1/catalog/apply', { method: 'POST', json: { catalog: { services: [workflow('w', step)] } } }),
      () =>
        gateway.call('/v1/catalog/import', { method: 'POST', json: { catalog: { services: [workflow('w', step)] } } }),
    ]) {
      const { status, json } = await call();
      expect([status, json.code]).toEqual([400, 'CATALOG_INVALID']);
      expect(json.errors).toEqual([{ path: expect.stringContaining(path), message: expect.stringMatching(message) }]);
    }
    expect((await gateway.call('/v1/services/w')).status).toBe(404);
  });

  it('is in the way of whoever would delete what it runs', async () => {
    await put('child', { name: 'child', type: 'no-op' });
    await put('w', workflow('w', { id: 'a', type: 'run-service', service: 'child' }));
    const { status, json } = await gateway.call('/v1/services/child', { method: 'DELETE' });
    expect([status, json.usedBy]).toEqual([409, [{ kind: 'service', name: 'w' }]]);
  });
});
