import { closest, CREDENTIAL_SECRETS, FIELD_ERRORS_MAX, type InputSchemas } from '@runyard/contracts';
import { type CatalogKind, type CatalogView, compilePoolRule, DEFAULT_CLUSTER, type JsonSchema } from '@runyard/domain';
import { type CatalogDocument, type CatalogProblem, placeText } from './catalog-document.ts';
import { checkEndpoints } from './check-endpoints.ts';
import { checkParams } from './check-params.ts';
import { checkTexts, type TextProblems } from './check-texts.ts';
import { checkWorkflows } from './check-workflows.ts';
import { type Reference, referencesOf } from './references.ts';
import { isSameJson } from './same-json.ts';
import { type ServicesByName, servicesByName } from './services-by-name.ts';

/** What is wrong with the address of a receiver; null when nothing can be said against it. */
export type CallbackProblem = (url: string) => string | null;

interface CheckOptions {
  /** What is there already; without it the documents must be complete by themselves. */
  readonly view?: CatalogView;
  readonly inputs: InputSchemas;
  /** References to nothing go here, and are no problem then. */
  readonly dangling?: CatalogProblem[];
  /** Absent: any address may be called. */
  readonly callbackProblem?: CallbackProblem | undefined;
  /** Absent: nobody looks at the texts. */
  readonly texts?: TextProblems | undefined;
}

type Wanted = ReadonlyMap<CatalogKind, ReadonlyMap<string, CatalogDocument>>;

interface Union {
  readonly has: (reference: Reference) => boolean;
  /** Names that may have been meant. */
  readonly names: (kind: CatalogKind) => readonly string[];
  readonly jump: (device: string) => string | undefined;
}

const JUMPS_MAX = 10;
/** Names among which "did you mean" looks; a fleet is larger than anybody's patience. */
const CANDIDATES_MAX = 20_000;

/**
 * Checks what one item cannot know of the others: names that are there twice, references to nothing, jump hosts that
 * lead back, inputs that are no schema, rules that do not compile, endpoints that clash, workflows that cannot run, params that are not taken,
 * texts that cannot be evaluated. What is in the view already counts as there.
 */
export function checkCatalog(
  documents: readonly CatalogDocument[],
  { view, inputs, dangling, callbackProblem, texts }: CheckOptions,
): CatalogProblem[] {
  const problems: CatalogProblem[] = [];
  const wanted = byName(documents, problems);
  const union = unionOf(wanted, view, servicesByName(documents, view));
  for (const item of documents) {
    // More than are shown get no hint: looking for one goes through all names.
    (dangling ?? problems).push(...danglingReferences(item, union, problems.length < FIELD_ERRORS_MAX));
    problems.push(...keptWithoutValue(item, view));
    if (item.kind === 'device') problems.push(...wrongJump(item, union));
    if (item.kind === 'pool') problems.push(...wrongRule(item));
    problems.push(...wrongInputs(item, inputs, view));
    if (item.kind === 'service' && callbackProblem) problems.push(...wrongWebhooks(item, callbackProblem));
  }
  problems.push(...checkEndpoints(documents, view));
  problems.push(...checkWorkflows(documents, view));
  problems.push(...checkParams(documents, view, inputs));
  if (texts) problems.push(...checkTexts(documents, texts));
  return problems;
}

function byName(documents: readonly CatalogDocument[], problems: CatalogProblem[]): Wanted {
  const wanted = new Map<CatalogKind, Map<string, CatalogDocument>>();
  for (const item of documents) {
    const names = wanted.get(item.kind) ?? new Map<string, CatalogDocument>();
    wanted.set(item.kind, names);
    const { name } = item.document;
    const first = names.get(name);
    if (first === undefined) names.set(name, item);
    else {
      const message = `the ${item.kind} \`${name}\` is there twice: first in ${placeText(first.at('/name'))}`;
      problems.push({ ...item.at('/name'), message });
    }
  }
  return wanted;
}

function unionOf(wanted: Wanted, view: CatalogView | undefined, services: ServicesByName): Union {
  const document = (kind: CatalogKind, name: string) => wanted.get(kind)?.get(name);
  return {
    has: ({ kind, name, isSlug = false }) =>
      document(kind, name) !== undefined ||
      view?.get(kind, name) !== undefined ||
      (kind === 'cluster' && name === DEFAULT_CLUSTER) ||
      (isSlug && services.find(name) !== undefined),
    names: (kind) => [
      ...(kind === 'cluster' ? [DEFAULT_CLUSTER] : []),
      ...(wanted.get(kind)?.keys() ?? []),
      ...(view?.names(kind) ?? []),
    ],
    jump: (device) => {
      const found = document('device', device);
      if (found?.kind === 'device') return found.document.ssh?.jump;
      return view?.get('device', device)?.item.ssh?.jump;
    },
  };
}

function danglingReferences(item: CatalogDocument, union: Union, hasHints: boolean): CatalogProblem[] {
  const references: Reference[] = referencesOf(item.kind, item.document as never);
  return references
    .filter((reference) => !union.has(reference))
    .map(({ kind, name, pointer }, index) => {
      const candidates = hasHints && index < FIELD_ERRORS_MAX ? union.names(kind).slice(0, CANDIDATES_MAX) : [];
      return { ...item.at(pointer), message: danglingText(kind, name, candidates) };
    });
}

function danglingText(kind: CatalogKind, name: string, candidates: readonly string[]): string {
  const meant = closest(name, candidates);
  const hint = meant === undefined ? '' : `; did you mean \`${meant}\`?`;
  if (kind !== 'cluster' || hint !== '') return `there is no ${kind} \`${name}\`${hint}`;
  return `there is no cluster \`${name}\`; declare it: clusters: [{name: ${name}}]`;
}

function wrongJump(item: Extract<CatalogDocument, { kind: 'device' }>, union: Union): CatalogProblem[] {
  const { name } = item.document;
  const chain = [name];
  for (let next = union.jump(name); next !== undefined; next = union.jump(next)) {
    chain.push(next);
    const isRound = next === name;
    // A circle that this device only leads into is told at the devices in it.
    if (!isRound && chain.length > JUMPS_MAX) break;
    if (isRound) return [{ ...item.at('/ssh/jump'), message: `jumps in a circle: ${chain.join(' → ')}` }];
  }
  return [];
}

function wrongRule(item: Extract<CatalogDocument, { kind: 'pool' }>): CatalogProblem[] {
  if (!item.document.rule) return [];
  try {
    compilePoolRule(item.document.rule);
    return [];
  } catch (error) {
    return [{ ...item.at('/rule'), message: error instanceof Error ? error.message : 'is not valid' }];
  }
}

function wrongWebhooks(
  item: Extract<CatalogDocument, { kind: 'service' }>,
  problemOf: CallbackProblem,
): CatalogProblem[] {
  return (item.document.webhooks ?? []).flatMap(({ url }, index) => {
    const message = problemOf(url);
    return message === null ? [] : [{ ...item.at(`/webhooks/${index}/url`), message }];
  });
}

function wrongInputs(item: CatalogDocument, inputs: InputSchemas, view: CatalogView | undefined): CatalogProblem[] {
  if (item.kind !== 'service' && item.kind !== 'decorator') return [];
  const { name } = item.document;
  const isService = item.kind === 'service';
  const schema: JsonSchema | undefined = isService ? item.document.inputs : item.document.schema;
  const stored = isService ? view?.get('service', name)?.item.inputs : view?.get('decorator', name)?.item.schema;
  // What is stored was read before, and reading thousands of schemas takes long.
  if (schema === undefined || isSameJson(schema, stored)) return [];
  const problem = inputs.problem(schema);
  return problem === null ? [] : [{ ...item.at(isService ? '/inputs' : '/schema'), message: `the inputs ${problem}` }];
}

/** Values that are to stay as they are stored, of which none is. */
export function keptWithoutValue(item: CatalogDocument, view: CatalogView | undefined): CatalogProblem[] {
  if (item.kind !== 'credential' && item.kind !== 'secret') return [];
  const keys = item.kind === 'secret' ? ['value'] : CREDENTIAL_SECRETS;
  const written = item.document as unknown as Readonly<Record<string, unknown>>;
  const stored = view?.get(item.kind, item.document.name)?.item as Readonly<Record<string, unknown>> | undefined;
  return keys
    .filter((key) => isKept(written[key]) && stored?.[key] === undefined)
    .map((key) => ({ ...item.at(`/${key}`), message: 'there is no stored value to keep' }));
}

function isKept(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'kept' in value;
}
