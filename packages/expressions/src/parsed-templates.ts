import type { Template } from 'liquidjs';

const ENTRIES_MAX = 2_000;
const CHARS_MAX = 8_000_000;

export interface ParsedTemplates {
  get(template: string): Template[];
}

/** Keeps what was parsed last, bounded by number and by text. What does not parse is not kept. */
export function createParsedTemplates(
  parse: (template: string) => Template[],
  entriesMax = ENTRIES_MAX,
  charsMax = CHARS_MAX,
): ParsedTemplates {
  /** In the order of last use: the first is the next to go. */
  const entries = new Map<string, Template[]>();
  let chars = 0;

  function keep(template: string, parsed: Template[]): void {
    if (template.length > charsMax) return;
    entries.set(template, parsed);
    chars += template.length;
    for (const oldest of entries.keys()) {
      if (entries.size <= entriesMax && chars <= charsMax) return;
      entries.delete(oldest);
      chars -= oldest.length;
    }
  }

  return {
    get(template) {
      const known = entries.get(template);
      if (known) {
        entries.delete(template);
        entries.set(template, known);
        return known;
      }
      const parsed = parse(template);
      keep(template, parsed);
      return parsed;
    },
  };
}
