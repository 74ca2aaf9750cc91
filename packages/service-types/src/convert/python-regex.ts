/** A regular expression of Python, or a part of one, in the syntax of JavaScript. */
export interface TranslatedRegex {
  readonly source: string;
  /** True when it has the inline flag `(?i)`. */
  readonly ignoreCase: boolean;
}

/** Groups that JavaScript has as well, in the same writing. */
const SAME_GROUPS = ['(?:', '(?=', '(?!', '(?<=', '(?<!'];

/** Translates what differs. Throws an Error that says what cannot be translated. */
export function translatePythonRegex(pattern: string): TranslatedRegex {
  let source = '';
  let ignoreCase = false;
  let position = 0;
  while (position < pattern.length) {
    const character = pattern.charAt(position);
    if (character === '\\') {
      source += translateEscape(pattern.slice(position, position + 2));
      position += 2;
    } else if (character === '[') {
      const end = classEnd(pattern, position);
      source += translateClass(pattern.slice(position, end));
      position = end;
    } else if (pattern.startsWith('(?', position)) {
      const group = translateGroup(pattern, position);
      source += group.source;
      ignoreCase ||= group.ignoreCase;
      position += group.length;
    } else if (pattern.startsWith('{,', position)) {
      source += /^\{,\d+\}/.test(pattern.slice(position)) ? '{0,' : '{,';
      position += 2;
    } else {
      source += character;
      position += 1;
    }
  }
  return { source, ignoreCase };
}

function translateEscape(escape: string): string {
  if (escape === '\\Z') return '$(?![\\s\\S])';
  if (escape === '\\A') return '^';
  if (escape === '\\a') return '\\x07';
  return escape;
}

/** The index behind the `]` of the class that begins at the position. A `]` at its beginning is a member in Python. */
function classEnd(pattern: string, start: number): number {
  let position = start + 1;
  if (pattern.charAt(position) === '^') position += 1;
  if (pattern.charAt(position) === ']') position += 1;
  while (position < pattern.length && pattern.charAt(position) !== ']') {
    position += pattern.charAt(position) === '\\' ? 2 : 1;
  }
  if (position >= pattern.length) throw new Error('a [ is never closed');
  return position + 1;
}

function translateClass(text: string): string {
  const [, not = '', first = '', rest = ''] = /^\[(\^?)(\]?)([\s\S]*)\]$/.exec(text) ?? [];
  return `[${not}${first === '' ? '' : '\\]'}${rest}]`;
}

interface TranslatedGroup extends TranslatedRegex {
  /** How much of the pattern it replaces. */
  readonly length: number;
}

function translateGroup(pattern: string, start: number): TranslatedGroup {
  const rest = pattern.slice(start);
  const same = SAME_GROUPS.find((group) => rest.startsWith(group));
  if (same) return { source: same, ignoreCase: false, length: same.length };
  const named = /^\(\?P?<([A-Za-z_]\w*)>/.exec(rest);
  if (named) return { source: `(?<${named[1]}>`, ignoreCase: false, length: named[0].length };
  const back = /^\(\?P=(\w+)\)/.exec(rest);
  if (back) return { source: `\\k<${back[1]}>`, ignoreCase: false, length: back[0].length };
  const comment = /^\(\?#[^)]*\)/.exec(rest);
  if (comment) return { source: '', ignoreCase: false, length: comment[0].length };
  // Lines hold no line breaks, and `.` and `\w` mean the same in both: s, m, u, a and L change nothing.
  const flags = /^\(\?([aiLmsu]+)\)/.exec(rest);
  if (flags) return { source: '', ignoreCase: flags[1]?.includes('i') ?? false, length: flags[0].length };
  throw new Error(`'${rest.slice(0, 6)}' is not supported`);
}
