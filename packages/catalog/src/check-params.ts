import { type InputSchemas, pointerPart } from '@runyard/contracts';
import {
  type CatalogView,
  endpointNamed,
  type FieldError,
  type JsonObject,
  type JsonSchema,
  type JsonValue,
  type Service,
} from '@runyard/domain';
import type { CatalogDocument, CatalogProblem } from './catalog-document.ts';
import { callsOf, isTemplate } from './placed-steps.ts';
import { type ServicesByName, servicesByName } from './services-by-name.ts';

/** What a definition gives to the service that it runs. */
interface Call {
  readonly endpoint?: string | undefined;
  readonly params: JsonObject;
  /** Texts in the params are templates: what they give is known when the run is accepted. */
  readonly hasTemplates: boolean;
}

interface Checking {
  readonly services: ServicesByName;
  readonly inputs: InputSchemas;
  readonly decoratorSchema: (name: string) => JsonSchema | undefined;
}

/** Params that stand in schedules and steps, and that the service they are for does not take. */
export function checkParams(
  documents: readonly CatalogDocument[],
  view: CatalogView | undefined,
  inputs: InputSchemas,
): CatalogProblem[] {
  const checking: Checking = {
    services: servicesByName(documents, view),
    inputs,
    decoratorSchema: (name) => {
      const written = documents.find(({ kind, document }) => kind === 'decorator' && document.name === name);
      return written?.kind === 'decorator' ? written.document.schema : view?.get('decorator', name)?.item.schema;
    },
  };
  return documents.flatMap((item) => {
    if (item.kind === 'schedule') {
      const { service, endpoint, params = {} } = item.document;
      return wrongParams(service, { endpoint, params, hasTemplates: false }, '/params', item.at, checking);
    }
    if (item.kind !== 'service') return [];
    return callsOf(item.document).flatMap(({ step, pointer }) => {
      const call = { endpoint: step.endpoint, params: step.params, hasTemplates: true };
      return wrongParams(step.service, call, `${pointer}/params`, item.at, checking);
    });
  });
}

function wrongParams(
  name: string,
  call: Call,
  pointer: string,
  at: CatalogDocument['at'],
  checking: Checking,
): CatalogProblem[] {
  const service = checking.services.find(name);
  if (!service) return [];
  return errorsOf(service, call, checking).map(({ path, message }) => ({ ...at(`${pointer}${path}`), message }));
}

function errorsOf(service: Service, call: Call, { inputs, decoratorSchema }: Checking): readonly FieldError[] {
  let { params } = call;
  const endpoint = call.endpoint === undefined ? undefined : endpointNamed(service, call.endpoint);
  // That it is not there is told at its own place.
  if (call.endpoint !== undefined && !endpoint) return [];
  const open = call.hasTemplates ? Object.keys(params).filter((key) => hasTemplate(params[key])) : [];
  if (endpoint) {
    const read = inputs.parameters(endpoint, params);
    const isOpen = new Set(open.filter((key) => endpoint.parameters.some((parameter) => parameter.name === key)));
    const errors = read.errors.filter(({ path }) => ![...isOpen].some((key) => path === `/${pointerPart(key)}`));
    if (errors.length > 0) return errors;
    ({ params } = read);
  }
  // A rule may be about several params together: with one of them open, nothing is sure.
  if (open.length > 0) return [];
  const schema = service.decorator === undefined ? service.inputs : decoratorSchema(service.decorator);
  // A schema that cannot be used is told where it stands.
  if (schema === undefined || inputs.problem(schema) !== null) return [];
  return inputs.validate(schema, params).errors;
}

function hasTemplate(value: JsonValue | undefined): boolean {
  if (typeof value === 'string') return isTemplate(value);
  return typeof value === 'object' && value !== null && Object.values(value).some(hasTemplate);
}
