import { AppError, type Door, type InputValidator, type Service } from '@runyard/domain';
import type { RunRequest } from './run-request.ts';

/** Doors through which nobody sends a body: only endpoints with GET are called by them. */
const WITHOUT_BODY: ReadonlySet<Door> = new Set<Door>(['step', 'schedule']);

/**
 * The request with the parameters that the endpoint declares as its params: of their types, with defaults. Throws
 * ENDPOINT_NOT_FOUND, ENDPOINT_METHOD_NOT_ALLOWED or PARAMETER_INVALID.
 */
export function callEndpoint(inputs: InputValidator, service: Service, request: RunRequest, door: Door): RunRequest {
  if (request.endpoint === undefined) return request;
  const endpoint = service.endpoints?.find(({ name }) => name === request.endpoint);
  if (!endpoint) {
    const names = (service.endpoints ?? []).map(({ name }) => `'${name}'`).join(', ') || 'none';
    throw new AppError(
      'ENDPOINT_NOT_FOUND',
      `The service '${service.name}' has no endpoint '${request.endpoint}'; it has ${names}.`,
    );
  }
  if (WITHOUT_BODY.has(door) && !endpoint.methods.includes('GET')) {
    throw new AppError(
      'ENDPOINT_METHOD_NOT_ALLOWED',
      `The endpoint '${endpoint.name}' of '${service.name}' takes ${endpoint.methods.join(', ')}; steps and schedules only call those with GET. A body is posted by an http-request step.`,
    );
  }
  const { params, errors } = inputs.parameters(endpoint, request.params);
  if (errors.length > 0) {
    const [first] = errors;
    throw new AppError('PARAMETER_INVALID', `The parameter ${first?.path.slice(1)} ${first?.message}.`, { errors });
  }
  // A call without a body has the params as its payload too, like one of the service itself.
  const payload = request.payload === request.params ? params : request.payload;
  return { ...request, params, payload };
}
