import { type AppError, deviceError } from '@runyard/domain';
import type { ClientChannel } from 'ssh2';
import type { SshConnection } from './connection.ts';
import { OneAnswer } from './one-answer.ts';
import { OutputBuffer } from './output-buffer.ts';

/** What was to be done did not begin, so that it may be tried on another connection. */
export interface NotStarted {
  readonly started: false;
  readonly error: AppError;
}

export interface ExecResult {
  readonly started: true;
  readonly output: string;
  readonly errorOutput: string;
  /** Null when the device told none, as routers do. */
  readonly exitCode: number | null;
  readonly exitSignal: string | null;
  readonly isCut: boolean;
  readonly outputBytes: number;
}

const ERROR_BYTES_MAX = 16_384;

/**
 * Runs one command in a channel of its own. Rejects with CONNECTION_LOST when the connection ends after the command was
 * sent: then nobody knows what it did. When the signal fires the connection is closed and the reason thrown.
 */
export function execCommand(
  connection: SshConnection,
  command: string,
  signal: AbortSignal,
  outputBytesMax: number,
): Promise<ExecResult | NotStarted> {
  const { device, connectTimeoutMs } = connection.target;
  const answer = new OneAnswer<ExecResult | NotStarted>(signal, () => connection.destroy());
  const output = new OutputBuffer(outputBytesMax);
  let isOpened = false;
  let late: AppError | undefined;
  answer.afterwards(
    connection.onClose(() => {
      // Before the channel is open, ssh2 tells below whether the command had been sent by then.
      if (isOpened)
        answer.reject(connection.lost(`while '${clip(command)}' ran, after ${output.totalBytes} bytes of output`));
    }),
  );
  const opening = setTimeout(() => {
    late = deviceError('CONNECTION_TIMEOUT', `'${device}' did not open a channel in time`);
    connection.destroy();
  }, connectTimeoutMs);
  answer.afterwards(() => clearTimeout(opening));
  if (answer.isSettled) return answer.promise;
  try {
    connection.client.exec(command, (error, channel) => {
      clearTimeout(opening);
      if (!error) {
        isOpened = true;
        collect(channel, output, answer, connection);
      } else if (isRequestRefused(error)) {
        answer.reject(requestRefused(error, command, connection));
      } else {
        answer.resolve({ started: false, error: late ?? channelError(error, connection) });
      }
    });
  } catch (error) {
    const text = `The connection to '${device}' was closed`;
    answer.resolve({ started: false, error: deviceError('CONNECTION_LOST', text, error) });
  }
  return answer.promise;
}

function collect(
  channel: ClientChannel,
  output: OutputBuffer,
  answer: OneAnswer<ExecResult | NotStarted>,
  connection: SshConnection,
): void {
  const errors = new OutputBuffer(ERROR_BYTES_MAX);
  let exitCode: number | null = null;
  let exitSignal: string | null = null;
  const keepIn = (buffer: OutputBuffer) => (chunk: Buffer) => {
    try {
      buffer.add(chunk);
    } catch (error) {
      answer.reject(error);
      connection.destroy();
    }
  };
  channel.on('data', keepIn(output));
  channel.stderr.on('data', keepIn(errors));
  channel.on('exit', (code: number | null, signalName?: string) => {
    exitCode = code;
    exitSignal = signalName ?? null;
  });
  channel.on('close', () => {
    if (answer.isSettled) return;
    const { isCut, totalBytes: outputBytes } = output;
    const texts = { output: output.text(), errorOutput: errors.text() };
    answer.resolve({ started: true, ...texts, exitCode, exitSignal, isCut, outputBytes });
  });
}

/**
 * True when the channel was open and the command had been sent: ssh2 tells the two apart only by this text. It comes both
 * when the device refuses and when the connection ends before the device has answered.
 */
function isRequestRefused(error: Error): boolean {
  return error.message === 'Unable to exec';
}

function requestRefused(error: Error, command: string, connection: SshConnection): AppError {
  if (!connection.isOpen) return connection.lost(`when '${clip(command)}' had been sent`);
  const text = `'${connection.target.device}' does not run commands without a shell: use mode shell`;
  return deviceError('COMMAND_FAILED', text, error);
}

function channelError(error: Error, connection: SshConnection): AppError {
  if (!connection.isOpen) return connection.lost('before the command was sent');
  const text = `'${connection.target.device}' did not open a channel: ${error.message}`;
  return deviceError('CONNECTION_REFUSED', text, error);
}

/** The first line of a command, short enough for a message. */
export function clip(command: string): string {
  const [line = ''] = command.split('\n');
  return line.length > 80 || line.length < command.length ? `${line.slice(0, 80)}…` : line;
}
