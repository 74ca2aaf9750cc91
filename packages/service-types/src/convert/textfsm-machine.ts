import type { JsonObject, JsonValue } from '@runyard/domain';
import type { TemplateRule, TemplateValue, TextFsmTemplate } from './textfsm-template.ts';

/** What a rule with the action Error says, and where. */
export interface StateError {
  readonly stateError: { readonly rule: TemplateRule; readonly input: string };
}

type Cell = JsonValue;

const LINE_BREAKS = /\r\n|[\n\r\v\f\u0085\u2028\u2029]/;

/** Runs a template over a text. Gives one object for each record, with the names of the values as they are written. */
export function runTextFsm(template: TextFsmTemplate, text: string): JsonObject[] | StateError {
  return new Machine(template).run(text);
}

/** One value while the machine runs. */
class Slot {
  readonly value: TemplateValue;
  current: Cell = null;
  #filled: Cell = null;
  #list: Cell[] = [];

  constructor(value: TemplateValue) {
    this.value = value;
  }

  has(option: 'Filldown' | 'Fillup' | 'List' | 'Required'): boolean {
    return this.value.options.has(option);
  }

  assign(text: string | null): void {
    this.current = text;
    if (this.has('Filldown')) this.#filled = text;
    if (this.has('List')) this.#list.push(this.#nested(text));
  }

  clear(): void {
    this.current = this.has('Filldown') ? this.#filled : null;
    if (!this.has('Filldown')) this.#list = [];
  }

  clearAll(): void {
    this.current = null;
    this.#filled = null;
    this.#list = [];
  }

  /** What goes into the record. */
  saved(): Cell {
    return this.has('List') ? [...this.#list] : this.current;
  }

  isEmpty(): boolean {
    return this.has('List') ? this.#list.length === 0 : this.current === null || this.current === '';
  }

  #nested(text: string | null): Cell {
    const { nested } = this.value;
    if (!nested || text === null) return text;
    nested.lastIndex = 0;
    const groups = nested.exec(text)?.groups;
    if (!groups) return text;
    return Object.fromEntries(Object.entries(groups).map(([name, found]) => [name, found ?? null]));
  }
}

class Machine {
  readonly #template: TextFsmTemplate;
  readonly #slots: readonly Slot[];
  readonly #byName: ReadonlyMap<string, Slot>;
  readonly #records: Map<string, Cell>[] = [];
  #state = 'Start';

  constructor(template: TextFsmTemplate) {
    this.#template = template;
    this.#slots = template.values.map((value) => new Slot(value));
    this.#byName = new Map(this.#slots.map((slot) => [slot.value.name, slot]));
  }

  run(text: string): JsonObject[] | StateError {
    const lines = text.split(LINE_BREAKS);
    if (lines.at(-1) === '') lines.pop();
    for (const line of lines) {
      const rule = this.#check(line);
      if (rule) return { stateError: { rule, input: line } };
      if (this.#state === 'End' || this.#state === 'EOF') break;
    }
    // A template with a state EOF of its own wants no record at the end of the text.
    if (this.#state !== 'End' && !this.#template.states.has('EOF')) this.#record();
    return this.#records.map((record) => Object.fromEntries(record));
  }

  /** Applies the rules of the state to one line; gives the rule whose action is Error. */
  #check(line: string): TemplateRule | undefined {
    for (const rule of this.#template.states.get(this.#state) ?? []) {
      rule.regex.lastIndex = 0;
      const match = rule.regex.exec(line);
      if (!match) continue;
      for (const [name, text] of Object.entries(match.groups ?? {})) this.#assign(name, text ?? null);
      if (rule.recordOperation === 'Record') this.#record();
      else if (rule.recordOperation === 'Clear') this.#clear();
      else if (rule.recordOperation === 'Clearall') for (const slot of this.#slots) slot.clearAll();
      if (rule.lineOperation === 'Error') return rule;
      if (rule.lineOperation === 'Continue') continue;
      if (rule.newState !== undefined) this.#state = rule.newState;
      return undefined;
    }
    return undefined;
  }

  #assign(name: string, text: string | null): void {
    const slot = this.#byName.get(name);
    // Groups inside a nested list are not values.
    if (!slot) return;
    slot.assign(text);
    if (!slot.has('Fillup') || text === null || text === '') return;
    for (const record of this.#records.toReversed()) {
      if (!isBlank(record.get(name))) break;
      record.set(name, text);
    }
  }

  #record(): void {
    if (this.#slots.some((slot) => slot.has('Required') && slot.isEmpty())) {
      this.#clear();
      return;
    }
    const cells = this.#slots.map((slot): [string, Cell] => [slot.value.name, slot.saved()]);
    if (cells.every(([, cell]) => cell === null || (Array.isArray(cell) && cell.length === 0))) return;
    this.#records.push(new Map(cells.map(([name, cell]) => [name, cell ?? ''])));
    this.#clear();
  }

  #clear(): void {
    for (const slot of this.#slots) slot.clear();
  }
}

function isBlank(cell: Cell | undefined): boolean {
  return cell === undefined || cell === null || cell === '' || (Array.isArray(cell) && cell.length === 0);
}
