import type { ServerChannel } from 'ssh2';
import type { Cli, CliReply } from './platforms/cli.ts';
import { createCli } from './platforms/create-cli.ts';
import { ChannelSession, dropInstead, runCommand, type SessionHost } from './session-host.ts';

const LINE_CHARS_MAX = 64 * 1024;
const BACKSPACES = ['\b', '\x7f'];
const [CTRL_C, CTRL_D, CTRL_Z] = ['\x03', '\x04', '\x1a'];

/**
 * An interactive session. It reads a line, runs it, shows the output page by page, and prompts again; what is typed
 * meanwhile waits. States: reading, asking (a password, not echoed), running, paging, ended.
 */
export class ShellSession {
  readonly #host: SessionHost;
  readonly #channel: ServerChannel;
  readonly #session: ChannelSession;
  readonly #cli: Cli;
  readonly #hasTerminal: boolean;
  #typed = '';
  #line = '';
  #lastKey = '';
  #echo = '';
  #state: 'reading' | 'running' | 'paging' | 'ended' = 'running';
  #question: CliReply['question'];
  #pages: string[] = [];
  #exitStatus = 0;
  /** Counts commands, so that the answer of one that was interrupted is not shown. */
  #turn = 0;
  #isInputOver = false;

  constructor(host: SessionHost, channel: ServerChannel, hasTerminal: boolean) {
    this.#host = host;
    this.#channel = channel;
    this.#hasTerminal = hasTerminal;
    this.#session = new ChannelSession(channel);
    this.#cli = createCli(host.state, true);
    channel.on('data', (chunk: Buffer) => this.#type(chunk.toString('latin1')));
    channel.on('end', () => {
      this.#isInputOver = true;
      this.#readTyped();
    });
    channel.on('close', () => {
      this.#state = 'ended';
    });
    this.#promptAgain();
  }

  #type(text: string): void {
    if (this.#state === 'running' && text.includes(CTRL_C) && this.#hasTerminal) {
      this.#turn += 1;
      this.#typed = text.slice(text.lastIndexOf(CTRL_C) + 1);
      this.#write('^C\n');
      this.#promptAgain();
      return;
    }
    if (this.#typed.length < LINE_CHARS_MAX) this.#typed += text;
    this.#readTyped();
  }

  #readTyped(): void {
    let at = 0;
    while (at < this.#typed.length && (this.#state === 'reading' || this.#state === 'paging')) {
      const key = this.#typed[at] ?? '';
      at += 1;
      if (this.#state === 'paging') this.#turnPage(key);
      else this.#takeKey(key);
      this.#lastKey = key;
    }
    this.#typed = this.#typed.slice(at);
    this.#flushEcho();
    if (this.#isInputOver && this.#typed === '' && this.#state === 'reading') this.#end();
  }

  #takeKey(key: string): void {
    if (key === '\n' && this.#lastKey === '\r') return;
    if (key === '\r' || key === '\n') this.#takeLine();
    else if (BACKSPACES.includes(key)) {
      if (this.#line !== '') this.#echo += '\b \b';
      this.#line = this.#line.slice(0, -1);
    } else if (key === CTRL_C) {
      this.#line = '';
      this.#echo += '^C\r\n';
      this.#promptAgain();
    } else if (key === CTRL_Z && this.#cli.prompt.includes('(config')) {
      this.#line = 'end';
      this.#takeLine();
    } else if (key === CTRL_D && this.#line === '') {
      this.#line = 'exit';
      this.#takeLine();
    } else if (key >= ' ' && this.#line.length < LINE_CHARS_MAX) {
      this.#line += key;
      if (!this.#question) this.#echo += key;
    }
  }

  #takeLine(): void {
    const line = Buffer.from(this.#line, 'latin1').toString();
    const question = this.#question;
    this.#line = '';
    this.#question = undefined;
    this.#echo += '\r\n';
    this.#flushEcho();
    this.#state = 'running';
    this.#turn += 1;
    const turn = this.#turn;
    // An answer to a question may be a password: it is not a command and is not logged.
    const reply = question
      ? Promise.resolve(question.answer(line))
      : line.trim() === ''
        ? Promise.resolve({ output: '' })
        : runCommand(this.#host, this.#cli, line, this.#session);
    void reply.then((value) => {
      if (turn === this.#turn && this.#state !== 'ended') this.#show(value);
    });
  }

  #show(reply: CliReply): void {
    if (dropInstead(this.#host, this.#channel, reply.output.replaceAll('\n', '\r\n'))) return;
    this.#exitStatus = reply.exitStatus ?? 0;
    this.#question = reply.question;
    if (reply.errorOutput) this.#write(reply.errorOutput);
    if (reply.isEnd) {
      this.#write(reply.output);
      this.#end();
      return;
    }
    this.#pages = reply.output.split(/(?<=\n)/);
    this.#showPage(this.#cli.pageLines - 1);
  }

  #showPage(lines: number): void {
    const count = this.#cli.pageLines > 0 && this.#hasTerminal ? Math.max(1, lines) : this.#pages.length;
    this.#write(this.#pages.splice(0, count).join(''));
    if (this.#pages.length === 0) {
      this.#promptAgain();
      return;
    }
    this.#write(this.#cli.morePrompt);
    this.#state = 'paging';
  }

  /** Space is one more page, Enter one more line, and every other key gives up the rest. */
  #turnPage(key: string): void {
    const { length } = this.#cli.morePrompt;
    this.#write(`${'\b'.repeat(length)}${' '.repeat(length)}${'\b'.repeat(length)}`);
    if (key === ' ') this.#showPage(this.#cli.pageLines - 1);
    else if (key === '\r' || key === '\n') this.#showPage(1);
    else {
      this.#pages = [];
      this.#promptAgain();
    }
  }

  #promptAgain(): void {
    this.#state = 'reading';
    // A shell without a terminal reads a script: no prompt, as bash does.
    const isScript = !this.#hasTerminal && this.#host.state.platform === 'linux';
    this.#flushEcho();
    if (!isScript && this.#host.fault?.kind !== 'hang-after-login')
      this.#write(this.#question?.prompt ?? this.#cli.prompt);
    if (this.#typed !== '' || this.#isInputOver) queueMicrotask(() => this.#readTyped());
  }

  #end(): void {
    this.#state = 'ended';
    this.#channel.exit(this.#exitStatus);
    this.#channel.end();
  }

  #flushEcho(): void {
    if (this.#hasTerminal && this.#echo !== '') this.#channel.write(this.#echo);
    this.#echo = '';
  }

  #write(text: string): void {
    const isPlain = !this.#hasTerminal && this.#host.state.platform === 'linux';
    if (text !== '') this.#channel.write(isPlain ? text : text.replaceAll('\n', '\r\n'));
  }
}
