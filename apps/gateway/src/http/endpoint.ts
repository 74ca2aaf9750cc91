import { invalid } from '@runyard/contracts';
import { AppError, isJsonObject, type JsonValue } from '@runyard/domain';
import type { Request, RequestHandler } from 'express';
import type { MediaType, Route, RouteBody } from '../route.ts';
import type { Admit } from './admit.ts';
import type { Compile } from './check.ts';
import { parseForm } from './parse-form.ts';
import { parseJson } from './parse-json.ts';
import { hasBody, mediaTypeOf, readBody } from './read-body.ts';
import { checkOrigin } from './same-origin.ts';
import { createReadQuery, readAnyQuery, readLooseQuery, type ReadQuery } from './read-query.ts';

export interface EndpointDependencies {
  readonly admit: Admit;
  readonly compile: Compile;
  readonly bodyBytesMax: number;
}

/**
 * Makes the one handler of a route: who calls, may he, is the query right, is the body right, then the route's own.
 * Everything that can be compiled is compiled here, once.
 */
export function createEndpoint(route: Route, deps: EndpointDependencies): RequestHandler {
  const { access, handler } = route;
  if (access === 'service') return bareHandler(route);
  const readQuery = queryReader(route, deps);
  const bodyOf = route.body ? createBodyReader(route.body, deps) : null;
  return async (request, response) => {
    request.operation = route;
    checkOrigin(request);
    let caller = access === 'public' ? null : await deps.admit(request, access);
    const query = readQuery(request);
    const body = bodyOf ? await bodyOf(request) : undefined;
    // A body may take minutes to come, and rights that were taken away meanwhile must not count.
    if (access !== 'public' && body !== undefined) caller = await deps.admit(request, access);
    const params = request.params as Record<string, string>;
    const { principal = null, rightsRevision = null } = caller ?? {};
    await handler({ request, response, principal, rightsRevision, params, query, body });
  };
}

/** The handler sees the call as it came: in which order it is looked at depends on the service. */
function bareHandler(route: Route): RequestHandler {
  return async (request, response) => {
    request.operation = route;
    const params = request.params as Record<string, string>;
    const nobody = { principal: null, rightsRevision: null };
    await route.handler({ request, response, ...nobody, params, query: {}, body: undefined });
  };
}

function queryReader({ query, anyQuery }: Route, { compile }: EndpointDependencies): ReadQuery {
  if (anyQuery === 'loose') return readLooseQuery;
  return anyQuery ? readAnyQuery : createReadQuery(query ?? {}, compile);
}

const JSON_ONLY: readonly MediaType[] = ['application/json'];

/** Reads and checks bodies; undefined for none where the body is optional. Rejects with BODY_INVALID and the like. */
export function createBodyReader(
  body: RouteBody,
  { compile, bodyBytesMax }: Pick<EndpointDependencies, 'compile' | 'bodyBytesMax'>,
): (request: Request) => Promise<JsonValue | undefined> {
  const mediaTypes = body.mediaTypes ?? JSON_ONLY;
  const sizeBytesMax = Math.max(bodyBytesMax, body.sizeBytesMax ?? 0);
  const check = body.schema === null ? null : compile(body.schema);
  const checkJson = body.jsonSchema === undefined ? check : compile(body.jsonSchema);
  return async (request) => {
    if (body.optional && !hasBody(request)) return undefined;
    const mediaType = acceptedMediaType(request, mediaTypes);
    if (!hasBody(request)) throw new AppError('BODY_INVALID', 'The request has no body.');
    const value = unwrap(parse(await readBody(request, sizeBytesMax), mediaType, body.listFields), body.wrapper);
    const errors = (mediaType === 'application/json' ? checkJson : check)?.(value) ?? [];
    if (errors.length > 0) throw invalid('BODY_INVALID', errors);
    return value;
  };
}

function unwrap(value: JsonValue, wrapper: string | undefined): JsonValue {
  if (wrapper === undefined || !isJsonObject(value) || !Object.hasOwn(value, wrapper)) return value;
  const inner = value[wrapper];
  return isJsonObject(inner) ? inner : value;
}

function acceptedMediaType(request: Request, accepted: readonly MediaType[]): MediaType {
  const named = mediaTypeOf(request);
  const found = named === '' ? accepted[0] : accepted.find((mediaType) => mediaType === named);
  if (found) return found;
  throw new AppError('MEDIA_TYPE_UNSUPPORTED', `Send the body as ${accepted.join(' or ')}.`);
}

function parse(bytes: Buffer, mediaType: MediaType, listFields?: readonly string[]): JsonValue {
  if (mediaType === 'application/json') return parseJson(bytes);
  if (mediaType === 'application/x-www-form-urlencoded') return parseForm(bytes, listFields);
  return decodeText(bytes);
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

function decodeText(bytes: Buffer): string {
  try {
    return utf8.decode(bytes);
  } catch (error) {
    throw new AppError('BODY_INVALID', 'The body is not UTF-8.', { cause: error });
  }
}
