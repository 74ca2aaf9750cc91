import {
  AppError,
  type CatalogView,
  type Endpoint,
  endpointNamed,
  type ErrorCode,
  isAppError,
  type Service,
  serviceBySlug,
} from '@runyard/domain';
import { networkOf } from '@runyard/identity';
import type { Request } from 'express';
import type { GatewayDependencies } from '../gateway-dependencies.ts';
import type { Call } from '../route.ts';
import { GuessLimit } from './guess-limit.ts';

export interface FoundEndpoint {
  readonly service: Service;
  readonly endpoint: Endpoint;
  /** Who may do what, at the revision in which they were found. */
  readonly view: CatalogView;
}

type FindEndpoint = (call: Pick<Call, 'request' | 'params'>) => Promise<FoundEndpoint>;

/**
 * What an address means. Who has shown who he is gets SERVICE_NOT_FOUND or ENDPOINT_NOT_FOUND with a text that helps. All
 * others get one answer whatever is missing, and a limited number of them, so that nobody learns by trying which services
 * there are: RATE_LIMITED, also for addresses that mean something.
 */
export function createFindEndpoint(deps: GatewayDependencies): FindEndpoint {
  const guesses = new GuessLimit(deps.callLimiter, deps.clock);
  return async ({ request, params }) => {
    const view = await deps.catalog.view();
    const { slug = '', endpoint: name = '' } = params;
    const client = networkOf(request.ip ?? '');
    const service = serviceBySlug(view, slug)?.item;
    const endpoint = service && endpointNamed(service, name);
    if (service && endpoint) {
      if (guesses.isOver(client) && !(await isKnown(deps, request))) throw guesses.refusal(client);
      return { service, endpoint, view };
    }
    const isHelped = await isKnown(deps, request);
    if (isHelped) throw service ? noEndpoint(service, name) : noService(`/api/services/${slug.slice(0, 200)}`);
    await guesses.count(client);
    throw noService(`/api/services/${slug.slice(0, 200)}/${name.slice(0, 200)}`);
  };
}

function noService(address: string): AppError {
  return new AppError('SERVICE_NOT_FOUND', `There is no service at ${address}.`);
}

function noEndpoint({ name: service }: Service, name: string): AppError {
  const detail = `The service '${service}' has no endpoint with the name '${name.slice(0, 200)}'.`;
  return new AppError('ENDPOINT_NOT_FOUND', detail);
}

const UNKNOWN_CALLER: ReadonlySet<ErrorCode> = new Set([
  'CREDENTIALS_MISSING',
  'CREDENTIALS_WRONG',
  'PERMISSION_DENIED',
  'TOO_MANY_LOGINS',
]);

async function isKnown({ authenticate }: GatewayDependencies, request: Request): Promise<boolean> {
  try {
    await authenticate(request);
    return true;
  } catch (error) {
    if (isAppError(error) && UNKNOWN_CALLER.has(error.code)) return false;
    throw error;
  }
}
