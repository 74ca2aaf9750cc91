import { plainValue } from './plain-value.ts';

type Implementation = (this: unknown, ...values: unknown[]) => unknown;

/** How JSONata keeps a function of its own. */
export interface FunctionDefinition {
  implementation: Implementation;
}

/** Characters of one text, members of one list. */
const TEXT_MAX = 1_000_000;
const LIST_MAX = 100_000;
/** Digits and letters of a number as text. */
const PICTURE_MAX = 1_000;

/** What is refused before the library does it, because one call would be too much. */
const CHECKS: Readonly<Record<string, (values: readonly unknown[]) => void>> = {
  eval: () => refuse('`$eval` is not available'),
  // What was asked before must be the same after a crash.
  random: () => refuse('`$random` is not available'),
  shuffle: () => refuse('`$shuffle` is not available'),
  pad: ([, width]) => atMost(Math.abs(Number(width)), TEXT_MAX, 'characters'),
  join: ([texts, separator]) => {
    const list = Array.isArray(texts) ? (texts as readonly unknown[]) : [];
    atMost(list.length * lengthOf([separator]) + lengthOf(list), TEXT_MAX, 'characters');
  },
  replace: ([text, , replacement]) => {
    if (typeof replacement === 'string')
      atMost(lengthOf([text]) * (replacement.length + 1), 10 * TEXT_MAX, 'characters');
  },
  split: ([text]) => atMost(lengthOf([text]), TEXT_MAX, 'characters'),
  formatNumber: ([, picture]) => atMost(lengthOf([picture]), PICTURE_MAX, 'characters of a picture'),
  formatInteger: ([number, picture]) => {
    atMost(lengthOf([picture]), PICTURE_MAX, 'characters of a picture');
    // Roman numbers grow by a letter for each thousand.
    if (/^[Ii]/.test(String(picture))) atMost(Math.abs(Number(number)), 100_000, 'as a roman number');
  },
  fromMillis: ([, picture]) => atMost(lengthOf([picture]), PICTURE_MAX, 'characters of a picture'),
  string: ([value]) => plainText(value),
  clone: ([value]) => plainText(value),
  append: ([first, second]) => atMost(countOf(first) + countOf(second), LIST_MAX, 'members of a list'),
};

/** Names of all functions of the library that give texts or lists. */
const CHECKED_AFTER = ['map', 'zip', 'filter', 'reduce', 'spread', 'each', 'match', 'split', 'merge', 'replace'];

/** Bounds the functions of the library: some before they are called, others by what they give. */
export async function boundFunctions(definitionOf: (name: string) => Promise<FunctionDefinition>): Promise<void> {
  for (const name of new Set([...Object.keys(CHECKS), ...CHECKED_AFTER])) {
    const definition = await definitionOf(name);
    const original = definition.implementation;
    const check = CHECKS[name];
    const bound: Implementation = function (this: unknown, ...values) {
      check?.(values);
      const value = original.apply(this, values);
      checkSize(value);
      return value;
    };
    // The library reads the names of the parameters from the text of a function, and counts them.
    bound.toString = () => original.toString();
    Object.defineProperty(bound, 'length', { value: original.length });
    definition.implementation = bound;
  }
}

/** Throws when one value is larger than any value may be. Looks at the value only, not at what is in it. */
export function checkSize(value: unknown): void {
  if (typeof value === 'string') atMost(value.length, TEXT_MAX, 'characters');
  else if (Array.isArray(value)) atMost(value.length, LIST_MAX, 'members of a list');
}

function plainText(value: unknown): void {
  // A function has an empty text.
  if (typeof value !== 'function') plainValue(withoutFunctions(value));
}

function withoutFunctions(value: unknown): unknown {
  return typeof value === 'object' && value !== null && '_jsonata_lambda' in value ? null : value;
}

function lengthOf(texts: readonly unknown[]): number {
  return texts.reduce<number>((sum, text) => sum + (typeof text === 'string' ? text.length : 0), 0);
}

function countOf(value: unknown): number {
  return Array.isArray(value) ? value.length : 1;
}

function atMost(count: number, limit: number, what: string): void {
  if (count > limit) refuse(`more than ${limit} ${what}`);
}

function refuse(message: string): never {
  throw new Error(message);
}
