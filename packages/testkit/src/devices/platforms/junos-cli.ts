import { type Cli, type CliReply, type CliSession, matchesWords, NOTHING, runForTests, splitPipe } from './cli.ts';
import type { DeviceState } from './device-state.ts';
import { inBraces } from './junos-config.ts';

const TERSE_HEADER = 'Interface               Admin Link Proto    Local                 Remote\n';

/** Operational mode (`user@name>`) and configuration mode (`user@name#`), with candidate and commit. */
export class JunosCli implements Cli {
  readonly morePrompt = '---(more)---';
  pageLines: number;
  readonly #state: DeviceState;
  #isConfiguring = false;

  /** Operational mode; the first whose words fit is meant. */
  readonly #operations: readonly (readonly [string, (words: readonly string[], line: string) => CliReply])[] = [
    ['show version', () => ({ output: this.#version() })],
    ['show configuration', (_words, line) => ({ output: show(this.#state.junos.committed, line) })],
    ['show interfaces', () => ({ output: this.#interfaces() })],
    ['show system uptime', () => ({ output: `System booted: ${new Date(this.#state.bootedAtMs).toISOString()}\n` })],
    ['show chassis hardware', () => ({ output: `Chassis    ${this.#state.serial}    ${this.#state.model}\n` })],
    ['configure', () => this.#startConfiguring()],
    ['edit', () => this.#startConfiguring()],
    ['set cli screen-length', (words) => this.#setLength(words[3])],
    ['set cli', () => NOTHING],
    ['exit', () => ({ output: '', isEnd: true })],
    ['quit', () => ({ output: '', isEnd: true })],
  ];

  /** Configuration mode, by the first word; what follows it is the argument. */
  readonly #statements: Readonly<Record<string, (rest: string, line: string) => CliReply>> = {
    set: (rest) => this.#set(rest),
    delete: (rest) => (this.#state.junos.delete(rest) ? NOTHING : { output: 'warning: statement not found\n' }),
    show: (_rest, line) => {
      const { junos } = this.#state;
      return { output: line.includes('| compare') ? junos.compare() : show(junos.candidate, line) };
    },
    commit: (rest) => this.#commit(rest),
    rollback: (rest) => {
      this.#state.junos.rollback(Number(rest) || 0);
      return { output: 'load complete\n' };
    },
    exit: () => this.#leave(),
    quit: () => this.#leave(),
  };

  constructor(state: DeviceState, pageLines: number) {
    this.#state = state;
    this.pageLines = pageLines;
  }

  get prompt(): string {
    const name = `${this.#state.username}@${this.#state.hostname}`;
    return this.#isConfiguring ? `[edit]\n${name}# ` : `${name}> `;
  }

  async run(line: string, session: CliSession): Promise<CliReply> {
    const { command, filter } = splitPipe(line.trim());
    const reply = this.#isConfiguring
      ? await this.#configure(command, line, session)
      : await this.#operate(command, line, session);
    return { ...reply, output: filter(reply.output) };
  }

  async #operate(command: string, line: string, session: CliSession): Promise<CliReply> {
    if (command === '') return NOTHING;
    const words = command.split(/\s+/);
    const found = this.#operations.find(([pattern]) => matchesWords(words, pattern));
    if (found) return found[1](words, line);
    const [first, ...rest] = words;
    return (await runForTests(first, rest.join(' '), session)) ?? unknown(words);
  }

  async #configure(command: string, line: string, session: CliSession): Promise<CliReply> {
    const [first = '', ...others] = command.split(/\s+/);
    const rest = others.join(' ');
    if (first === '' || first === 'top') return NOTHING;
    if (first === 'run') return this.#operate(rest, line, session);
    const statement = Object.hasOwn(this.#statements, first) ? this.#statements[first] : undefined;
    return statement?.(rest, line) ?? unknown([first, ...others]);
  }

  #set(statement: string): CliReply {
    if (!/^[a-z]\S* \S/.test(statement)) return unknown(['set', statement]);
    const isSet = this.#state.junos.set(statement);
    return isSet ? NOTHING : { output: 'error: configuration database size limit exceeded\n' };
  }

  #setLength(length: string | undefined): CliReply {
    this.pageLines = Math.max(0, Math.trunc(Number(length)) || 0);
    return { output: `Screen length set to ${this.pageLines}\n` };
  }

  #startConfiguring(): CliReply {
    this.#isConfiguring = true;
    return { output: 'Entering configuration mode\n\n' };
  }

  #commit(words: string): CliReply {
    if (words.includes('check')) return { output: 'configuration check succeeds\n' };
    const { junos } = this.#state;
    junos.commit();
    const name = junos.committed.find((statement) => statement.startsWith('system host-name '));
    this.#state.hostname = name?.slice('system host-name '.length) ?? this.#state.name;
    if (!words.includes('and-quit')) return { output: 'commit complete\n' };
    return { output: `commit complete\n${this.#leave().output}` };
  }

  #leave(): CliReply {
    this.#isConfiguring = false;
    return { output: 'Exiting configuration mode\n\n' };
  }

  #version(): string {
    const { hostname, model, version, serial } = this.#state;
    return `Hostname: ${hostname}\nModel: ${model}\nJunos: ${version}\nSimulated JUNOS Software Release [${version}]\nSerial number: ${serial}\n`;
  }

  #interfaces(): string {
    const names = new Set(
      this.#state.junos.committed.flatMap((statement) => {
        const [word, name] = statement.split(' ');
        return word === 'interfaces' && name !== undefined ? [name] : [];
      }),
    );
    return TERSE_HEADER + [...names].map((name) => `${name.padEnd(24)}up    up\n`).join('');
  }
}

function show(statements: readonly string[], line: string): string {
  if (/\|\s*display\s+set/.test(line)) return statements.map((statement) => `set ${statement}\n`).join('');
  return inBraces(statements);
}

function unknown(words: readonly string[]): CliReply {
  const place = ' '.repeat((words[0]?.length ?? 0) + 1);
  return {
    output: words.length > 1 ? `${place}^\nsyntax error, expecting <command>.\n` : `unknown command: ${words[0]}\n`,
    exitStatus: 1,
  };
}
