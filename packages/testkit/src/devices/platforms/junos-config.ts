const STATEMENTS_MAX = 20_000;

/** Words whose next word belongs to their name, as in `unit 0 { … }`. */
const NAMED = new Set(['unit', 'family', 'group', 'neighbor', 'term', 'user', 'policy-statement', 'area', 'interface']);
/** Words that hold one value: a second `set` replaces it. */
const SINGLE = new Set(['description', 'host-name', 'mtu', 'version', 'domain-name', 'time-zone', 'speed']);

/** Statements as `set` takes them, with a candidate that becomes effective by `commit`. */
export class JunosConfig {
  #committed: readonly string[];
  #candidate: string[];
  #before: readonly string[];

  constructor(statements: readonly string[]) {
    this.#committed = statements;
    this.#before = statements;
    this.#candidate = [...statements];
  }

  get committed(): readonly string[] {
    return this.#committed;
  }

  get candidate(): readonly string[] {
    return this.#candidate;
  }

  /** False when the configuration is full. */
  set(statement: string): boolean {
    if (this.#candidate.length >= STATEMENTS_MAX) return false;
    const words = splitWords(statement);
    const key = words.at(-2);
    const stem = key !== undefined && SINGLE.has(key) ? `${words.slice(0, -1).join(' ')} ` : undefined;
    const at = this.#candidate.findIndex((old) => old === statement || (stem !== undefined && old.startsWith(stem)));
    if (at >= 0) this.#candidate[at] = statement;
    else this.#candidate.push(statement);
    return true;
  }

  /** False when there is no such statement. */
  delete(statement: string): boolean {
    const kept = this.#candidate.filter((old) => old !== statement && !old.startsWith(`${statement} `));
    const isThere = kept.length < this.#candidate.length;
    this.#candidate = kept;
    return isThere;
  }

  commit(): void {
    this.#before = this.#committed;
    this.#committed = [...this.#candidate];
  }

  /** 0: what is effective. 1: what was before the last commit. */
  rollback(number: number): void {
    this.#candidate = [...(number === 0 ? this.#committed : this.#before)];
  }

  /** Lines with + and -, as `show | compare` has them. */
  compare(): string {
    const added = this.#candidate.filter((line) => !this.#committed.includes(line)).map((line) => `+  ${line};\n`);
    const removed = this.#committed.filter((line) => !this.#candidate.includes(line)).map((line) => `-  ${line};\n`);
    return added.length + removed.length === 0 ? '' : ['[edit]\n', ...removed, ...added].join('');
  }
}

/** Words of a statement; what stands in double quotes is one word and keeps them. */
function splitWords(statement: string): readonly string[] {
  return statement.match(/"[^"]*"|\S+/g) ?? [];
}

interface Node {
  readonly children: Map<string, Node>;
}

/** Statements in the form with braces. */
export function inBraces(statements: readonly string[]): string {
  const root: Node = { children: new Map() };
  for (const statement of statements) {
    let node = root;
    for (const part of parts(statement)) {
      const child = node.children.get(part) ?? { children: new Map() };
      node.children.set(part, child);
      node = child;
    }
  }
  return write(root, '');
}

/** The last two words are a setting and its value; the words before are blocks. */
function parts(statement: string): readonly string[] {
  const words = splitWords(statement);
  const leaf = words.slice(-2).join(' ');
  const blocks: string[] = [];
  for (let index = 0; index < words.length - 2; index += 1) {
    const word = words[index] ?? '';
    const isNamed = NAMED.has(word) && index + 1 < words.length - 2;
    blocks.push(isNamed ? `${word} ${words[index + 1]}` : word);
    if (isNamed) index += 1;
  }
  return [...blocks, leaf];
}

function write(node: Node, indent: string): string {
  return [...node.children]
    .map(([name, child]) =>
      child.children.size === 0
        ? `${indent}${name};\n`
        : `${indent}${name} {\n${write(child, `${indent}    `)}${indent}}\n`,
    )
    .join('');
}
