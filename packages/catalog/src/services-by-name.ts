import { type ServiceDocument, toService } from '@runyard/contracts';
import { type CatalogView, type Service, serviceBySlug } from '@runyard/domain';
import type { CatalogDocument } from './catalog-document.ts';

/** Services as they would be once the documents are written. */
export interface ServicesByName {
  /** The service with this name, else the one with this slug. */
  find(nameOrSlug: string): Service | undefined;
}

type ServiceView = Parameters<typeof serviceBySlug>[0];

/** Looks services up in the documents before the view. Slugs are gathered when the first one is asked for. */
export function servicesByName(documents: readonly CatalogDocument[], view: CatalogView | undefined): ServicesByName {
  const written = new Map<string, ServiceDocument>();
  for (const item of documents) if (item.kind === 'service') written.set(item.document.name, item.document);
  const named = (name: string): Service | undefined => {
    const document = written.get(name);
    return document ? toService(document) : view?.get('service', name)?.item;
  };
  const union = {
    names: () => [...new Set([...(view?.names('service') ?? []), ...written.keys()])],
    get: (_: 'service', name: string) => ({ item: named(name) }),
  } as unknown as ServiceView;
  return { find: (nameOrSlug) => named(nameOrSlug) ?? serviceBySlug(union, nameOrSlug)?.item };
}
