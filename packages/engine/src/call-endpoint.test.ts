import { describe, expect, it } from '@jest/globals';
import type { Endpoint, InputValidator } from '@runyard/domain';
import { requestOf, sampleService } from '@runyard/testkit';
import { callEndpoint } from './call-endpoint.ts';

const REFRESH: Endpoint = { name: 'refresh', methods: ['GET'], parameters: [] };
const service = sampleService('oauth', {
  endpoints: [REFRESH, { name: 'push', methods: ['POST', 'PUT'], parameters: [] }],
});

/** Says what a validator would: that of the gateway has tests of its own. */
const inputs: InputValidator = {
  validate: (_, params) => ({ params, errors: [] }),
  parameters: (_, { n, ...rest }) =>
    n === 'x'
      ? { params: {}, errors: [{ path: '/n', message: 'must be an integer' }] }
      : { params: { ...rest, n: Number(n) }, errors: [] },
};
const params = { n: '7' };
const request = requestOf({ service: 'oauth', params, payload: params });

describe('a call of a service', () => {
  it('is left as it is when it names no endpoint', () => {
    expect(callEndpoint(inputs, service, request, 'native')).toBe(request);
  });

  it('has the parameters of its endpoint as params, and as payload when it had no other', () => {
    const called = callEndpoint(inputs, service, { ...request, endpoint: 'refresh' }, 'endpoint');
    expect(called).toMatchObject({ params: { n: 7 }, payload: { n: 7 } });
    const body = { config: 'acl' };
    const posted = callEndpoint(inputs, service, { ...request, payload: body, endpoint: 'push' }, 'endpoint');
    expect(posted).toMatchObject({ params: { n: 7 }, payload: body });
  });

  it('is refused for an endpoint that is not there, with those that are', () => {
    expect(() => callEndpoint(inputs, service, { ...request, endpoint: 'gone' }, 'native')).toThrow(
      "The service 'oauth' has no endpoint 'gone'; it has 'refresh', 'push'.",
    );
    expect(() => callEndpoint(inputs, sampleService('bare'), { ...request, endpoint: 'gone' }, 'native')).toThrow(
      'it has none.',
    );
  });

  it.each(['step', 'schedule'] as const)('is refused by a %s for an endpoint without GET', (door) => {
    expect(() => callEndpoint(inputs, service, { ...request, endpoint: 'push' }, door)).toThrow(
      expect.objectContaining({ code: 'ENDPOINT_METHOD_NOT_ALLOWED' }),
    );
    expect(callEndpoint(inputs, service, { ...request, endpoint: 'refresh' }, door).params).toEqual({ n: 7 });
  });

  it('is refused for a parameter that does not fit, by its name', () => {
    const wrong = { ...request, params: { n: 'x' }, endpoint: 'refresh' };
    expect(() => callEndpoint(inputs, service, wrong, 'endpoint')).toThrow('The parameter n must be an integer.');
  });
});
