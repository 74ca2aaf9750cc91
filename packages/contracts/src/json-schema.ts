/** The names of JSON types, as in the keyword `type`. */
export type JsonType = 'string' | 'number' | 'integer' | 'boolean' | 'object' | 'array' | 'null';

/**
 * The part of JSON Schema 2020-12 that the contracts are written in, and annotations of ours that begin with `x-`. A `$ref` is the
 * name of a schema in the registry (`SCHEMAS`), so that an OpenAPI document can make a component of each.
 */
export interface SchemaObject {
  readonly $ref?: string;
  readonly title?: string;
  readonly description?: string;
  readonly type?: JsonType | readonly JsonType[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
  readonly examples?: readonly unknown[];
  readonly format?: string;
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Schema;
  readonly propertyNames?: Schema;
  readonly minProperties?: number;
  readonly maxProperties?: number;
  readonly dependentRequired?: Readonly<Record<string, readonly string[]>>;
  readonly items?: Schema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly uniqueItems?: boolean;
  readonly allOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly not?: Schema;
  readonly if?: Schema;
  readonly then?: Schema;
  readonly else?: Schema;
  readonly discriminator?: { readonly propertyName: string };
  readonly $defs?: Readonly<Record<string, Schema>>;
  readonly readOnly?: boolean;
  readonly writeOnly?: boolean;
  readonly contentEncoding?: string;
  readonly contentMediaType?: string;
  /** What a person should write, as the end of the sentence "must be …". */
  readonly 'x-expects'?: string;
  /** Keys that a later version will know; they are refused with a text that says so. */
  readonly 'x-unsupported'?: readonly string[];
  /** Keys that have no place here, and why, as the end of a sentence that begins with the key. */
  readonly 'x-refused'?: Readonly<Record<string, string>>;
  /** Bounds of a duration. */
  readonly 'x-minimumMs'?: number;
  readonly 'x-maximumMs'?: number;
  /** The key in the domain, where it is not that of the document with `Ms` behind it. */
  readonly 'x-domainKey'?: string;
  /** The value is a template when it is a text; with `deep` each text in it is one. */
  readonly 'x-template'?: 'text' | 'deep';
  /** The value is an expression when it is a text. */
  readonly 'x-expression'?: true;
}

/** `true` allows anything, `false` nothing. */
export type Schema = boolean | SchemaObject;

/** Looks up the schema that a `$ref` names. */
export type SchemaLookup = (name: string) => SchemaObject | undefined;
