import { translatePythonRegex } from './python-regex.ts';

type ValueOption = 'Filldown' | 'Fillup' | 'Key' | 'List' | 'Required';
type LineOperation = 'Next' | 'Continue' | 'Error';
type RecordOperation = 'NoRecord' | 'Record' | 'Clear' | 'Clearall';

export interface TemplateValue {
  readonly name: string;
  readonly options: ReadonlySet<ValueOption>;
  /** In JavaScript's syntax, with its outer group unnamed. */
  readonly source: string;
  readonly ignoreCase: boolean;
  /** For lists whose expression has groups of its own. */
  readonly nested: RegExp | undefined;
}

export interface TemplateRule {
  readonly line: number;
  readonly regex: RegExp;
  readonly lineOperation: LineOperation;
  readonly recordOperation: RecordOperation;
  readonly newState: string | undefined;
  readonly errorText: string | undefined;
}

export interface TextFsmTemplate {
  readonly values: readonly TemplateValue[];
  readonly states: ReadonlyMap<string, readonly TemplateRule[]>;
}

/** A fault in a template, with the number of the line from 1. */
export class TemplateFault {
  readonly line: number;
  readonly text: string;

  constructor(line: number, text: string) {
    this.line = line;
    this.text = text;
  }
}

const OPTIONS: ReadonlySet<string> = new Set(['Filldown', 'Fillup', 'Key', 'List', 'Required']);
const COMMENT = /^\s*#/;
const NAME = /^\w{1,48}$/;
const RESERVED = new Set(['Next', 'Continue', 'Error', 'Record', 'NoRecord', 'Clear', 'Clearall']);
const ACTION =
  /^(?:(?<line>Continue|Next|Error)(?:\.(?<after>Clearall|Clear|Record|NoRecord))?|(?<record>Clearall|Clear|Record|NoRecord))?(?:(?:^|\s+)(?<state>\w+|".*"))?$/;
const LINES_MAX = 5_000;

/** Reads a template. Gives the fault instead when it is not valid. */
export function parseTextFsm(text: string): TextFsmTemplate | TemplateFault {
  const lines = text.split(/\r\n|\n|\r/);
  if (lines.length > LINES_MAX) return new TemplateFault(LINES_MAX, `more than ${LINES_MAX} lines`);
  const reader = new TemplateReader(lines);
  return reader.read();
}

class TemplateReader {
  readonly #lines: readonly string[];
  readonly #values: TemplateValue[] = [];
  readonly #states = new Map<string, TemplateRule[]>();
  /** Index of the next line. */
  #next = 0;

  constructor(lines: readonly string[]) {
    this.#lines = lines;
  }

  read(): TextFsmTemplate | TemplateFault {
    return this.#readValues() ?? this.#readStates() ?? this.#check() ?? { values: this.#values, states: this.#states };
  }

  /** Up to the first empty line. */
  #readValues(): TemplateFault | undefined {
    for (; this.#next < this.#lines.length; this.#next += 1) {
      const line = (this.#lines[this.#next] ?? '').trimEnd();
      if (line === '') break;
      if (COMMENT.test(line)) continue;
      const fault = line.startsWith('Value ')
        ? this.#readValue(line)
        : 'a Value, or an empty line before the states, is expected';
      if (fault !== undefined) return this.#fault(fault);
    }
    return this.#values.length === 0 ? this.#fault('there is no Value') : undefined;
  }

  #readValue(line: string): string | undefined {
    const tokens = line.split(' ');
    const hasOptions = !(tokens[2] ?? '(').startsWith('(');
    const name = tokens[hasOptions ? 2 : 1] ?? '';
    const expression = tokens.slice(hasOptions ? 3 : 2).join(' ');
    const options = hasOptions ? (tokens[1] ?? '').split(',') : [];
    const fault = optionFault(options) ?? this.#nameFault(name);
    if (fault !== undefined) return fault;
    if (!/^\(.*\)$/.test(expression) || expression.endsWith('\\)')) return 'the expression must stand in ( and )';
    try {
      const { source, ignoreCase } = translatePythonRegex(expression);
      const regex = new RegExp(source, regexFlags(ignoreCase));
      const set = new Set(options as ValueOption[]);
      const hasGroups = set.has('List') && /\(\?<[A-Za-z_]/.test(source);
      this.#values.push({ name, options: set, source, ignoreCase, nested: hasGroups ? regex : undefined });
      return undefined;
    } catch (error) {
      return regexText(error);
    }
  }

  #nameFault(name: string): string | undefined {
    if (!NAME.test(name)) return `'${name.slice(0, 50)}' is not a name of a Value`;
    return this.#values.some((value) => value.name === name) ? `the Value '${name}' is there twice` : undefined;
  }

  #readStates(): TemplateFault | undefined {
    let state: TemplateRule[] | undefined;
    for (; this.#next < this.#lines.length; this.#next += 1) {
      const line = (this.#lines[this.#next] ?? '').trimEnd();
      if (line === '') {
        state = undefined;
      } else if (!COMMENT.test(line)) {
        const fault = state ? this.#readRule(line, state) : this.#beginState(line);
        if (fault !== undefined) return this.#fault(fault);
        state ??= this.#states.get(line);
      }
    }
    return undefined;
  }

  #beginState(line: string): string | undefined {
    if (!NAME.test(line) || RESERVED.has(line)) return `'${line.slice(0, 50)}' is not a name of a state`;
    if (this.#states.has(line)) return `the state '${line}' is there twice`;
    this.#states.set(line, []);
    return undefined;
  }

  #readRule(line: string, state: TemplateRule[]): string | undefined {
    if (!/^(?: {1,2}|\t)\^/.test(line)) return 'a rule begins with one or two spaces and ^';
    const [, match = line.trim(), actionText = ''] = /^(.*)\s->(.*)$/.exec(line.trim()) ?? [];
    const action = readAction(actionText.trim());
    if (typeof action === 'string') return action;
    try {
      state.push({ line: this.#next + 1, regex: this.#compile(match), ...action });
      return undefined;
    } catch (error) {
      return regexText(error);
    }
  }

  /** Puts the values in place of `${NAME}`. `$$` is the end of a line. */
  #compile(match: string): RegExp {
    let ignoreCase = false;
    const marks: TemplateValue[] = [];
    const marked = match.replace(/\$(?:\$|(\w+)|\{(\w+)\}|)/g, (found, plain?: string, braced?: string) => {
      if (found === '$$') return '$';
      const name = plain ?? braced;
      const value = this.#values.find((candidate) => candidate.name === name);
      if (!value) throw new Error(name === undefined ? 'a single $ must be written $$' : `there is no Value '${name}'`);
      marks.push(value);
      // A letter of the private use area stands for the value until the rest is translated.
      return String.fromCharCode(MARK);
    });
    const translated = translatePythonRegex(marked);
    ignoreCase ||= translated.ignoreCase;
    let next = 0;
    const source = translated.source.replaceAll(String.fromCharCode(MARK), () => {
      const value = marks[next++];
      if (!value) throw new Error('a character of the private use area is not supported');
      ignoreCase ||= value.ignoreCase;
      return value.source.replace('(', `(?<${value.name}>`);
    });
    return new RegExp(source, regexFlags(ignoreCase));
  }

  #check(): TemplateFault | undefined {
    if (!this.#states.has('Start')) return this.#fault(`there is no state 'Start'`);
    for (const name of ['End', 'EOF']) {
      const [rule] = this.#states.get(name) ?? [];
      if (rule) return new TemplateFault(rule.line, `the state '${name}' must be empty`);
    }
    for (const rule of [...this.#states.values()].flat()) {
      const { newState } = rule;
      if (newState === undefined || newState === 'End' || newState === 'EOF' || this.#states.has(newState)) continue;
      return new TemplateFault(rule.line, `there is no state '${newState}'`);
    }
    return undefined;
  }

  #fault(text: string): TemplateFault {
    return new TemplateFault(Math.min(this.#next + 1, this.#lines.length), text);
  }
}

function optionFault(options: readonly string[]): string | undefined {
  const unknown = options.find((option) => !OPTIONS.has(option));
  if (unknown !== undefined) return `'${unknown.slice(0, 50)}' is not an option of a Value`;
  return new Set(options).size < options.length ? 'an option is there twice' : undefined;
}

/** What stands behind the arrow of a rule; a text says what is wrong with it. */
function readAction(text: string): Omit<TemplateRule, 'line' | 'regex'> | string {
  const groups = ACTION.exec(text)?.groups;
  if (!groups) return `'${text.slice(0, 50)}' is not an action`;
  const { line: lineOperation = 'Next', after, record, state } = groups;
  const recordOperation = (after ?? record ?? 'NoRecord') as RecordOperation;
  if (lineOperation === 'Error') {
    return { lineOperation, recordOperation, newState: undefined, errorText: state?.replace(/^"|"$/g, '') };
  }
  if (lineOperation === 'Continue' && state !== undefined) return 'Continue cannot change the state';
  if (state?.startsWith('"')) return 'only Error has a text';
  return { lineOperation: lineOperation as LineOperation, recordOperation, newState: state, errorText: undefined };
}

const MARK = 0xe000;

/** Sticky, as Python's `match` begins at the beginning; `s` since lines are cut at all kinds of line breaks before. */
function regexFlags(ignoreCase: boolean): string {
  return ignoreCase ? 'ysi' : 'ys';
}

function regexText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
