import { type AppError, deviceError } from '@runyard/domain';
import { echoEnd, lastLineOf, squeeze } from './clean-output.ts';
import type { SshConnection } from './connection.ts';
import { clip, type NotStarted } from './exec.ts';
import { type Platform, refusalIn } from './platforms.ts';
import { customPrompt, isCustomPrompt, isPromptLike, learnPrompt, type Prompt } from './prompt.ts';
import { type Look, openTerminal, type Screen, type Terminal } from './terminal.ts';

export interface ShellOptions {
  /** The prompt as the author of the service described it. */
  readonly prompt?: RegExp;
  /** How long the first prompt may take. */
  readonly promptTimeoutMs: number;
}

export interface ShellOutput {
  readonly output: string;
  readonly isCut: boolean;
  readonly outputBytes: number;
}

/** The last line of a pager that waits for a key, such as ` --More-- ` or `---(more 35%)---`. */
const PAGER =
  /^\s*-{2,4}\s?\(?\s?more\b[^\n]{0,40}$|\bpress any key to continue[^\n]{0,20}$|^lines \d+-\d+[^\n]{0,20}$/i;
const ANY_KEY = /press (?:any key|return|enter)[^\n]{0,40}$/i;
const PASSWORD = /password[^\n]{0,40}:\s*$/i;
const SETUP_BYTES_MAX = 65_536;

/** An interactive shell of a device that is at its prompt. One command at a time. */
export class Shell {
  readonly #terminal: Terminal;
  readonly #platform: Platform;
  readonly #options: ShellOptions;
  readonly #device: string;
  readonly #renamed: string[] = [];
  #prompt: Prompt;
  #pagedAt = -1;

  private constructor(terminal: Terminal, platform: Platform, options: ShellOptions, device: string, prompt: Prompt) {
    this.#terminal = terminal;
    this.#platform = platform;
    this.#options = options;
    this.#device = device;
    this.#prompt = prompt;
  }

  /** Opens a shell, learns the prompt and turns paging off. Rejects with PROMPT_NOT_FOUND. */
  static async open(
    connection: SshConnection,
    platform: Platform,
    options: ShellOptions,
    signal: AbortSignal,
  ): Promise<Shell | NotStarted> {
    const terminal = await openTerminal(connection, platform, signal);
    if ('started' in terminal) return terminal;
    const { device } = connection.target;
    const prompt = await firstPrompt(terminal, platform, options, device, signal);
    const shell = new Shell(terminal, platform, options, device, prompt);
    for (const command of platform.setup) await shell.run(command, signal, SETUP_BYTES_MAX);
    return shell;
  }

  /** The prompt as it stands now. */
  get prompt(): string {
    return this.#prompt.text;
  }

  /** Sends a command and waits for the next prompt; the output is without echo and prompt. */
  async run(command: string, signal: AbortSignal, outputBytesMax: number): Promise<ShellOutput> {
    const terminal = this.#terminal;
    const before = this.#prompt.text;
    const newName = this.#platform.renames?.exec(command)?.[1];
    if (newName !== undefined) this.#expectName(newName);
    terminal.start(outputBytesMax);
    this.#pagedAt = -1;
    terminal.write(`${command}\n`);
    const line = await terminal.until(
      (screen) => this.#lookForPrompt(screen, command, before),
      `'${clip(command)}' ran`,
      signal,
    );
    this.#see(line);
    const { text, isCut } = terminal.take();
    return { output: this.#bodyOf(text, command, before, isCut), isCut, outputBytes: terminal.outputBytes };
  }

  /** True when the device still answers with a prompt, within the time. Closes nothing that is not the device's fault. */
  async isAlive(signal: AbortSignal, timeoutMs: number): Promise<boolean> {
    const probe = new AbortController();
    const timer = setTimeout(() => probe.abort(new Error('no answer')), timeoutMs);
    const onAbort = (): void => probe.abort(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      await this.run('', probe.signal, SETUP_BYTES_MAX);
      return true;
    } catch {
      signal.throwIfAborted();
      return false;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
    }
  }

  get isPrivileged(): boolean {
    return !this.#prompt.text.endsWith('>');
  }

  /** Enters privileged mode if the prompt shows that it is not on. */
  async enable(password: string | undefined, signal: AbortSignal): Promise<void> {
    const { enable } = this.#platform;
    if (enable === null || this.isPrivileged) return;
    const terminal = this.#terminal;
    const before = this.#prompt.text;
    terminal.start(SETUP_BYTES_MAX);
    terminal.write(`${enable}\n`);
    let line = await terminal.until((screen) => this.#lookForPassword(screen, enable, before), 'enable ran', signal);
    if (PASSWORD.test(line)) {
      if (password === undefined) {
        throw deviceError(
          'CREDENTIAL_NOT_FOUND',
          `'${this.#device}' asks for a password for ${enable}, the credential has none`,
        );
      }
      terminal.start(SETUP_BYTES_MAX);
      terminal.write(`${password}\n`);
      line = await terminal.until((screen) => this.#lookForPassword(screen, '', before), 'enable ran', signal);
    }
    if (PASSWORD.test(line) || line.trimEnd().endsWith('>')) {
      throw deviceError('AUTHENTICATION_FAILED', `'${this.#device}' refused the password for ${enable}`);
    }
    this.#see(line);
  }

  /** Resolves with why the configuration could not be entered, or with undefined. */
  async enterConfig(signal: AbortSignal): Promise<string | undefined> {
    const { enter, inside } = this.#platform.config;
    const { output } = await this.run(enter, signal, SETUP_BYTES_MAX);
    if (inside.test(this.#prompt.text)) return undefined;
    return refusalIn(output, this.#platform) ?? (output.trim().slice(0, 200) || 'the prompt did not change');
  }

  get isInConfig(): boolean {
    return this.#platform.config.inside.test(this.#prompt.text);
  }

  close(): void {
    this.#terminal.close();
  }

  #expectName(name: string): void {
    this.#renamed.push(name);
    if (!this.#options.prompt) this.#prompt = learnPrompt(this.#prompt.text, this.#platform, this.#renamed);
  }

  /** A prompt in another mode matches as before; only its text is new. */
  #see(line: string): void {
    const prompt = this.#prompt;
    this.#prompt = { text: line.trimEnd(), matches: (candidate) => prompt.matches(candidate) };
  }

  #lookForPrompt({ head, tail }: Screen, command: string, before: string): Look<string> {
    const line = lastLineOf(tail);
    if (PAGER.test(line)) this.#turnPage();
    if (!this.#prompt.matches(line)) return undefined;
    const sent = squeeze(command);
    // The echo of a command that ends in `>` or `#` looks like a prompt until its line ends.
    if (sent !== '' && squeeze(line).endsWith(sent) && !head().includes('\n')) return undefined;
    // Without an echo this may be a prompt that was on its way before the command was sent.
    return echoEnd(head(), command, before) >= 0 ? { found: line } : { perhaps: line };
  }

  #lookForPassword(screen: Screen, command: string, before: string): Look<string> {
    const line = lastLineOf(screen.tail);
    return PASSWORD.test(line) ? { found: line } : this.#lookForPrompt(screen, command, before);
  }

  #turnPage(): void {
    // One key for each page, however often the same screen is looked at.
    if (this.#pagedAt === this.#terminal.outputBytes) return;
    this.#pagedAt = this.#terminal.outputBytes;
    this.#terminal.write(' ');
  }

  #bodyOf(text: string, command: string, before: string, isCut: boolean): string {
    const body = text.slice(Math.max(0, echoEnd(text, command, before)));
    const lines = body.split('\n').filter((line) => !PAGER.test(line));
    const heading = this.#platform.promptHeading;
    if (!isCut && this.#prompt.matches(lines.at(-1) ?? '')) {
      lines.pop();
      while (heading && heading.test(lines.at(-1)?.trim() ?? '')) lines.pop();
    }
    return lines.join('\n').replace(/^\n+|\s+$/g, '');
  }
}

/** Waits for a line that can be a prompt, and sends an empty line to see the same one again. */
async function firstPrompt(
  terminal: Terminal,
  platform: Platform,
  { prompt: custom, promptTimeoutMs }: ShellOptions,
  device: string,
  signal: AbortSignal,
): Promise<Prompt> {
  const { limit, release } = promptLimit(terminal, promptTimeoutMs, device, signal);
  let keyPressed = false;
  const isPrompt = (line: string): boolean => (custom ? isCustomPrompt(custom, line) : isPromptLike(line, platform));
  try {
    const line = await terminal.until<string>(
      ({ tail }) => {
        const last = lastLineOf(tail);
        if (!keyPressed && ANY_KEY.test(last)) {
          keyPressed = true;
          terminal.write('\n');
        }
        return isPrompt(last) ? { found: last } : undefined;
      },
      'the prompt was awaited',
      limit,
    );
    if (custom) return customPrompt(custom, line);
    terminal.write('\n');
    const again = await terminal.until<string>(
      ({ tail }) => {
        const [last = '', previous] = tail
          .split('\n')
          .reverse()
          .filter((text, index) => index === 0 || text.trim() !== '');
        if (!isPrompt(last)) return undefined;
        // A banner can look like a prompt, but not twice in a row. Prompts with a clock in them differ each time.
        return previous?.trimEnd() === last.trimEnd() ? { found: last } : { perhaps: last };
      },
      'the prompt was awaited',
      limit,
    );
    return learnPrompt(again, platform);
  } finally {
    release();
  }
}

/** A signal that also fires, with PROMPT_NOT_FOUND, when the prompt takes too long. */
function promptLimit(
  terminal: Terminal,
  timeoutMs: number,
  device: string,
  signal: AbortSignal,
): { limit: AbortSignal; release: () => void } {
  const controller = new AbortController();
  const onAbort = (): void => controller.abort(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  const timer = setTimeout(() => controller.abort(promptNotFound(terminal, timeoutMs, device)), timeoutMs);
  const release = (): void => {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  };
  return { limit: controller.signal, release };
}

function promptNotFound(terminal: Terminal, timeoutMs: number, device: string): AppError {
  const seen = lastLineOf(terminal.screen.tail.trimEnd()).slice(0, 200);
  const text = seen === '' ? 'it wrote nothing' : `its last line is '${seen}'`;
  return deviceError('PROMPT_NOT_FOUND', `'${device}' showed no prompt within ${timeoutMs} ms, ${text}`);
}
