import type { ServerChannel } from 'ssh2';

export interface FakeRouterOptions {
  readonly name?: string;
  readonly banner?: string;
  readonly enablePassword?: string;
  /** Answers beside the built-in ones. */
  readonly answers?: Readonly<Record<string, string>>;
  /** Commands after which nothing more comes. */
  readonly hangsAt?: string;
  readonly dropsAt?: string;
  /** Writes nothing back of what is typed. */
  readonly isSilent?: boolean;
}

export interface FakeRouter {
  /** Lines that were typed, over all shells. */
  readonly typed: readonly string[];
  /** What was configured. */
  readonly running: readonly string[];
  readonly shell: (channel: ServerChannel) => void;
}

const PAGE_LINES = 10;
const PAGER = ' --More-- ';

/** Behaves at the prompt as a Cisco router does: echo, paging, enable with a password, configuration mode, refusals. */
export function createFakeRouter(options: FakeRouterOptions = {}): FakeRouter {
  const typed: string[] = [];
  const running: string[] = [];
  return { typed, running, shell: (channel) => new RouterShell(channel, options, typed, running).start() };
}

class RouterShell {
  readonly #channel: ServerChannel;
  readonly #options: FakeRouterOptions;
  readonly #typed: string[];
  readonly #running: string[];
  #name: string;
  #mode: '>' | '#' | '(config)#' = '>';
  #pageLines = PAGE_LINES;
  #line = '';
  #pending: string[] = [];
  #asksPassword = false;

  constructor(channel: ServerChannel, options: FakeRouterOptions, typed: string[], running: string[]) {
    this.#channel = channel;
    this.#options = options;
    this.#typed = typed;
    this.#running = running;
    this.#name = options.name ?? 'R1';
  }

  start(): void {
    this.#channel.on('data', (data: Buffer) => {
      for (const character of data.toString()) this.#key(character);
    });
    if (this.#options.banner) this.#channel.write(this.#options.banner.replaceAll('\n', '\r\n'));
    this.#channel.write('\r\n');
    this.#prompt();
  }

  #key(character: string): void {
    if (this.#pending.length > 0) {
      this.#channel.write(`${'\b'.repeat(PAGER.length)}${' '.repeat(PAGER.length)}${'\b'.repeat(PAGER.length)}`);
      this.#print([]);
      return;
    }
    if (character !== '\n' && character !== '\r') {
      this.#line += character;
      if (!this.#asksPassword && !this.#options.isSilent) this.#channel.write(character);
      return;
    }
    const line = this.#line;
    this.#line = '';
    this.#channel.write('\r\n');
    if (this.#asksPassword) this.#password(line);
    else this.#command(line);
  }

  #password(line: string): void {
    this.#asksPassword = false;
    if (line === this.#options.enablePassword) this.#mode = '#';
    else this.#channel.write('% Bad secrets\r\n\r\n');
    this.#prompt();
  }

  #command(line: string): void {
    if (line !== '') this.#typed.push(line);
    if (line !== '' && line === this.#options.hangsAt) return;
    if (line !== '' && line === this.#options.dropsAt) {
      this.#channel.write('half of the out');
      (this.#channel as unknown as { _client: { _sock: { destroySoon(): void } } })._client._sock.destroySoon();
      return;
    }
    if (line === 'enable' && this.#options.enablePassword !== undefined) {
      this.#asksPassword = true;
      this.#channel.write('Password: ');
      return;
    }
    this.#print(this.#answer(line));
  }

  #answer(line: string): string[] {
    const answer = this.#options.answers?.[line];
    if (answer !== undefined) return answer.split('\n');
    if (line === '') return [];
    if (line === 'terminal length 0') this.#pageLines = Number.POSITIVE_INFINITY;
    else if (line === 'terminal length 10') this.#pageLines = PAGE_LINES;
    else if (line === 'enable') this.#mode = '#';
    else if (line === 'configure terminal' && this.#mode === '#') this.#mode = '(config)#';
    else if (line === 'end' && this.#mode === '(config)#') this.#mode = '#';
    else if (this.#mode === '(config)#' && !line.startsWith('show')) return this.#configure(line);
    else if (line !== 'terminal width 511') return ['        ^', "% Invalid input detected at '^' marker.", ''];
    return [];
  }

  #configure(line: string): string[] {
    if (line.includes('nonsense')) return ["% Invalid input detected at '^' marker."];
    this.#running.push(line);
    const name = /^hostname (\S+)/.exec(line)?.[1];
    if (name !== undefined) this.#name = name;
    return [];
  }

  #print(more: readonly string[]): void {
    this.#pending.push(...more);
    const page = this.#pending.splice(0, this.#pageLines);
    for (const line of page) this.#channel.write(`${line}\r\n`);
    if (this.#pending.length > 0) this.#channel.write(PAGER);
    else this.#prompt();
  }

  #prompt(): void {
    this.#channel.write(`${this.#name}${this.#mode}`);
  }
}
