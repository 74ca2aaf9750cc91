import { type Cli, type CliReply, type CliSession, NOTHING, runForTests } from './cli.ts';
import type { DeviceState } from './device-state.ts';

const SEQUENCE_MAX = 1_000_000;

interface Call {
  readonly state: DeviceState;
  readonly args: readonly string[];
  readonly session: CliSession;
}

const fail = (exitStatus: number, errorOutput: string): CliReply => ({ output: '', errorOutput, exitStatus });
const say = (text: string): CliReply => ({ output: `${text}\n` });

const COMMANDS: Readonly<Record<string, (call: Call) => CliReply | Promise<CliReply>>> = {
  true: () => NOTHING,
  false: () => ({ output: '', exitStatus: 1 }),
  exit: ({ args }) => ({ output: '', exitStatus: Number(args[0] ?? 0) & 255, isEnd: true }),
  logout: () => ({ output: '', isEnd: true }),
  hostname: ({ state, args }) => {
    if (args[0] === undefined) return say(state.hostname);
    state.hostname = args[0];
    return NOTHING;
  },
  whoami: ({ state }) => say(state.username),
  id: ({ state }) => say(`uid=1000(${state.username}) gid=1000(${state.username}) groups=1000(${state.username})`),
  pwd: ({ state }) => say(`/home/${state.username}`),
  date: () => say(new Date().toUTCString()),
  uname: ({ state, args }) =>
    say(args.includes('-a') ? `Linux ${state.hostname} 6.1.0-sim #1 SMP x86_64 GNU/Linux` : 'Linux'),
  uptime: ({ state }) => say(` up ${state.uptimeSeconds} seconds,  1 user,  load average: 0.00, 0.00, 0.00`),
  seq: ({ args }) => {
    const [from, to] = args.length > 1 ? [Number(args[0]), Number(args[1])] : [1, Number(args[0])];
    const count = Math.min(to - from + 1, SEQUENCE_MAX);
    if (!(count >= 0)) return fail(1, 'seq: invalid argument\n');
    return { output: Array.from({ length: count }, (_, index) => `${from + index}\n`).join('') };
  },
  cat: async ({ state, args, session }) => {
    if (args.length === 0) return { output: await session.input() };
    const found = args.map((file) => files(state)[file]);
    const missing = args.find((_, index) => found[index] === undefined);
    return missing === undefined ? { output: found.join('') } : fail(1, `cat: ${missing}: No such file or directory\n`);
  },
};

function files(state: DeviceState): Readonly<Record<string, string>> {
  return {
    '/etc/hostname': `${state.hostname}\n`,
    '/etc/os-release': `PRETTY_NAME="Simulated Linux ${state.version}"\nID=debian\nVERSION_ID="${state.version}"\n`,
    '/sys/class/dmi/id/product_serial': `${state.serial}\n`,
    '/sys/class/dmi/id/product_name': `${state.model}\n`,
  };
}

/** A shell with a handful of commands, quotes, `;`, `&&`, `||` and `>&2`. Nothing is expanded and nothing is executed. */
export class LinuxCli implements Cli {
  readonly pageLines = 0;
  readonly morePrompt = '';
  readonly #state: DeviceState;
  #status = 0;

  constructor(state: DeviceState) {
    this.#state = state;
  }

  get prompt(): string {
    return `${this.#state.username}@${this.#state.hostname}:~$ `;
  }

  async run(line: string, session: CliSession): Promise<CliReply> {
    let [output, errorOutput] = ['', ''];
    for (const { words, when, toError } of parse(line)) {
      if ((when === '&&' && this.#status !== 0) || (when === '||' && this.#status === 0)) continue;
      const reply = await this.#runOne(words, session);
      this.#status = reply.exitStatus ?? 0;
      errorOutput += (reply.errorOutput ?? '') + (toError ? reply.output : '');
      output += toError ? '' : reply.output;
      if (reply.isEnd) return { output, errorOutput, exitStatus: this.#status, isEnd: true };
    }
    return { output, errorOutput, exitStatus: this.#status };
  }

  async #runOne(words: readonly string[], session: CliSession): Promise<CliReply> {
    const [name = '', ...args] = words.map((word) => (word === '$?' ? String(this.#status) : word));
    const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
    if (command) return command({ state: this.#state, args, session });
    const reply = await runForTests(name, args.join(' '), session);
    return reply ?? fail(127, `bash: ${name}: command not found\n`);
  }
}

interface Step {
  readonly words: readonly string[];
  readonly when: string;
  readonly toError: boolean;
}

function parse(line: string): readonly Step[] {
  const tokens = line.match(/"[^"]*"|'[^']*'|&&|\|\||[;\n]|>&2|[^\s;'"&|]+|\S/g) ?? [];
  const steps: Step[] = [];
  let [words, when, toError]: [string[], string, boolean] = [[], '', false];
  for (const token of [...tokens, ';']) {
    if (['&&', '||', ';', '\n'].includes(token)) {
      if (words.length > 0) steps.push({ words, when, toError });
      [words, when, toError] = [[], token, false];
    } else if (token === '>&2') toError = true;
    else words.push(token.replace(/^(["'])(.*)\1$/s, '$2'));
  }
  return steps;
}
