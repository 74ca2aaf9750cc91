/** Words of which a section holds one line only: a second one replaces the first. */
const SINGLE = [
  'description',
  'hostname',
  'mtu',
  'bandwidth',
  'speed',
  'duplex',
  'name',
  'ip address',
  'switchport mode',
];
const LINES_MAX = 20_000;

const TOP = '';

/** The configuration of a device whose lines stand in sections, such as `interface Ethernet1`. */
export class RunningConfig {
  /** Lines by section; the top level has the empty name. In the order in which they were written. */
  readonly #sections = new Map<string, string[]>([[TOP, []]]);
  #lines = 0;

  /** False when the configuration is full. */
  set(section: string, line: string): boolean {
    if (this.#lines >= LINES_MAX) return false;
    const lines = this.#open(section);
    const single = SINGLE.find((word) => line === word || line.startsWith(`${word} `));
    const at = lines.findIndex((old) => old === line || (single !== undefined && old.startsWith(`${single} `)));
    if (at >= 0) lines[at] = line;
    else {
      lines.push(line);
      this.#lines += 1;
    }
    return true;
  }

  /** Makes the section, empty as it may be. */
  open(section: string): void {
    if (this.#lines < LINES_MAX) this.#open(section);
  }

  /** What `no <line>` does: the section of that name, or each line that begins so. */
  remove(section: string, line: string): void {
    if (this.#sections.delete(line)) return;
    const lines = this.#open(section);
    const kept = lines.filter((old) => old !== line && !old.startsWith(`${line} `));
    this.#lines -= lines.length - kept.length;
    lines.splice(0, lines.length, ...kept);
  }

  /** As it is shown: the top level, then each section with its lines indented. */
  text(separator = '!'): string {
    const blocks = [...this.#sections].map(([name, lines]) =>
      name === TOP ? [...lines, separator] : [name, ...lines.map((line) => ` ${line}`), separator],
    );
    return blocks
      .flat()
      .map((line) => `${line}\n`)
      .join('');
  }

  /** The names of the sections that begin with the word, such as interfaces. */
  names(word: string): readonly string[] {
    return [...this.#sections.keys()]
      .filter((name) => name.startsWith(`${word} `))
      .map((name) => name.slice(word.length + 1));
  }

  lines(section: string): readonly string[] {
    return this.#sections.get(section) ?? [];
  }

  #open(section: string): string[] {
    const lines = this.#sections.get(section);
    if (lines) return lines;
    const opened: string[] = [];
    this.#sections.set(section, opened);
    this.#lines += 1;
    return opened;
  }
}
