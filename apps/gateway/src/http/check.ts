import { createInputValidator, createValidator, type SchemaName, type SchemaObject } from '@runyard/contracts';
import type { FieldError, JsonObject, JsonValue } from '@runyard/domain';

/** Gives every wrong place of a value; none when it fits. */
export type Check = (value: JsonValue) => readonly FieldError[];

/** Makes the check of a schema: one of the contracts by its name, or one that stands in a route. */
export type Compile = (schema: SchemaName | SchemaObject) => Check;

/** Checks with the validators of the contracts, which compile each schema once. */
export function createCompile(): Compile {
  const contracts = createValidator();
  const inline = createInputValidator();
  return (schema) => {
    if (typeof schema === 'string') return (value) => contracts.check(schema, value);
    // A schema is JSON, though its type says so in another way.
    const inputs = schema as unknown as JsonObject;
    return (value) => inline.validate(inputs, value as JsonObject).errors;
  };
}
