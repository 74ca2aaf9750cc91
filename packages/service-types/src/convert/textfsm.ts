import { type AppError, deviceError, type JsonObject } from '@runyard/domain';
import { withinTime } from '@runyard/expressions';
import { runTextFsm } from './textfsm-machine.ts';
import { parseTextFsm, TemplateFault, type TextFsmTemplate } from './textfsm-template.ts';

const INPUT_CHARACTERS_MAX = 1_048_576;
const TEMPLATE_CHARACTERS_MAX = 262_144;
/** A large table takes some ten milliseconds. */
const TIME_LIMIT_MS = 1_000;
const TEMPLATES_MAX = 200;

/** Parses texts with TextFSM templates, each of which is compiled once. */
export class TextFsm {
  readonly #compiled = new Map<string, TextFsmTemplate>();

  /** One object for each record. Throws CONVERSION_FAILED with the line of the template. */
  parse(template: string, text: string): JsonObject[] {
    if (text.length > INPUT_CHARACTERS_MAX) throw failed(`The text is longer than ${INPUT_CHARACTERS_MAX} characters`);
    const compiled = this.#compile(template);
    const run = withinTime(() => runTextFsm(compiled, text), TIME_LIMIT_MS);
    if ('late' in run) throw failed(`The TextFSM template took longer than ${TIME_LIMIT_MS} ms`);
    if (Array.isArray(run.value)) return run.value;
    const { rule, input } = run.value.stateError;
    const said = rule.errorText === undefined ? '' : ` '${rule.errorText}'`;
    throw failed(`TextFSM template line ${rule.line}: Error${said} at '${input.slice(0, 200)}'`);
  }

  #compile(template: string): TextFsmTemplate {
    const known = this.#compiled.get(template);
    if (known) return known;
    if (template.length > TEMPLATE_CHARACTERS_MAX) throw failed('The TextFSM template is too long');
    const compiled = parseTextFsm(template);
    if (compiled instanceof TemplateFault) {
      throw failed(`TextFSM template line ${compiled.line}: ${compiled.text}`);
    }
    if (this.#compiled.size >= TEMPLATES_MAX) this.#compiled.clear();
    this.#compiled.set(template, compiled);
    return compiled;
  }
}

function failed(text: string): AppError {
  return deviceError('CONVERSION_FAILED', text);
}
