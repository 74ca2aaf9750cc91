import { isJsonObject, type JsonSchema, type JsonValue } from '@runyard/domain';

/** How long checking values by a schema may take, without doing it. */
export interface SchemaCost {
  /** References multiply, and patterns with groups under a quantifier may never end: no bound is known. */
  readonly isUnbounded: boolean;
  /** The most quantifiers with no upper bound, or a high one, in one pattern. */
  readonly quantifiers: number;
  /** The most ways in which the other quantifiers of one pattern can be combined. */
  readonly ways: number;
}

/** Steps of one pattern on one text, about ten milliseconds. */
const STEPS_MAX = 5_000_000;
const PARTS_MAX = 2_000;
const TEXT_LENGTH_MAX = 50_000;

/** What is known of a schema from its text. It errs on the side of unbounded. */
export function costOf(schema: JsonSchema): SchemaCost {
  let isUnbounded = false;
  let quantifiers = 0;
  let ways = 1;
  const visitPattern = (pattern: string): void => {
    isUnbounded ||= hasGroupUnderQuantifier(pattern);
    const counted = countQuantifiers(pattern);
    quantifiers = Math.max(quantifiers, counted.high);
    ways = Math.max(ways, counted.ways);
  };
  const visit = (value: JsonValue | undefined): void => {
    if (Array.isArray(value)) value.forEach(visit);
    if (!isJsonObject(value)) return;
    for (const [key, part] of Object.entries(value)) {
      if (key === '$ref' || key === '$dynamicRef' || key === '$recursiveRef') isUnbounded = true;
      if (key === 'pattern' && typeof part === 'string') visitPattern(part);
      // Most formats are patterns too, with an anchor.
      if (key === 'format' && typeof part === 'string') quantifiers = Math.max(quantifiers, 1);
      if (key === 'patternProperties' && isJsonObject(part)) Object.keys(part).forEach(visitPattern);
      visit(part);
    }
  };
  visit(schema);
  return { isUnbounded, quantifiers, ways };
}

/** True when checking this value surely is done at once. */
export function isQuick({ isUnbounded, quantifiers, ways }: SchemaCost, value: JsonValue): boolean {
  if (isUnbounded) return false;
  let parts = 0;
  let longest = 0;
  const open: (JsonValue | undefined)[] = [value];
  while (open.length > 0) {
    const part = open.pop();
    parts += 1;
    if (parts + open.length > PARTS_MAX) return false;
    if (typeof part === 'string') longest = Math.max(longest, part.length);
    else if (Array.isArray(part)) {
      if (part.length > PARTS_MAX) return false;
      open.push(...part);
    } else if (isJsonObject(part)) {
      const entries = Object.entries(part);
      if (entries.length > PARTS_MAX) return false;
      for (const [key, child] of entries) {
        longest = Math.max(longest, key.length);
        open.push(child);
      }
    }
  }
  if (longest > TEXT_LENGTH_MAX) return false;
  if (quantifiers === 0 && ways === 1) return true;
  // A pattern may begin at each character.
  return Math.max(1, longest) ** (quantifiers + 1) * ways <= STEPS_MAX;
}

const ESCAPED = /\\(?:[1-9k]|.)/gsu;

/** Without what is escaped and without classes, so that only the structure is left. A backreference stays as `\1`. */
function structureOf(pattern: string): string {
  const plain = pattern.replace(ESCAPED, (text) => (/\\[1-9k]/.test(text) ? '\\1' : 'x'));
  return plain.replace(/\[[^\]]*\]/g, 'x');
}

function hasGroupUnderQuantifier(pattern: string): boolean {
  const structure = structureOf(pattern);
  return structure.includes('\\1') || /\)(?:[*+]|\{)/.test(structure) || /\(\?<?[=!]/.test(structure);
}

const BOUND_LOW_MAX = 9;

function countQuantifiers(pattern: string): { high: number; ways: number } {
  let high = 0;
  let ways = 1;
  // What follows a quantifier makes it lazy or possessive; what follows a bracket names the group.
  const structure = structureOf(pattern)
    .replace(/([*+?}])[?+]/g, '$1')
    .replace(/\(\?/g, '(');
  for (const [text, from, comma, to] of structure.matchAll(/[*+?]|\{(\d+)(,?)(\d*)\}/g)) {
    if (text === '?') ways *= 2;
    else if (text === '*' || text === '+' || (comma === ',' && to === '')) high += 1;
    else if (comma === ',') {
      const choices = Number(to) - Number(from) + 1;
      if (choices > BOUND_LOW_MAX) high += 1;
      else ways *= choices;
    }
  }
  return { high, ways };
}
