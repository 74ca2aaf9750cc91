import { describe, expect, it } from '@jest/globals';
import { toRunRequest } from './run-service-request.ts';

const base = {
  name: 's',
  devices: [],
  pools: [],
  ip_addresses: [],
  payload: {},
  async: false,
  ignore_invalid_targets: false,
};
const payloadOf = (body: object) => toRunRequest({ ...base, ...body }, 'seed').payload;

describe('the payload of run_service', () => {
  it('is what was given', () => {
    expect(payloadOf({ payload: { a: 1 } })).toEqual({ a: 1 });
  });

  it('shows other keys of the body at rest_data and beside, without replacing a key of the payload', () => {
    expect(payloadOf({ payload: { a: 1 }, a: 2, b: 3 })).toEqual({ a: 1, b: 3, rest_data: { a: 2, b: 3 } });
  });

  it('keeps a rest_data of the caller', () => {
    expect(payloadOf({ payload: { rest_data: { x: 1 } }, b: 3 })).toEqual({ b: 3, rest_data: { x: 1, b: 3 } });
    expect(payloadOf({ payload: { rest_data: 'text' }, b: 3 })).toEqual({ b: 3, rest_data: 'text' });
    expect(payloadOf({ rest_data: 5 })).toEqual({ rest_data: { rest_data: 5 } });
  });

  it('are the params too, for the inputs of the service', () => {
    expect(toRunRequest({ ...base, payload: { a: 1 }, b: 2 } as never, 'seed').params).toEqual({ a: 1, b: 2 });
  });
});
