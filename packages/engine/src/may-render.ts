import type { Service } from '@runyard/domain';

const known = new WeakMap<Service, boolean>();

/** False when no text of its settings is a template, so that running it renders nothing. Found once for each service. */
export function mayRender(service: Service): boolean {
  let found = known.get(service);
  if (found === undefined) known.set(service, (found = /\{\{|\{%/.test(JSON.stringify(service.settings))));
  return found;
}
