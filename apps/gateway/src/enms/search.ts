import { AppError, type JsonObject, type JsonValue } from '@runyard/domain';
import type { GatewayDependencies } from '../gateway-dependencies.ts';
import { sendJson } from '../http/send.ts';
import { checkPermission } from '../http/admit.ts';
import { type Call, callerOf, type Handler } from '../route.ts';
import { instanceTypeOf } from './instance-type.ts';
import { instancesOf, OBJECTS_MAX, textOf } from './query.ts';
import { resultsOfRun, runsFound } from './search-runs.ts';

interface SearchBody {
  readonly type: string;
  readonly columns?: readonly string[];
  readonly search_criteria?: JsonObject;
  readonly start?: number;
  readonly maximum_return_records?: number;
}

/** The schema of a search. */
export const searchSchema = {
  type: 'object',
  description: 'What to look for.',
  properties: {
    type: { type: 'string', maxLength: 100, description: 'device, pool, service, run or result.' },
    columns: { type: 'array', maxItems: 200, items: { type: 'string' }, description: 'Keys to give; all when absent.' },
    search_criteria: {
      type: 'object',
      maxProperties: 100,
      description: 'Values by key; `<key>_filter` is inclusion (the default) or equality.',
    },
    start: { type: 'integer', minimum: 0, description: 'Objects to leave out at the beginning.' },
    maximum_return_records: { type: 'integer', minimum: 0, maximum: OBJECTS_MAX, description: 'Objects at most; 100.' },
  },
  required: ['type'],
  additionalProperties: false,
} as const;

const RECORDS = 100;

/** `POST /rest/search`. */
export function search(deps: GatewayDependencies): Handler {
  return async (call) => {
    const { body, response } = call;
    const wanted = body as unknown as SearchBody;
    await checkMaySearch(deps, call, wanted.type);
    const { columns, search_criteria: criteria = {}, start = 0, maximum_return_records: limit = RECORDS } = wanted;
    const test = compileCriteria(criteria);
    const { services } = callerOf(call);
    const isReached = (object: JsonObject) => !services || services.includes(textOf(object['service_name']) ?? '');
    const found: JsonObject[] = [];
    let skipped = 0;
    for await (const object of await objectsOf(deps, wanted.type, criteria)) {
      if (found.length >= limit) break;
      if (!isReached(object) || !test(object)) continue;
      if (skipped < start) skipped += 1;
      else found.push(columns ? pick(object, columns) : object);
    }
    sendJson(response, 200, found);
  };
}

/** Rejects with PERMISSION_DENIED for who may not see such objects. */
function checkMaySearch(deps: GatewayDependencies, call: Call, type: string): Promise<void> {
  const permission = type === 'run' || type === 'result' ? 'run:read' : 'catalog:read';
  return checkPermission(deps, call.request, callerOf(call), permission);
}

type Objects = AsyncIterable<JsonObject> | Iterable<JsonObject>;

async function objectsOf({ catalog, runs }: GatewayDependencies, type: string, criteria: JsonObject): Promise<Objects> {
  if (type === 'run') return runsFound(runs, criteria);
  if (type === 'result') return resultsOfRun(runs, criteria['parent_runtime']);
  return instancesOf(await catalog.view(), instanceTypeOf(type));
}

function compileCriteria(criteria: JsonObject): (object: JsonObject) => boolean {
  const tests = Object.entries(criteria)
    .filter(([key]) => !key.endsWith('_filter'))
    .map(([key, value]) => compileCriterion(key, value, criteria[`${key}_filter`] ?? 'inclusion'));
  return (object) => tests.every((test) => test(object));
}

function compileCriterion(
  key: string,
  value: JsonValue | undefined,
  filter: JsonValue,
): (object: JsonObject) => boolean {
  const wanted = textOf(value) ?? '';
  if (filter === 'equality') return (object) => textOf(object[key]) === wanted;
  if (filter === 'inclusion') return (object) => textOf(object[key])?.includes(wanted) ?? false;
  // A pattern of any caller could keep the process busy for ever.
  const message = 'must be inclusion or equality; patterns are for the rules of pools';
  throw new AppError('BODY_INVALID', `/search_criteria/${key}_filter ${message}`.slice(0, 300), {
    errors: [{ path: `/search_criteria/${key.slice(0, 100)}_filter`, message }],
  });
}

function pick(object: JsonObject, columns: readonly string[]): JsonObject {
  return Object.fromEntries(columns.map((key) => [key, Object.hasOwn(object, key) ? object[key] : null]));
}
