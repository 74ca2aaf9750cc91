import ssh2, { type Client, type ClientChannel, type ConnectConfig } from 'ssh2';
import { type DeviceFleet, waitFor } from '@runyard/testkit';

export interface ExecResult {
  readonly output: string;
  readonly errorOutput: string;
  readonly exitStatus: number | undefined;
}

/** A plain ssh2 client that is logged in. Rejects with the error of the connection. */
export function connect(fleet: DeviceFleet, index: number, more: ConnectConfig = {}): Promise<Client> {
  const { address, port } = fleet.device(index);
  return new Promise((resolve, reject) => {
    const client = new ssh2.Client();
    client.on('ready', () => resolve(client));
    client.on('error', reject);
    client.on('close', () => reject(new Error('closed')));
    const { username, password } = fleet;
    client.connect({ host: address, port, username, password, readyTimeout: 5_000, ...more });
    // Without it each step waits for a delayed acknowledgement: 90 ms for an exec instead of 1.
    client.setNoDelay(true);
  });
}

/** Resolves when the channel is closed, be it in order or because the connection broke. */
export function exec(client: Client, command: string, input?: string): Promise<ExecResult> {
  return new Promise((resolve, reject) => {
    client.exec(command, (error, channel) => {
      if (error) {
        reject(error);
        return;
      }
      let [output, errorOutput, exitStatus]: [string, string, number | undefined] = ['', '', undefined];
      channel.on('data', (chunk: Buffer) => (output += chunk.toString()));
      channel.stderr.on('data', (chunk: Buffer) => (errorOutput += chunk.toString()));
      channel.on('exit', (code: number) => (exitStatus = code));
      channel.on('close', () => resolve({ output, errorOutput, exitStatus }));
      if (input !== undefined) channel.end(input);
    });
  });
}

/** An interactive session: type, and read up to what is expected. */
export class Shell {
  readonly #channel: ClientChannel;
  #unread = '';
  #isClosed = false;

  constructor(channel: ClientChannel) {
    this.#channel = channel;
    channel.on('data', (chunk: Buffer) => (this.#unread += chunk.toString()));
    channel.on('close', () => (this.#isClosed = true));
  }

  static open(client: Client): Promise<Shell> {
    return new Promise((resolve, reject) => {
      client.shell({ term: 'vt100' }, (error, channel) => (error ? reject(error) : resolve(new Shell(channel))));
    });
  }

  type(text: string): void {
    this.#channel.write(text);
  }

  /** Everything up to and with the expected text, which is then read. */
  async until(expected: string): Promise<string> {
    await waitFor(() => this.#isClosed || this.#unread.includes(expected), { timeoutMs: 5_000, intervalMs: 2 }).catch(
      () => undefined,
    );
    const at = this.#unread.indexOf(expected);
    const state = this.#isClosed ? 'closed' : 'waited in vain';
    if (at < 0) throw new Error(`${state} for ${JSON.stringify(expected)}, read ${JSON.stringify(this.#unread)}`);
    const read = this.#unread.slice(0, at + expected.length);
    this.#unread = this.#unread.slice(read.length);
    return read;
  }

  /** Types a line and returns what stands between it and the prompt that follows. */
  async ask(line: string, prompt: string): Promise<string> {
    this.type(`${line}\r`);
    // The prompt stands at the start of a line: in the echoed command it would not.
    const read = await this.until(`\r\n${prompt}`);
    return read.slice(read.indexOf('\r\n') + 2, -prompt.length);
  }
}
