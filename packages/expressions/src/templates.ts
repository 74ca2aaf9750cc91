import { AppError, type JsonObject, type JsonValue, type Templates } from '@runyard/domain';
import type { Context, Drop, Liquid, Template } from 'liquidjs';
import { liquidLibrary } from './liquid-library.ts';
import { createParsedTemplates } from './parsed-templates.ts';
import { RenderLimit } from './render-limit.ts';
import { withinTime } from './time-limit.ts';

const TEMPLATE_CHARS_MAX = 1_000_000;
/** Reading takes a time with the square of the number of tags: half a second for 20,000, half a minute for 200,000. */
const PARSE_MS_MAX = 2_000;
/** Read in some ten milliseconds, whatever is in it. */
const SHORT_CHARS = 20_000;
const OUTPUT_CHARS_MAX = 10 * 1024 * 1024;
/** What loops, filters and outputs of one rendering may use, in characters and list items. */
const MEMORY_MAX = 20_000_000;
/** How long a template may take in which one filter goes through a list, and how often, should the process stand still. */
const LIST_FILTER_MS_MAX = 500;
const TRIES_MAX = 2;
const MESSAGE_CHARS_MAX = 500;

/** How Liquid calls a filter. */
interface Filter {
  readonly context: Context;
}

/** One `{{ … }}` and nothing beside it. */
const ONE_OUTPUT = /^\s*\{\{-?((?:(?!\}\}|\{\{)[\s\S])+?)-?\}\}\s*$/;

/** What does much work at once: Liquid looks at the time between the parts of a template, and not within a filter. */
const LIST_FILTER = /\|\s*(?:find|group_by|has|reject|sort|sum|where)/;

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
  const parsed = createParsedTemplates((template) => parse(liquid(), template));
  return {
    render(template: string, scope: JsonObject): string {
      if (!template.includes('{{') && !template.includes('{%')) return template;
      return render(liquid(), template, () => parsed.get(template), scope);
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

function parse(liquid: Liquid, template: string): Template[] {
  if (template.length <= SHORT_CHARS) return liquid.parse(template);
  const done = withinTime(() => liquid.parse(template), PARSE_MS_MAX);
  if ('value' in done) return done.value;
  throw new Error(`reading the template takes longer than ${PARSE_MS_MAX} ms`);
}

function render(liquid: Liquid, template: string, parse: () => Template[], scope: JsonObject): string {
  let text: unknown;
  try {
    const parts = parse();
    text = inTime(template, () => liquid.renderSync(parts, contextOf(liquid, scope)));
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
    const value: unknown = inTime(expression, () => liquid.evalValueSync(expression.trim(), scope));
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

/** Under a clock that ends anything, where Liquid's own is not enough: it takes a tenth of a millisecond. */
function inTime(template: string, work: () => unknown): unknown {
  if (!LIST_FILTER.test(template)) return work();
  for (let attempt = 1; attempt <= TRIES_MAX; attempt += 1) {
    const done = withinTime(work, LIST_FILTER_MS_MAX);
    if ('value' in done) return done.value;
  }
  throw new Error('template render limit exceeded');
}

function contextOf(liquid: Liquid, scope: JsonObject): Context {
  const limit = new RenderLimit() as unknown as Context['renderLimit'];
  const { Context } = liquidLibrary();
  return new Context(scope, liquid.options, { sync: true }, { liquid, renderLimit: limit });
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
