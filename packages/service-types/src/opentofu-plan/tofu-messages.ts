import { isJsonObject, type JsonObject } from '@runyard/domain';

const PLANNED_MAX = 1_000;
const TEXT_CHARS_MAX = 1024 * 1024;

/** Reads the JSON lines that tofu writes: what is for people, what changes, what went wrong. */
export class TofuMessages {
  changes: JsonObject | null = null;
  readonly planned: JsonObject[] = [];
  private readonly errors: string[] = [];
  private readonly texts: string[] = [];
  private chars = 0;

  /** Gives what to show of a line; null when there is nothing. */
  add(line: string): string | null {
    const message = parse(line);
    const text = message === null ? line : this.read(message);
    if (text === null) return null;
    if (this.chars < TEXT_CHARS_MAX) this.texts.push(text);
    this.chars += text.length + 1;
    return text;
  }

  /** What was for people, as one text. */
  get text(): string {
    const cut = this.chars > TEXT_CHARS_MAX ? ['[output cut at 1 MiB]'] : [];
    return [...this.texts, ...cut, ''].join('\n');
  }

  /** What went wrong first; undefined when nothing was said. */
  get error(): string | undefined {
    return this.errors[0];
  }

  private read(message: JsonObject): string | null {
    const { type, changes, change, diagnostic } = message;
    if (type === 'change_summary' && isJsonObject(changes)) {
      const { add, change: changed, remove, import: imported, operation } = changes;
      this.changes = { add, change: changed, remove, import: imported, operation };
    }
    if (type === 'planned_change' && isJsonObject(change) && this.planned.length < PLANNED_MAX) {
      const resource = isJsonObject(change['resource']) ? change['resource']['addr'] : null;
      this.planned.push({ resource: resource ?? null, action: change['action'] ?? null, reason: change['reason'] });
    }
    const text = typeof message['@message'] === 'string' ? message['@message'] : null;
    if (!isJsonObject(diagnostic)) return text;
    const said = ['summary', 'detail'].flatMap((key) => textOf(diagnostic[key])).join(': ');
    const isError = diagnostic['severity'] === 'error';
    if (isError) this.errors.push(said);
    return `${isError ? 'error' : 'warning'}: ${said}`;
  }
}

function textOf(value: unknown): string[] {
  return typeof value === 'string' && value !== '' ? [value] : [];
}

function parse(line: string): JsonObject | null {
  if (!line.startsWith('{')) return null;
  try {
    const value: unknown = JSON.parse(line);
    return isJsonObject(value) ? value : null;
  } catch {
    return null;
  }
}
