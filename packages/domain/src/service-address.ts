import type { CatalogView, Versioned } from './catalog.ts';
import { type Endpoint, slugOf } from './endpoint.ts';
import type { Service } from './service.ts';

type Addressed = Pick<Service, 'slug'> & { readonly endpoints?: readonly unknown[] };

/** True for a service that is meant to be called by its slug: its slug is the only one of its kind. */
export function hasAddress({ slug, endpoints = [] }: Addressed): boolean {
  return slug !== undefined || endpoints.length > 0;
}

type ServiceView = Pick<CatalogView, 'get' | 'names'>;

const namesByView = new WeakMap<ServiceView, ReadonlyMap<string, string>>();

/** The service with this slug, be it its own or made from its name; undefined when there is none. */
export function serviceBySlug(view: ServiceView, slug: string): Versioned<Service> | undefined {
  let names = namesByView.get(view);
  if (!names) namesByView.set(view, (names = namesBySlug(view)));
  const name = names.get(slug);
  return name === undefined ? undefined : view.get('service', name);
}

/** Services without an address may share a slug that nobody chose; one with an address goes before them. */
function namesBySlug(view: ServiceView): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  const chosen = new Map<string, string>();
  for (const name of view.names('service')) {
    const service = view.get('service', name)?.item;
    if (!service) continue;
    const slug = slugOf(service);
    if (hasAddress(service)) chosen.set(slug, name);
    else if (!names.has(slug)) names.set(slug, name);
  }
  const all = new Map([...names, ...chosen]);
  all.delete('');
  return all;
}

/** The endpoint of a service with this name; undefined when it has none. */
export function endpointNamed({ endpoints = [] }: Pick<Service, 'endpoints'>, name: string): Endpoint | undefined {
  return endpoints.find((endpoint) => endpoint.name === name);
}
