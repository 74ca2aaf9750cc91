/** What reads a setting. */
export type UsedBy = 'gateway' | 'worker' | 'both';

/** One setting: a leaf of the schema. Words beyond JSON Schema are for the loader and the page about settings. */
export interface SettingSchema {
  readonly type: 'string' | 'integer' | 'array';
  readonly description: string;
  /** The environment variable that sets it. */
  readonly env: string;
  readonly usedBy: UsedBy;
  readonly default?: string | number | readonly string[];
  /** `true` hides the whole value, `userinfo` only the name and password inside an address. */
  readonly secret?: true | 'userinfo';
  /** The value is a time in milliseconds and may be written with a unit. */
  readonly duration?: true;
  readonly enum?: readonly string[];
  readonly format?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly items?: { readonly type: 'string'; readonly format?: string };
}

/** A group of settings. */
export interface GroupSchema {
  readonly type: 'object';
  readonly additionalProperties: false;
  readonly properties: { readonly [name: string]: GroupSchema | SettingSchema };
}

type Leaf<Schema> = Schema extends { readonly enum: readonly (infer Value)[] }
  ? Value
  : Schema extends { readonly type: 'integer' }
    ? number
    : Schema extends { readonly type: 'array' }
      ? readonly string[]
      : string;

/** Groups and settings with a default are always there, others may be absent. */
type AlwaysThere<Properties> = {
  [Name in keyof Properties]: Properties[Name] extends { readonly default: unknown } | { readonly properties: unknown }
    ? Name
    : never;
}[keyof Properties];

/** The type that a schema describes. */
export type FromSchema<Schema> = Schema extends { readonly properties: infer Properties }
  ? { readonly [Name in AlwaysThere<Properties>]: FromSchema<Properties[Name]> } & {
      readonly [Name in Exclude<keyof Properties, AlwaysThere<Properties>>]?: FromSchema<Properties[Name]>;
    }
  : Leaf<Schema>;
