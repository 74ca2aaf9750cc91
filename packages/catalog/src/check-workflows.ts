import { closest, pointerPart, readParameters } from '@runyard/contracts';
import {
  type CatalogView,
  endpointNamed,
  type FieldError,
  graphProblems,
  type JsonValue,
  type RunServiceStep,
  type Service,
} from '@runyard/domain';
import type { CatalogDocument, CatalogProblem } from './catalog-document.ts';
import { isTemplate, type PlacedStep, placedSteps, workflowOf } from './placed-steps.ts';
import { type ServicesByName, servicesByName } from './services-by-name.ts';

/** What is wrong with a text that is evaluated when a run is in work; null when nothing can be said against it. */
export interface TextProblems {
  readonly expression: (text: string) => string | null;
  readonly template: (text: string) => string | null;
}

type ServiceItem = Extract<CatalogDocument, { kind: 'service' }>;

/**
 * Checks what the schema cannot know of workflows: edges to nothing, circles and steps that nothing leads to, endpoints
 * that cannot be called, texts that cannot be evaluated; and services without what a stored workflow calls in them.
 */
export function checkWorkflows(
  documents: readonly CatalogDocument[],
  view: CatalogView | undefined,
  texts: TextProblems | undefined,
): CatalogProblem[] {
  const written = documents.filter((item) => item.kind === 'service');
  if (written.length === 0) return [];
  const services = servicesByName(documents, view);
  return [
    ...written.flatMap((item) => [
      ...wrongGraph(item),
      ...wrongCalls(item, services),
      ...(texts ? wrongTexts(item, texts) : []),
    ]),
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
    if (message !== null) return [{ ...at(`${pointer}/endpoint`), message }];
    return wrongParams(step, service).map((error) => ({
      ...at(`${pointer}/params${error.path}`),
      message: error.message,
    }));
  });
}

/** Params that the endpoint does not take. What a template gives is known when the run is accepted. */
function wrongParams({ endpoint: name, params }: RunServiceStep, service: Service): readonly FieldError[] {
  const endpoint = name === undefined ? undefined : endpointNamed(service, name);
  if (!endpoint) return [];
  const written = Object.entries(params).filter((entry): entry is [string, JsonValue] => entry[1] !== undefined);
  const { errors } = readParameters(endpoint, Object.fromEntries(written));
  const open = new Set(written.filter(([, value]) => textsIn(value).length > 0).map(([key]) => `/${pointerPart(key)}`));
  const declared = new Set(endpoint.parameters.map((parameter) => `/${pointerPart(parameter.name)}`));
  return errors.filter(({ path }) => !open.has(path) || !declared.has(path));
}

interface PlacedCall {
  readonly step: RunServiceStep;
  readonly pointer: string;
}

/** The steps that run another service. */
function callsOf(service: Parameters<typeof placedSteps>[0]): PlacedCall[] {
  return placedSteps(service).flatMap(({ step, pointer }) => (step.type === 'run-service' ? [{ step, pointer }] : []));
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

function wrongTexts({ document, at }: ServiceItem, texts: TextProblems): CatalogProblem[] {
  const problems: CatalogProblem[] = [];
  const look = (kind: keyof TextProblems, text: string | undefined, pointer: string): void => {
    const problem = text === undefined ? null : texts[kind](text);
    const what = kind === 'expression' ? 'is no expression of JSONata' : 'is no template';
    if (problem !== null) problems.push({ ...at(pointer), message: `${what}: ${problem}` });
  };
  look('expression', workflowOf(document)?.result, '/result');
  for (const placed of placedSteps(document)) {
    for (const [pointer, text] of expressionsOf(placed)) look('expression', text, pointer);
    for (const [pointer, text] of templatesOf(placed)) look('template', text, pointer);
  }
  return problems;
}

type PlacedText = readonly [pointer: string, text: string];

function expressionsOf({ step, pointer }: PlacedStep): PlacedText[] {
  const vars = Object.entries(step.result ?? {}).map(([name, text]) => [`${pointer}/result/${name}`, text] as const);
  if (step.type === 'if') return [...vars, [`${pointer}/when`, step.when]];
  if (step.type === 'for-each' && typeof step.values === 'string') return [...vars, [`${pointer}/values`, step.values]];
  return vars;
}

function templatesOf({ step, pointer }: PlacedStep): PlacedText[] {
  switch (step.type) {
    case 'approve':
      return [[`${pointer}/message`, step.message]];
    case 'work':
      return step.service.skip ? [[`${pointer}/skip/when`, step.service.skip.when]] : [];
    case 'run-service':
      return [
        ...textsIn(step.params).map((text) => [`${pointer}/params`, text] as const),
        ...(step.devices ?? []).map((text, index) => [`${pointer}/devices/${index}`, text] as const),
      ];
    default:
      return [];
  }
}

/** The templates in a value, however deep. */
function textsIn(value: JsonValue | undefined): string[] {
  if (typeof value === 'string') return isTemplate(value) ? [value] : [];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(textsIn);
}
