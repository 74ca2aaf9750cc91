import { closest } from '@runyard/contracts';
import { type CatalogView, endpointNamed, graphProblems, type RunServiceStep, type Service } from '@runyard/domain';
import type { CatalogDocument, CatalogProblem } from './catalog-document.ts';
import { callsOf, workflowOf } from './placed-steps.ts';
import { type ServicesByName, servicesByName } from './services-by-name.ts';

type ServiceItem = Extract<CatalogDocument, { kind: 'service' }>;

/**
 * Checks what the schema cannot know of workflows: edges to nothing, circles and steps that nothing leads to, endpoints
 * that cannot be called; and services without what a stored workflow calls in them.
 */
export function checkWorkflows(documents: readonly CatalogDocument[], view: CatalogView | undefined): CatalogProblem[] {
  const written = documents.filter((item) => item.kind === 'service');
  if (written.length === 0) return [];
  const services = servicesByName(documents, view);
  return [
    ...written.flatMap((item) => [...wrongGraph(item), ...wrongCalls(item, services)]),
    ...brokenWorkflows(written, services, view),
  ];
}

function wrongGraph({ document, at }: ServiceItem): CatalogProblem[] {
  const workflow = workflowOf(document);
  if (!workflow) return [];
  return graphProblems(workflow.steps).map(({ index, key, message }) => ({ ...at(`/steps/${index}/${key}`), message }));
}

function wrongCalls({ document, at }: ServiceItem, services: ServicesByName): CatalogProblem[] {
  return callsOf(document).flatMap(({ step, pointer }) => {
    const service = services.find(step.service);
    if (!service) return [];
    const message = callProblem(step, service);
    return message === null ? [] : [{ ...at(`${pointer}/endpoint`), message }];
  });
}

/** Why the endpoint of a step cannot be called; null when it can, or when the service is run by itself. */
function callProblem({ endpoint: name }: RunServiceStep, service: Service): string | null {
  if (name === undefined) return null;
  const { endpoints = [] } = service;
  const endpoint = endpointNamed(service, name);
  if (!endpoint) {
    const meant = closest(
      name,
      endpoints.map((one) => one.name),
    );
    const hint = meant === undefined ? '' : `; did you mean \`${meant}\`?`;
    return `the service \`${service.name}\` has no endpoint \`${name}\`${hint}`;
  }
  if (endpoint.methods.includes('GET')) return null;
  const methods = endpoint.methods.join(' and ');
  return `the endpoint \`${name}\` takes only ${methods}, and steps call with GET (ENDPOINT_METHOD_NOT_ALLOWED); post a body with a step of the type \`http-request\``;
}

/** Workflows that are stored, and that a service would leave without what they call in it. */
function brokenWorkflows(
  written: readonly ServiceItem[],
  services: ServicesByName,
  view: CatalogView | undefined,
): CatalogProblem[] {
  const items = new Map(written.map((item) => [item.document.name, item]));
  const before = servicesByName([], view);
  return (view?.names('service') ?? []).flatMap((name) => {
    const stored = view?.get('service', name)?.item;
    if (!stored || items.has(name)) return [];
    return callsOf(stored).flatMap(({ step }) => {
      const called = before.find(step.service);
      const item = called && items.get(called.name);
      if (!item) return [];
      const after = services.find(step.service);
      if (!after) {
        return [{ ...item.at('/slug'), message: `the workflow \`${name}\` runs it by the slug \`${step.service}\`` }];
      }
      const message = callProblem(step, after);
      return message === null
        ? []
        : [{ ...item.at('/endpoints'), message: `${message}; the workflow \`${name}\` calls it` }];
    });
  });
}
