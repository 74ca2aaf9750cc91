import { type Device, deviceProperty } from './device.ts';
import type { JsonValue } from './json.ts';

/** One test on one property or attribute. Exactly one of equals, contains, matches and empty is given. */
export interface PoolCondition {
  readonly property?: string;
  readonly attribute?: string;
  readonly equals?: JsonValue;
  readonly contains?: string;
  /** A regular expression, searched anywhere in the text. */
  readonly matches?: string;
  readonly empty?: boolean;
  /** Inverts the test. */
  readonly not?: boolean;
}

export interface PoolRule {
  readonly all?: readonly (PoolCondition | PoolRule)[];
  readonly any?: readonly (PoolCondition | PoolRule)[];
  readonly not?: boolean;
}

/** A set of devices: listed, or by rule, or the union of both. */
export interface Pool {
  readonly name: string;
  readonly description?: string;
  readonly devices?: readonly string[];
  readonly rule?: PoolRule;
}

type Test = (device: Device) => boolean;

/**
 * Compiles a rule once, so that a hundred thousand devices cost only its tests.
 * Throws a SyntaxError for a pattern that is no regular expression; the catalog refuses those before.
 */
export function compilePoolRule(rule: PoolRule): Test {
  const all = (rule.all ?? []).map(compilePart);
  const any = (rule.any ?? []).map(compilePart);
  const inverted = rule.not === true;
  return (device) => {
    const holds = all.every((test) => test(device)) && (any.length === 0 || any.some((test) => test(device)));
    return holds !== inverted;
  };
}

function compilePart(part: PoolCondition | PoolRule): Test {
  return 'all' in part || 'any' in part ? compilePoolRule(part as PoolRule) : compileCondition(part as PoolCondition);
}

function compileCondition(condition: PoolCondition): Test {
  const test = compileTest(condition);
  const inverted = condition.not === true;
  const { property, attribute } = condition;
  return (device) => {
    const value = attribute === undefined ? deviceProperty(device, property ?? 'name') : attributeOf(device, attribute);
    return test(value) !== inverted;
  };
}

function attributeOf(device: Device, attribute: string): JsonValue | undefined {
  const attributes = device.attributes;
  return attributes !== undefined && Object.hasOwn(attributes, attribute) ? attributes[attribute] : undefined;
}

function compileTest(condition: PoolCondition): (value: JsonValue | undefined) => boolean {
  if (condition.equals !== undefined) {
    const wanted = textOf(condition.equals);
    return (value) => value !== undefined && textOf(value) === wanted;
  }
  if (condition.contains !== undefined) {
    const part = condition.contains;
    // A list contains its members, a text its parts.
    return (value) =>
      Array.isArray(value) ? value.some((member) => textOf(member) === part) : textOf(value).includes(part);
  }
  if (condition.matches !== undefined) {
    const pattern = new RegExp(condition.matches, 'u');
    return (value) => value !== undefined && pattern.test(textOf(value));
  }
  const wanted = condition.empty ?? true;
  return (value) => (textOf(value) === '') === wanted;
}

/** Numbers and booleans compare as their text, so that `vlan: 10` in YAML equals `"10"` from a CSV file. */
function textOf(value: JsonValue | undefined): string {
  if (value === undefined || value === null) return '';
  if (typeof value === 'string') return value;
  if (Array.isArray(value) && value.length === 0) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
