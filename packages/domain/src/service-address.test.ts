import { describe, expect, it } from '@jest/globals';
import { slugOf } from './endpoint.ts';
import type { CatalogView } from './catalog.ts';
import { SERVICE_DEFAULTS, type Service } from './service.ts';
import { serviceBySlug } from './service-address.ts';

function viewOf(...services: (Partial<Service> & { name: string })[]): Pick<CatalogView, 'get' | 'names'> {
  const items = new Map(
    services.map((service) => [service.name, { ...SERVICE_DEFAULTS, type: 'no-op', settings: {}, ...service }]),
  );
  return {
    names: () => [...items.keys()].sort(),
    get: (_kind, name) => {
      const item = items.get(name);
      return item && ({ item, version: 1, updatedAtMs: 0 } as never);
    },
  };
}

const endpoints = [{ name: 'e', methods: ['GET'] as const, parameters: [] }];

describe('the slug of a service', () => {
  it.each([
    ['oauth', 'oauth'],
    ['Show version (IOS)', 'show-version-ios'],
    ['--a--', 'a'],
    ['日本', ''],
  ])('of %j is %j', (name, slug) => expect(slugOf({ name })).toBe(slug));

  it('is the one that it has, before one that is made from its name', () => {
    const view = viewOf({ name: 'OAuth tokens', slug: 'oauth', endpoints }, { name: 'oauth' });
    expect(serviceBySlug(view, 'oauth')?.item.name).toBe('OAuth tokens');
    expect(serviceBySlug(view, 'oauth-tokens')).toBeUndefined();
  });

  it('finds a service with endpoints before others whose names give the same', () => {
    const view = viewOf({ name: 'A b' }, { name: 'a-b', endpoints }, { name: 'a b' });
    expect(serviceBySlug(view, 'a-b')?.item.name).toBe('a-b');
  });

  it('that is empty finds nothing', () => {
    expect(serviceBySlug(viewOf({ name: '日本', endpoints }), '')).toBeUndefined();
  });
});
