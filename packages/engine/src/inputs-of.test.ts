import { describe, expect, it } from '@jest/globals';
import type { FieldError, InputValidator } from '@runyard/domain';
import {
  ADMIN,
  CountingRunIds,
  engineBundle,
  putDevice,
  putService,
  requestOf,
  sampleDevice,
  sampleService,
  TestClock,
} from '@runyard/testkit';
import { createAcceptRun } from './accept-run.ts';

const schema = { $id: 'root', required: ['site'] };

/** Knows `required` only, and fills in one default. */
const inputs: InputValidator = {
  validate(given, params) {
    const required = (given['required'] ?? []) as string[];
    const errors: FieldError[] = required
      .filter((key) => params[key] === undefined)
      .map((key) => ({ path: `/${key}`, message: 'is required' }));
    return { params: { vlan: 7, ...params }, errors };
  },
  parameters: (_, params) => ({ params, errors: [] }),
};

async function setup() {
  const bundle = engineBundle();
  await bundle.put(
    putDevice(sampleDevice('d1')),
    { kind: 'decorator', action: 'put', item: { name: 'vlan', schema } },
    putService(sampleService('test', { type: 'test', settings: {}, decorator: 'vlan' })),
  );
  const accept = createAcceptRun({ ...bundle, ids: new CountingRunIds(new TestClock()), inputs });
  const acceptWith = (params: Record<string, string>) => accept(requestOf({ devices: ['d1'], params }), ADMIN);
  return { ...bundle, acceptWith };
}

describe('the decorator of a service', () => {
  it('stands for its inputs: what is wrong is told, and nothing is accepted', async () => {
    const { acceptWith, queue } = await setup();
    await expect(acceptWith({ vlan: 'x' })).rejects.toMatchObject({
      code: 'PARAMS_INVALID',
      errors: [{ path: '/params/site', message: 'is required' }],
    });
    expect(queue.slices.size).toBe(0);
  });

  it('gives the params their defaults', async () => {
    const { acceptWith } = await setup();
    const answer = await acceptWith({ site: 'ams' });
    expect(answer).toMatchObject({ kind: 'accepted', spec: { params: { site: 'ams', vlan: 7 } } });
  });

  it('counts as it is at the moment of acceptance', async () => {
    const { acceptWith, put } = await setup();
    await put({ kind: 'decorator', action: 'put', item: { name: 'vlan', schema: {} } });
    expect(await acceptWith({ vlan: 'x' })).toMatchObject({ kind: 'accepted', spec: { params: { vlan: 'x' } } });
  });

  it('is named when it is gone', async () => {
    const { acceptWith, put } = await setup();
    await put({ kind: 'decorator', action: 'delete', name: 'vlan' });
    await expect(acceptWith({})).rejects.toMatchObject({
      code: 'CATALOG_ITEM_NOT_FOUND',
      message: "The service 'test' needs the decorator 'vlan', which is not there.",
    });
  });
});
