import { StringDecoder } from 'node:string_decoder';
import { type AppError, deviceError } from '@runyard/domain';
import type { ClientChannel } from 'ssh2';
import { cleanTerminalText } from './clean-output.ts';
import type { SshConnection } from './connection.ts';
import type { NotStarted } from './exec.ts';
import { OneAnswer } from './one-answer.ts';
import { OutputBuffer } from './output-buffer.ts';

/** What a look at the screen gives: found, found unless more comes within a moment, or nothing yet. */
export type Look<Found> = { readonly found: Found } | { readonly perhaps: Found } | undefined;

export interface Screen {
  /** The end of the output, cleaned: its last lines. */
  readonly tail: string;
  /** The beginning of what came since `start`, cleaned. */
  readonly head: () => string;
}

const TAIL_CHARACTERS = 2_000;
const HEAD_CHARACTERS = 4_000;
const QUIET_MS = 300;
const GREETING_BYTES_MAX = 65_536;

/** An interactive channel: what the device writes is kept until it is taken, and looked at each time more comes. */
export class Terminal {
  readonly #channel: ClientChannel;
  readonly #connection: SshConnection;
  readonly #decoder = new StringDecoder('utf8');
  #output: OutputBuffer;
  #head = '';
  #tail = '';
  #isClosed = false;
  #isChanged = false;
  #failure: AppError | undefined;
  #onChange: (() => void) | undefined;

  constructor(channel: ClientChannel, connection: SshConnection) {
    this.#channel = channel;
    this.#connection = connection;
    this.#output = new OutputBuffer(GREETING_BYTES_MAX);
    channel.on('data', (chunk: Buffer) => this.#add(chunk));
    channel.stderr.on('data', (chunk: Buffer) => this.#add(chunk));
    // A device that closes the shell while a command is being written: the close below says it.
    channel.on('error', () => undefined);
    channel.on('close', () => {
      this.#isClosed = true;
      this.#onChange?.();
    });
    connection.onClose(() => {
      this.#isClosed = true;
      this.#onChange?.();
    });
  }

  write(text: string): void {
    if (!this.#isClosed) this.#channel.write(text);
  }

  /** Forgets what came so far. From now on at most so many bytes are kept. */
  start(bytesMax: number): void {
    this.#output = new OutputBuffer(bytesMax);
    this.#head = '';
    this.#tail = '';
  }

  /** What came since `start`, cleaned. */
  take(): { readonly text: string; readonly isCut: boolean } {
    return { text: cleanTerminalText(this.#output.text()), isCut: this.#output.isCut };
  }

  get screen(): Screen {
    const [head, tail] = [this.#head, this.#tail];
    return { head: () => cleanTerminalText(head), tail: cleanTerminalText(tail) };
  }

  get outputBytes(): number {
    return this.#output.totalBytes;
  }

  /**
   * Looks at the screen now and whenever more came, until the look finds something. `doing` is for the text of the
   * CONNECTION_LOST that it rejects with when the device hangs up. When the signal fires the connection is closed and
   * the reason of the signal thrown.
   */
  until<Found>(look: (screen: Screen) => Look<Found>, doing: string, signal: AbortSignal): Promise<Found> {
    const answer = new OneAnswer<Found>(signal, () => this.#connection.destroy());
    let quiet: NodeJS.Timeout | undefined;
    const onChange = (): void => {
      clearTimeout(quiet);
      // Nobody waits for a line that is complete: prompts and questions keep the cursor behind them.
      const isLooking = !this.#failure && !this.#tail.endsWith('\n');
      const seen = isLooking ? look(this.screen) : undefined;
      if (seen && 'found' in seen) {
        answer.resolve(seen.found);
      } else if (this.#failure || this.#isClosed) {
        const text = `while ${doing}, after ${this.outputBytes} bytes of output`;
        answer.reject(this.#failure ?? this.#connection.lost(text));
        this.#connection.destroy();
      } else if (seen) {
        quiet = setTimeout(() => answer.resolve(seen.perhaps), QUIET_MS);
      }
    };
    answer.afterwards(() => {
      clearTimeout(quiet);
      this.#onChange = undefined;
    });
    if (!answer.isSettled) {
      this.#onChange = onChange;
      onChange();
    }
    return answer.promise;
  }

  close(): void {
    this.#channel.close();
  }

  #add(chunk: Buffer): void {
    try {
      this.#output.add(chunk);
    } catch (error) {
      this.#failure = error as AppError;
    }
    const text = this.#decoder.write(chunk);
    if (this.#head.length < HEAD_CHARACTERS) this.#head += text.slice(0, HEAD_CHARACTERS - this.#head.length);
    this.#tail = (this.#tail + text).slice(-TAIL_CHARACTERS);
    if (this.#isChanged) return;
    // One look for all that came at once: devices often write letter by letter.
    this.#isChanged = true;
    queueMicrotask(() => {
      this.#isChanged = false;
      this.#onChange?.();
    });
  }
}

/** A channel with a terminal, or why there is none. */
export function openTerminal(
  connection: SshConnection,
  size: { readonly term: string; readonly columns: number },
  signal: AbortSignal,
): Promise<Terminal | NotStarted> {
  const { device, connectTimeoutMs } = connection.target;
  const answer = new OneAnswer<Terminal | NotStarted>(signal, () => connection.destroy());
  const notStarted = (error: AppError): void => {
    if (answer.resolve({ started: false, error })) connection.destroy();
  };
  const timer = setTimeout(
    () => notStarted(deviceError('CONNECTION_TIMEOUT', `'${device}' did not open a shell in time`)),
    connectTimeoutMs,
  );
  answer.afterwards(() => clearTimeout(timer));
  answer.afterwards(connection.onClose(() => notStarted(connection.lost('while a shell was opened'))));
  if (answer.isSettled) return answer.promise;
  try {
    connection.client.shell({ term: size.term, cols: size.columns, rows: ROWS }, (error, channel) => {
      if (error) {
        const text = `'${device}' did not open a shell: ${error.message}`;
        notStarted(deviceError('CONNECTION_REFUSED', text, error));
      } else {
        answer.resolve(new Terminal(channel, connection));
      }
    });
  } catch (error) {
    notStarted(deviceError('CONNECTION_LOST', `The connection to '${device}' was closed`, error));
  }
  return answer.promise;
}

const ROWS = 1_000;
