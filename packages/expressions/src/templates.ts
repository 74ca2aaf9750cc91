import { AppError, type JsonObject, type JsonValue, type Templates } from '@runyard/domain';
import type { Context, Drop, Liquid, Template } from 'liquidjs';
import { liquidLibrary } from './liquid-library.ts';
import { createParsedTemplates } from './parsed-templates.ts';

const TEMPLATE_CHARS_MAX = 1_000_000;
const OUTPUT_CHARS_MAX = 10 * 1024 * 1024;
/** What loops, filters and outputs of one rendering may use, in characters and list items. */
const MEMORY_MAX = 20_000_000;
/** Far more than honest templates need: a paused process must not fail them. */
const RENDER_MS_MAX = 2_000;
const MESSAGE_CHARS_MAX = 500;

/** How Liquid calls a filter. */
interface Filter {
  readonly context: Context;
}

/** One `{{ … }}` and nothing beside it. */
const ONE_OUTPUT = /^\s*\{\{-?((?:(?!\}\}|\{\{)[\s\S])+?)-?\}\}\s*$/;

/** The tags that read other templates. There are none to read. */
const FILE_TAGS = ['include', 'render', 'layout', 'block'];

/** Templates that can be looked at before there is anything to render. */
export interface CheckedTemplates extends Templates {
  /** What is wrong with the text; null when it can be rendered. */
  problem(template: string): string | null;
}

/**
 * Liquid templates without access to code, prototypes or files. An unknown variable or filter is an error, except in
 * a condition or before the filter `default`. Nothing is escaped; objects and lists are printed as JSON; dates are UTC.
 */
export function createTemplates(): CheckedTemplates {
  let created: Liquid | undefined;
  const liquid = (): Liquid => (created ??= createLiquid());
  const parsed = createParsedTemplates((template) => liquid().parse(template));
  return {
    render(template: string, scope: JsonObject): string {
      if (!template.includes('{{') && !template.includes('{%')) return template;
      return render(liquid(), () => parsed.get(template), scope);
    },
    value(template: string, scope: JsonObject): JsonValue {
      const [, alone] = template.length > TEMPLATE_CHARS_MAX ? [] : (ONE_OUTPUT.exec(template) ?? []);
      return alone === undefined ? this.render(template, scope) : valueOf(liquid(), alone, scope);
    },
    problem(template: string): string | null {
      try {
        parsed.get(template);
        return null;
      } catch (cause) {
        return reasonOf(cause);
      }
    },
  };
}

function render(liquid: Liquid, parse: () => Template[], scope: JsonObject): string {
  let text: unknown;
  try {
    text = liquid.renderSync(parse(), scope);
  } catch (cause) {
    throw new AppError('TEMPLATE_INVALID', reasonOf(cause), { cause });
  }
  if (typeof text !== 'string') return '';
  if (text.length <= OUTPUT_CHARS_MAX) return text;
  throw new AppError('TEMPLATE_INVALID', `the text is longer than ${OUTPUT_CHARS_MAX} characters`);
}

function valueOf(liquid: Liquid, expression: string, scope: JsonObject): JsonValue {
  let text: string | undefined;
  try {
    const value: unknown = liquid.evalValueSync(expression.trim(), scope);
    // Undefined, and what is of Liquid's own, becomes nothing.
    text = JSON.stringify(isDrop(value) ? value.valueOf() : value);
  } catch (cause) {
    throw new AppError('TEMPLATE_INVALID', reasonOf(cause), { cause });
  }
  if (text === undefined) return null;
  // A copy: what goes on with the value must not change the scope.
  if (text.length <= OUTPUT_CHARS_MAX) return JSON.parse(text) as JsonValue;
  throw new AppError('TEMPLATE_INVALID', `the value is longer than ${OUTPUT_CHARS_MAX} characters`);
}

function reasonOf(cause: unknown): string {
  const message = cause instanceof Error ? cause.message : String(cause);
  return message.slice(0, MESSAGE_CHARS_MAX);
}

function createLiquid(): Liquid {
  const { Liquid } = liquidLibrary();
  const liquid = new Liquid({
    ownPropertyOnly: true,
    strictVariables: true,
    strictFilters: true,
    lenientIf: true,
    templates: Object.create(null) as Record<string, string>,
    outputEscape: printed,
    timezoneOffset: 0,
    parseLimit: TEMPLATE_CHARS_MAX,
    renderLimit: RENDER_MS_MAX,
    memoryLimit: MEMORY_MAX,
  });
  for (const tag of FILE_TAGS) delete liquid.tags[tag];
  liquid.registerFilter('json', json);
  // The built-in one would print lists without brackets and would not be counted.
  liquid.registerFilter('raw', (value: unknown) => value);
  return liquid;
}

/** What `{{ value }}` writes. Each write counts, so that a loop cannot pile up text. */
function printed(this: Filter | void, value: unknown): string {
  const text = textOf(value);
  this?.context.memoryLimit.use(text.length);
  return text;
}

function textOf(value: unknown): string {
  const plain: unknown = isDrop(value) ? value.valueOf() : value;
  if (typeof plain === 'string' || typeof plain === 'number' || typeof plain === 'boolean') return String(plain);
  if (isDrop(plain) || plain === undefined || plain === null) return '';
  return JSON.stringify(plain);
}

function json(this: Filter, value: unknown, indent?: unknown): string {
  const plain: unknown = isDrop(value) ? value.valueOf() : value;
  const text = JSON.stringify(plain ?? null, null, Math.min(Number(indent) || 0, 10));
  this.context.memoryLimit.use(text.length);
  return text;
}

/** Something of Liquid's own, such as the state of a loop. */
function isDrop(value: unknown): value is Drop {
  return value instanceof liquidLibrary().Drop;
}
