import type { FieldError } from '@runyard/domain';
import type { ErrorObject } from 'ajv';
import { errorText, meantKey } from './error-texts.ts';
import type { SchemaObject } from './json-schema.ts';

/** Errors that one answer holds; the rest is counted. */
export const FIELD_ERRORS_MAX = 100;

/** Escapes a key for a JSON pointer. */
export function pointerPart(key: string | number): string {
  return String(key).replaceAll('~', '~0').replaceAll('/', '~1');
}

/** Errors of Ajv as people understand them: one for each mistake, at the place of the mistake. */
export function fieldErrors(errors: readonly ErrorObject[]): FieldError[] {
  const found = new Map<string, FieldError>();
  for (const error of withoutFollowUps(errors)) {
    const path = `${error.instancePath}${childPart(error)}`;
    // The first one of a place is the plainest: a text that is too short need not match the pattern as well.
    if (!found.has(path)) found.set(path, { path, message: errorText(error) });
  }
  return boundErrors([...found.values()]);
}

/** At most so many errors, and how many there were besides. */
export function boundErrors<Wrong extends FieldError>(errors: readonly Wrong[]): (Wrong | FieldError)[] {
  const more = errors.length - FIELD_ERRORS_MAX;
  if (more <= 0) return [...errors];
  return [...errors.slice(0, FIELD_ERRORS_MAX), { path: '', message: `and ${more} more` }];
}

/** The key below the object to which Ajv attached the error. */
function childPart(error: ErrorObject): string {
  const params = error.params as Readonly<Record<string, unknown>>;
  const key =
    params['additionalProperty'] ??
    params['unevaluatedProperty'] ??
    params['missingProperty'] ??
    (error.keyword === 'propertyNames' ? params['propertyName'] : undefined);
  return typeof key === 'string' ? `/${pointerPart(key)}` : '';
}

/** Leaves out what only repeats another error: the branches of a choice, and the choice when a branch says it better. */
function withoutFollowUps(errors: readonly ErrorObject[]): ErrorObject[] {
  const meant = new Set(errors.map((error) => `${error.instancePath}/${meantKey(error) ?? ''}`));
  let kept = errors.filter((error) => {
    // A wrong discriminator is an error of its enum as well.
    if (error.keyword === 'if' || error.keyword === 'discriminator') return false;
    if (error.propertyName !== undefined && error.keyword !== 'propertyNames') return false;
    // A key that is missing because it was misspelt is told once, at the misspelt one.
    return !(error.keyword === 'required' && meant.has(`${error.instancePath}${childPart(error)}`));
  });
  for (const choice of errors.filter((error) => error.keyword === 'oneOf' || error.keyword === 'anyOf')) {
    const inside = kept.filter((error) => error !== choice && error.schemaPath.startsWith(`${choice.schemaPath}/`));
    const telling = isExplained(choice) ? [] : tellingBranch(choice, inside);
    kept = kept.filter((error) => (inside.includes(error) ? telling.includes(error) : true));
    const unknownKeys = kept.some(
      (error) => error.keyword === 'additionalProperties' && error.instancePath === choice.instancePath,
    );
    if (telling.length > 0 || unknownKeys) kept = kept.filter((error) => error !== choice);
  }
  return kept;
}

function isExplained(choice: ErrorObject): boolean {
  return (choice.parentSchema as SchemaObject | undefined)?.['x-expects'] !== undefined;
}

/** The errors of the only branch that takes values of this type, or none. */
function tellingBranch(choice: ErrorObject, inside: readonly ErrorObject[]): ErrorObject[] {
  const branches = new Map<string, ErrorObject[]>();
  for (const error of inside) {
    const branch = error.schemaPath.slice(choice.schemaPath.length + 1).split('/')[0] ?? '';
    branches.set(branch, [...(branches.get(branch) ?? []), error]);
  }
  const isAboutForm = (error: ErrorObject) =>
    error.instancePath === choice.instancePath && ['type', 'required', 'const', 'enum'].includes(error.keyword);
  const fitting = [...branches.values()].filter((branch) => !branch.some(isAboutForm));
  return fitting.length === 1 ? (fitting[0] ?? []) : [];
}
