import { type SchemaName, type SchemaObject, SCHEMAS } from '@runyard/contracts';
import { type ErrorCode, ERRORS } from '@runyard/domain';
import { SESSION_COOKIE } from './http/call-credentials.ts';
import type { ErrorForm, QueryParameter, Route, RouteResponse } from './route.ts';

type Json = Readonly<Record<string, unknown>>;

export interface OpenApiInfo {
  readonly version: string;
  readonly description: string;
}

/** The OpenAPI 3.1 document of the routes, made from the schemas that check the calls. */
export function createOpenApi(routes: readonly Route[], { version, description }: OpenApiInfo): Json {
  const paths: Record<string, Record<string, Json>> = {};
  for (const route of routes) {
    const operations = (paths[route.path] ??= {});
    operations[route.method] = operationOf(route);
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Runyard', version, description },
    tags: [...new Set(routes.map(({ tag }) => tag))].map((name) => ({ name })),
    paths,
    components: {
      schemas: Object.fromEntries(Object.entries(SCHEMAS).map(([name, schema]) => [name, withPointers(schema)])),
      securitySchemes: {
        basic: { type: 'http', scheme: 'basic' },
        bearer: {
          type: 'http',
          scheme: 'bearer',
          description: 'An API key, or a token of `POST /login` or `POST /oauth/token`.',
        },
        session: {
          type: 'apiKey',
          in: 'cookie',
          name: SESSION_COOKIE,
          description: 'The cookie of `POST /v1/session`, for pages of the gateway.',
        },
      },
    },
  };
}

function operationOf(route: Route): Json {
  return {
    operationId: route.operationId,
    summary: route.summary,
    tags: [route.tag],
    security: securityOf(route),
    parameters: parametersOf(route),
    ...(route.body ? { requestBody: requestBodyOf(route) } : {}),
    responses: { ...responsesOf(route), default: errorResponse(route) },
  };
}

function securityOf({ access }: Route): Json[] {
  const credentials = [{ basic: [] }, { bearer: [] }, { session: [] }];
  if (access === 'public') return [];
  // An empty one says that it also goes without.
  return access === 'service' ? [...credentials, {}] : credentials;
}

function parametersOf({ path, query = {}, headers = {} }: Route): Json[] {
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map((match) => ({
    name: match[1],
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
  const listed = (parameters: Readonly<Record<string, QueryParameter>>, place: 'query' | 'header'): Json[] =>
    Object.entries(parameters).map(([name, { schema, description }]) => ({
      name,
      in: place,
      description,
      schema: withPointers(schema),
    }));
  return [...inPath, ...listed(query, 'query'), ...listed(headers, 'header')];
}

function requestBodyOf({ body }: Route): Json {
  const mediaTypes = body?.mediaTypes ?? ['application/json'];
  const plain = body?.schema ? schemaOf(body.schema) : { type: 'string' };
  const schema = body?.wrapper === undefined ? plain : { oneOf: [wrapped(body.wrapper, plain), plain] };
  const content = { schema, ...(body?.example === undefined ? {} : { example: body.example }) };
  const json = body?.jsonSchema === undefined ? content : { schema: schemaOf(body.jsonSchema) };
  const contents = mediaTypes.map((mediaType) => [mediaType, mediaType === 'application/json' ? json : content]);
  return { required: body?.optional !== true, content: Object.fromEntries(contents) };
}

function wrapped(key: string, schema: unknown): Json {
  return { type: 'object', properties: { [key]: schema }, required: [key] };
}

function responsesOf({ responses }: Route): Json {
  return Object.fromEntries(Object.entries(responses).map(([status, response]) => [status, responseOf(response)]));
}

function responseOf({ description, schema, mediaType = 'application/json', example }: RouteResponse): Json {
  const shown = example === undefined ? {} : { example };
  if (schema) return { description, content: { [mediaType]: { schema: schemaOf(schema), ...shown } } };
  return mediaType === 'application/json' ? { description } : { description, content: { [mediaType]: {} } };
}

function errorResponse({ errors = 'problem' }: Route): Json {
  const codes = Object.keys(ERRORS) as ErrorCode[];
  const description = `An error: ${codes
    .filter((code) => ERRORS[code].status < 500)
    .slice(0, 3)
    .join(', ')} …`;
  const [mediaType, schema] = ERROR_CONTENT[errors];
  return { description, content: { [mediaType]: { schema: schemaOf(schema) } } };
}

const ERROR_CONTENT = {
  problem: ['application/problem+json', 'Problem'],
  enms: ['application/json', 'EnmsError'],
  'gateway-manager': ['application/json', 'GatewayManagerError'],
} as const satisfies Record<ErrorForm, readonly [mediaType: string, schema: SchemaName]>;

function schemaOf(schema: SchemaName | SchemaObject): unknown {
  return withPointers(typeof schema === 'string' ? { $ref: schema } : schema);
}

/** The same schema with references as OpenAPI writes them: `Run` becomes `#/components/schemas/Run`. */
function withPointers(part: unknown): unknown {
  if (Array.isArray(part)) return part.map(withPointers);
  if (typeof part !== 'object' || part === null) return part;
  return Object.fromEntries(
    Object.entries(part).map(([key, value]) => [
      key,
      key === '$ref' && typeof value === 'string' ? `#/components/schemas/${value}` : withPointers(value),
    ]),
  );
}
