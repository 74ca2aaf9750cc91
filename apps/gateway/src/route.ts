import type { SchemaName, SchemaObject } from '@runyard/contracts';
import type { Door, JsonValue, Permission, Principal } from '@runyard/domain';
import type { Caller } from '@runyard/engine';
import type { Request, Response } from 'express';

type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';

/**
 * Who may call: anybody, anybody with valid credentials, or who has this permission. `service`: what the called service
 * says. Then the handler takes every method of the address, and looks at origin, credentials, query and body itself.
 */
type Access = 'public' | 'caller' | 'service' | Permission;

/** The form of error answers: problem documents of RFC 9457, or those of eNMS or of Gateway Manager. */
export type ErrorForm = 'problem' | 'enms' | 'gateway-manager';

/** A query parameter. Its text is turned into the type of its schema before it is checked. */
export interface QueryParameter {
  readonly schema: SchemaObject;
  readonly description: string;
}

export type MediaType = 'application/json' | 'application/x-www-form-urlencoded' | 'text/csv' | 'application/yaml';

export interface RouteBody {
  /** The schema that checks the body; null for a text that the handler parses. */
  readonly schema: SchemaName | SchemaObject | null;
  /** The schema of JSON bodies where texts are taken as well. */
  readonly jsonSchema?: SchemaName;
  /** The accepted media types; the first one stands for a request that names none. JSON when absent. */
  readonly mediaTypes?: readonly MediaType[];
  /** Fields of a form that are lists, also when they are given once. */
  readonly listFields?: readonly string[];
  /** A key under which the same may stand as well: `{"gateway": {…}}` for `{…}`. */
  readonly wrapper?: string;
  /** For the OpenAPI document. */
  readonly example?: unknown;
  /** A request without a body is fine: the handler sees `undefined`. */
  readonly optional?: boolean;
  /** Bytes that this body may have when that is more than the setting for all. */
  readonly sizeBytesMax?: number;
}

export interface RouteResponse {
  readonly description: string;
  readonly schema?: SchemaName | SchemaObject;
  readonly mediaType?: string;
  /** For the OpenAPI document. */
  readonly example?: unknown;
}

/** One call that was let in: who calls, and what came with it, all checked. */
export interface Call {
  readonly request: Request;
  readonly response: Response;
  /** Null on public routes, and on those of services until it is known. */
  readonly principal: Principal | null;
  /** The revision of rights under which he was let in; null where there is no principal. */
  readonly rightsRevision: string | null;
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, JsonValue>>;
  /** Undefined when there is none; a text for media types other than JSON and forms. */
  readonly body: JsonValue | undefined;
}

export type Handler = (call: Call) => Promise<void> | void;

/** An address with what it accepts and answers. Router and OpenAPI document are both made from these. */
export interface Route {
  readonly method: Method;
  /** As in OpenAPI: `/v1/runs/{id}`. Its first two parts are fixed texts. */
  readonly path: string;
  readonly operationId: string;
  readonly summary: string;
  readonly tag: string;
  readonly access: Access;
  readonly errors?: ErrorForm;
  readonly query?: Readonly<Record<string, QueryParameter>>;
  /** Takes any query parameter, as they come; with `loose` also one that is given twice, of which the first counts. */
  readonly anyQuery?: boolean | 'loose';
  /** Request headers, for the OpenAPI document; the handler reads and checks them. */
  readonly headers?: Readonly<Record<string, QueryParameter>>;
  readonly body?: RouteBody;
  /** Answers by status. Those for errors are the same everywhere and are added to the document. */
  readonly responses: Readonly<Record<number, RouteResponse>>;
  readonly handler: Handler;
}

/** Who calls, on routes that ask for credentials. */
export function callerOf({ principal }: Call): Principal {
  if (!principal) throw new Error('a public route asked who calls');
  return principal;
}

/** Who calls, for what may begin later than it is allowed. */
export function runCallerOf(call: Call, door: Door): Caller {
  const { rightsRevision } = call;
  return { principal: callerOf(call), door, ...(rightsRevision === null ? {} : { rightsRevision }) };
}
