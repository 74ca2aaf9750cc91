import { type Cli, type CliReply, type CliSession, matchesWords, NOTHING, runForTests, splitPipe } from './cli.ts';
import { type CiscoLikePlatform, type Dialect, DIALECTS } from './cisco-like-dialects.ts';
import { showOutput } from './cisco-like-show.ts';
import type { DeviceState } from './device-state.ts';

type Mode = 'user' | 'privileged' | 'config';

interface Command {
  readonly pattern: string;
  readonly needsPrivilege?: boolean;
  run(words: readonly string[], command: string): CliReply;
}

/** Lines of configuration mode that open a section, and what the prompt says there. */
const SECTIONS = [
  ['interface ', 'if'],
  ['router ', 'router'],
  ['line ', 'line'],
  ['vlan ', 'vlan'],
  ['route-map ', 'route-map'],
  ['class-map ', 'cmap'],
  ['policy-map ', 'pmap'],
  ['vrf ', 'vrf'],
  ['ip access-list ', 'nacl'],
] as const;
/** Lines that belong to the top level wherever they are typed, and lead back to it. */
const TOP_LEVEL = ['hostname ', 'ip route ', 'ntp ', 'logging ', 'snmp-server ', 'username ', 'banner '];
const BAD_SECRETS = '% Bad secrets\n\n';

/** User, privileged and configuration mode, as IOS made them known. Words may be shortened: `sh ver`, `conf t`. */
export class CiscoLikeCli implements Cli {
  pageLines: number;
  readonly #state: DeviceState;
  readonly #dialect: Dialect;
  #mode: Mode;
  #section = '';

  /** Of user and privileged mode; the first whose words fit is meant. */
  readonly #commands: readonly Command[] = [
    { pattern: 'show', run: (words, command) => this.#show(words, command) },
    { pattern: 'enable', run: () => (this.#mode === 'user' ? this.#askForSecret() : NOTHING) },
    { pattern: 'disable', run: () => this.#enter('user') },
    ...['exit', 'quit', 'logout'].map((pattern) => ({ pattern, run: () => ({ output: '', isEnd: true }) })),
    { pattern: 'end', run: () => NOTHING },
    { pattern: 'terminal length', run: (words, command) => this.#setLength(words, command) },
    { pattern: 'terminal', run: () => NOTHING },
    { pattern: 'ping', run: ([, target = '']) => ({ output: pingOutput(target) }) },
    { pattern: 'configure', needsPrivilege: true, run: () => this.#startConfiguring() },
    { pattern: 'write', needsPrivilege: true, run: () => ({ output: 'Building configuration...\n[OK]\n' }) },
    {
      pattern: 'copy running-config startup-config',
      needsPrivilege: true,
      run: () => ({ output: 'Copy completed successfully.\n' }),
    },
  ];

  constructor(state: DeviceState, platform: CiscoLikePlatform, isInteractive: boolean) {
    this.#state = state;
    this.#dialect = DIALECTS[platform];
    // A command sent by exec has no chance to say `enable`, so it runs with all rights.
    this.#mode = isInteractive && !this.#dialect.isPrivileged ? 'user' : 'privileged';
    this.pageLines = isInteractive ? this.#dialect.pageLines : 0;
  }

  get prompt(): string {
    const { hostname } = this.#state;
    if (this.#mode !== 'config') return `${hostname}${this.#mode === 'user' ? '>' : '#'}`;
    const section = SECTIONS.find(([start]) => this.#section.startsWith(start));
    return `${hostname}(config${section ? `-${section[1]}` : ''})#`;
  }

  get morePrompt(): string {
    return this.#dialect.morePrompt;
  }

  async run(line: string, session: CliSession): Promise<CliReply> {
    const { command, filter } = splitPipe(line.trim());
    if (command === '' || command.startsWith('!')) return NOTHING;
    const reply =
      this.#mode === 'config' ? await this.#configure(command, session) : await this.#execute(command, session);
    return { ...reply, output: filter(reply.output) };
  }

  async #execute(command: string, session: CliSession): Promise<CliReply> {
    const words = command.split(/\s+/);
    const found = this.#commands.find(
      ({ pattern, needsPrivilege }) => (this.#mode !== 'user' || !needsPrivilege) && matchesWords(words, pattern),
    );
    if (found) return found.run(words, command);
    const [first, ...rest] = words;
    return (await runForTests(first, rest.join(' '), session)) ?? this.#invalid(command, 0);
  }

  async #configure(command: string, session: CliSession): Promise<CliReply> {
    const words = command.split(/\s+/);
    if (command === 'end') return this.#enter('privileged');
    if (command === 'exit') return this.#section === '' ? this.#enter('privileged') : this.#leaveSection();
    if (words[0] === 'do') return this.#execute(words.slice(1).join(' '), session);
    if (this.#dialect.showsWhileConfiguring && matchesWords(words, 'show')) return this.#show(words, command);
    return this.#change(words.join(' '), command);
  }

  /** Any line that looks like one is taken; a first word that is `invalid`, or not a word at all, is refused. */
  #change(line: string, typed: string): CliReply {
    const { config } = this.#state;
    const [first = ''] = line.split(' ');
    if (!/^[a-z][a-z0-9-]*$/i.test(first) || first === 'invalid') return this.#invalid(typed, 0);
    if (TOP_LEVEL.some((start) => line.startsWith(start))) this.#section = '';
    if (first === 'no') {
      if (line === 'no') return { output: '% Incomplete command.\n\n', exitStatus: this.#dialect.errorStatus };
      config.remove(this.#section, line.slice(3));
      return NOTHING;
    }
    if (SECTIONS.some(([start]) => line.startsWith(start))) {
      this.#section = line;
      config.open(line);
      return NOTHING;
    }
    if (line.startsWith('hostname ')) this.#state.hostname = line.slice('hostname '.length);
    return config.set(this.#section, line) ? NOTHING : { output: '% Configuration memory is full\n' };
  }

  #show(words: readonly string[], command: string): CliReply {
    const output = showOutput(this.#state, this.#dialect, words, this.#mode !== 'user');
    if (output !== undefined) return { output };
    if (words.length === 1) return { output: '% Incomplete command.\n\n', exitStatus: this.#dialect.errorStatus };
    return this.#invalid(command, command.indexOf(words[1] ?? ''));
  }

  #startConfiguring(): CliReply {
    this.#enter('config');
    const isQuiet = this.#dialect.showsWhileConfiguring;
    return isQuiet ? NOTHING : { output: 'Enter configuration commands, one per line.  End with CNTL/Z.\n' };
  }

  #askForSecret(): CliReply {
    const ask = (triesLeft: number): CliReply => ({
      output: '',
      question: {
        prompt: 'Password: ',
        answer: (text) => {
          if (text === this.#state.enablePassword) return this.#enter('privileged');
          return triesLeft > 1 ? ask(triesLeft - 1) : { output: BAD_SECRETS };
        },
      },
    });
    return ask(3);
  }

  #setLength(words: readonly string[], command: string): CliReply {
    const length = Number(words[2]);
    if (!Number.isInteger(length) || length < 0 || length > 512)
      return this.#invalid(command, command.lastIndexOf(' ') + 1);
    this.pageLines = length;
    return NOTHING;
  }

  #enter(mode: Mode): CliReply {
    this.#mode = mode;
    this.#section = '';
    return NOTHING;
  }

  #leaveSection(): CliReply {
    this.#section = '';
    return NOTHING;
  }

  #invalid(line: string, column: number): CliReply {
    const output = this.#dialect.invalid(line, this.prompt.length + column);
    return { output, exitStatus: this.#dialect.errorStatus };
  }
}

function pingOutput(target: string): string {
  return `Sending 5, 100-byte ICMP Echos to ${target}, timeout is 2 seconds:\n!!!!!\nSuccess rate is 100 percent (5/5)\n`;
}
