import { AppError, type CatalogView, type JsonSchema, type Service } from '@runyard/domain';

/**
 * The schema by which params of a service are checked now: its own, or that of its decorator. Undefined when it takes
 * anything. Throws CATALOG_ITEM_NOT_FOUND when the decorator is gone: nobody knows then what is right.
 */
export function inputsOf(service: Service, view: Pick<CatalogView, 'get'>): JsonSchema | undefined {
  if (service.decorator === undefined) return service.inputs;
  const decorator = view.get('decorator', service.decorator);
  if (decorator) return decorator.item.schema;
  const detail = `The service '${service.name}' needs the decorator '${service.decorator}', which is not there.`;
  throw new AppError('CATALOG_ITEM_NOT_FOUND', detail);
}
