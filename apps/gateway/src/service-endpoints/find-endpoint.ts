import { AppError, type CatalogView, type Endpoint, endpointNamed, type Service, serviceBySlug } from '@runyard/domain';

export interface FoundEndpoint {
  readonly service: Service;
  readonly endpoint: Endpoint;
  /** Who may do what, at the revision in which they were found. */
  readonly view: CatalogView;
}

/** What an address means. Throws SERVICE_NOT_FOUND or ENDPOINT_NOT_FOUND. */
export function findEndpoint(
  view: CatalogView,
  { slug = '', endpoint: name = '' }: Record<string, string>,
): FoundEndpoint {
  const service = serviceBySlug(view, slug)?.item;
  if (!service) throw new AppError('SERVICE_NOT_FOUND', `There is no service at /api/services/${slug.slice(0, 200)}.`);
  const endpoint = endpointNamed(service, name);
  if (endpoint) return { service, endpoint, view };
  throw new AppError(
    'ENDPOINT_NOT_FOUND',
    `The service '${service.name}' has no endpoint with the name '${name.slice(0, 200)}'.`,
  );
}
