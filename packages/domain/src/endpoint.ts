import type { JsonValue } from './json.ts';

export const ENDPOINT_METHODS = ['GET', 'POST', 'PUT'] as const;
export type EndpointMethod = (typeof ENDPOINT_METHODS)[number];

export type ParameterType = 'string' | 'integer' | 'number' | 'boolean';

/** A query parameter that an endpoint declares; its value becomes the param of the run with the same name. */
export interface EndpointParameter {
  readonly name: string;
  readonly type: ParameterType;
  readonly description?: string;
  readonly required?: boolean;
  readonly default?: JsonValue;
  readonly enum?: readonly JsonValue[];
}

/** An address by which a service is run: `/api/services/{slug}/{endpoint}`. */
export interface Endpoint {
  readonly name: string;
  readonly description?: string;
  /** Steps and schedules call only those with GET. */
  readonly methods: readonly EndpointMethod[];
  readonly parameters: readonly EndpointParameter[];
  /** Answers 202 with the job id, and does not wait for the end. */
  readonly async?: boolean;
  /** Name of the service account as whom the run runs; the caller when absent. */
  readonly runAs?: string;
  /** Calls of this endpoint, by each client. */
  readonly rateLimit?: RequestRate;
}

/** So many calls in a time, by each client address; one count over all gateways. */
export interface RequestRate {
  readonly requests: number;
  readonly perMs: number;
}

export interface CorsRule {
  /** Origins such as `https://portal.example.com`; `*` for any, without credentials. */
  readonly origins: readonly string[];
}

export interface Maintenance {
  readonly message?: string;
  /** After how many milliseconds callers are told to try again. */
  readonly retryAfterMs: number;
}

/** When callers are told to try again, in milliseconds, where a service in maintenance does not say. */
export const MAINTENANCE_RETRY_AFTER_MS = 300_000;

/** The address part of a service that names none: lower case, other characters become hyphens. */
export function slugOf({ name, slug }: { readonly name: string; readonly slug?: string }): string {
  return (
    slug ??
    name
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-|-$/g, '')
  );
}
