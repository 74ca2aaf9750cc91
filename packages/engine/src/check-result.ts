import { isJsonObject, type JsonValue, type Validation } from '@runyard/domain';

/** Null when the result passes, else a sentence that says what was expected and what was there. */
export function checkResult(validation: Validation, result: JsonValue): string | null {
  const path = validation.path ?? 'result';
  const found = lookUp(path, result);
  const { holds, expected } = test(validation, found);
  if (holds !== (validation.not === true)) return null;
  const seen = found === undefined ? 'nothing' : shorten(textOf(found));
  return `${path} ${validation.not ? 'must not' : 'must'} ${expected}; it is ${seen}`;
}

function lookUp(path: string, result: JsonValue): JsonValue | undefined {
  const [first, ...keys] = path.split('.');
  let value: JsonValue | undefined = first === 'result' ? result : memberOf(result, first ?? '');
  for (const key of keys) value = memberOf(value, key);
  return value;
}

function memberOf(value: JsonValue | undefined, key: string): JsonValue | undefined {
  if (Array.isArray(value)) return value[Number(key)];
  return isJsonObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

function test(validation: Validation, found: JsonValue | undefined): { holds: boolean; expected: string } {
  const { contains, matches, includes, equals } = validation;
  if (contains !== undefined) {
    return { holds: textOf(found).includes(contains), expected: `contain ${JSON.stringify(contains)}` };
  }
  if (matches !== undefined) {
    return { holds: new RegExp(matches, 'mu').test(textOf(found)), expected: `match ${JSON.stringify(matches)}` };
  }
  if (includes !== undefined) {
    return { holds: found !== undefined && isPart(includes, found), expected: `include ${shorten(textOf(includes))}` };
  }
  return { holds: found !== undefined && isEqual(equals ?? null, found), expected: `equal ${shorten(textOf(equals))}` };
}

/** Every member of `part` is in `whole`; members of lists in any order. */
function isPart(part: JsonValue, whole: JsonValue): boolean {
  if (isJsonObject(part)) {
    return (
      isJsonObject(whole) &&
      Object.entries(part).every(
        ([key, value]) => Object.hasOwn(whole, key) && isPart(value ?? null, whole[key] ?? null),
      )
    );
  }
  if (Array.isArray(part)) {
    return Array.isArray(whole) && part.every((member) => whole.some((candidate) => isPart(member, candidate)));
  }
  return part === whole;
}

function isEqual(a: JsonValue, b: JsonValue): boolean {
  if (Array.isArray(a) || Array.isArray(b)) {
    return (
      Array.isArray(a) &&
      Array.isArray(b) &&
      a.length === b.length &&
      a.every((member, index) => isEqual(member, b[index] ?? null))
    );
  }
  if (isJsonObject(a) && isJsonObject(b)) {
    const keys = Object.keys(a);
    return (
      keys.length === Object.keys(b).length &&
      keys.every((key) => Object.hasOwn(b, key) && isEqual(a[key] ?? null, b[key] ?? null))
    );
  }
  return a === b;
}

function textOf(value: JsonValue | undefined): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function shorten(text: string): string {
  return text.length > 200 ? `${JSON.stringify(text.slice(0, 200))}…` : JSON.stringify(text);
}
