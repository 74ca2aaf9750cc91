import { closest, parameterProblem } from '@runyard/contracts';
import { type CatalogView, type EndpointParameter, hasAddress, type Schedule, slugOf } from '@runyard/domain';
import { type CatalogDocument, type CatalogProblem, placeText } from './catalog-document.ts';

type DocumentOf<Kind extends CatalogDocument['kind']> = Extract<CatalogDocument, { kind: Kind }>;
type ServiceDocument = DocumentOf<'service'>['document'];
type Written = Pick<ServiceDocument, 'name' | 'slug' | 'endpoints'>;

/** Endpoints of each service: what is written in the documents before what is there already. */
interface Services {
  readonly documents: ReadonlyMap<string, DocumentOf<'service'>>;
  readonly view: CatalogView | undefined;
}

/**
 * Checks what is reached from outside: slugs that two services would share, endpoints and parameters that are there
 * twice, values that are none of their parameter, and schedules that call an endpoint which is not there or has no GET.
 */
export function checkEndpoints(documents: readonly CatalogDocument[], view: CatalogView | undefined): CatalogProblem[] {
  const written = documents.filter((item) => item.kind === 'service');
  const schedules = documents.filter((item) => item.kind === 'schedule');
  if (written.length === 0 && schedules.length === 0) return [];
  const services = { documents: new Map(written.map((item) => [item.document.name, item])), view };
  return [
    ...wrongSlugs(written, services),
    ...written.flatMap(wrongEndpoints),
    ...schedules.flatMap((item) => wrongCall(item, services)),
    ...brokenSchedules(schedules, services),
  ];
}

/** A slug that nobody chose and nobody calls may be there twice: it is only in the way of one with an address. */
function wrongSlugs(written: readonly DocumentOf<'service'>[], { documents, view }: Services): CatalogProblem[] {
  const holders = new Map<string, Written[]>();
  const hold = (service: Written): void => {
    const known = holders.get(slugOf(service));
    if (known) known.push(service);
    else holders.set(slugOf(service), [service]);
  };
  for (const name of view?.names('service') ?? []) {
    const stored = view?.get('service', name)?.item;
    if (stored && !documents.has(name)) hold(stored as unknown as Written);
  }
  for (const { document } of documents.values()) hold(document);
  return written.flatMap((item) => {
    const { document, at } = item;
    const slug = slugOf(document);
    const place = at(document.slug === undefined ? '/name' : '/slug');
    if (slug === '' && hasAddress(document)) {
      return [{ ...place, message: 'gives no address, because it has no letter a-z and no digit; add a slug' }];
    }
    const isInTheWay = (other: Written) => other.name !== document.name && (hasAddress(document) || hasAddress(other));
    const other = slug === '' ? undefined : holders.get(slug)?.find(isInTheWay);
    if (!other) return [];
    const first = documents.get(other.name);
    const where = first ? ` (${placeText(first.at(other.slug === undefined ? '/name' : '/slug'))})` : '';
    return [
      { ...place, message: `the slug \`${slug}\` is that of the service \`${other.name}\`${where}; choose another` },
    ];
  });
}

function wrongEndpoints({ document, at }: DocumentOf<'service'>): CatalogProblem[] {
  const endpoints = document.endpoints ?? [];
  const problems = twice(endpoints).map(({ name, index }) => ({
    ...at(`/endpoints/${index}/name`),
    message: `the service has two endpoints with the name \`${name}\``,
  }));
  for (const [index, { parameters = [] }] of endpoints.entries()) {
    const below = `/endpoints/${index}/parameters`;
    for (const { name, index: number } of twice(parameters)) {
      problems.push({ ...at(`${below}/${number}/name`), message: `the endpoint has two parameters \`${name}\`` });
    }
    for (const [number, parameter] of parameters.entries()) {
      for (const { pointer, message } of wrongValues(parameter)) {
        problems.push({ ...at(`${below}/${number}${pointer}`), message });
      }
    }
  }
  return problems;
}

function twice(items: readonly { readonly name: string }[]): { readonly name: string; readonly index: number }[] {
  const seen = new Set<string>();
  return items.flatMap(({ name }, index) => {
    if (seen.has(name)) return [{ name, index }];
    seen.add(name);
    return [];
  });
}

function wrongValues(parameter: EndpointParameter): { readonly pointer: string; readonly message: string }[] {
  const { enum: values = [], ...plain } = parameter;
  const wrong = values.flatMap((value, index) => {
    const message = parameterProblem(plain, value);
    return message === null ? [] : [{ pointer: `/enum/${index}`, message }];
  });
  if (wrong.length > 0 || parameter.default === undefined) return wrong;
  const message = parameterProblem(parameter, parameter.default);
  return message === null ? [] : [{ pointer: '/default', message }];
}

function endpointsOf(name: string, { documents, view }: Services) {
  const written = documents.get(name);
  if (written) return written.document.endpoints ?? [];
  return view?.get('service', name)?.item.endpoints;
}

type Call = Pick<Schedule, 'service' | 'endpoint'>;

/** What keeps a schedule from calling its endpoint; null when nothing does, or its service is not there at all. */
function callProblem({ service, endpoint }: Call, services: Services): string | null {
  const endpoints = endpoint === undefined ? undefined : endpointsOf(service, services);
  if (!endpoints) return null;
  const found = endpoints.find(({ name }) => name === endpoint);
  if (!found) {
    const meant = closest(
      endpoint ?? '',
      endpoints.map(({ name }) => name),
    );
    const hint = meant === undefined ? '' : `; did you mean \`${meant}\`?`;
    return `the service \`${service}\` has no endpoint \`${endpoint}\`${hint}`;
  }
  if (!found.methods || found.methods.includes('GET')) return null;
  const takes = found.methods.join(', ');
  return `the endpoint \`${endpoint}\` takes only ${takes}, and schedules call with GET (ENDPOINT_METHOD_NOT_ALLOWED)`;
}

function wrongCall({ document, at }: DocumentOf<'schedule'>, services: Services): CatalogProblem[] {
  const message = callProblem(document, services);
  return message === null ? [] : [{ ...at('/endpoint'), message }];
}

/** Schedules that are there and would be left without their endpoint. */
function brokenSchedules(schedules: readonly DocumentOf<'schedule'>[], services: Services): CatalogProblem[] {
  const { documents, view } = services;
  const written = new Set(schedules.map(({ document }) => document.name));
  return (view?.names('schedule') ?? []).flatMap((name) => {
    const schedule = view?.get('schedule', name)?.item;
    const service = schedule && documents.get(schedule.service);
    if (!schedule || !service || written.has(name)) return [];
    const message = callProblem(schedule, services);
    return message === null
      ? []
      : [{ ...service.at('/endpoints'), message: `${message}; the schedule \`${name}\` calls it` }];
  });
}
