import { type AppError, deviceError } from '@runyard/domain';
import type { Client } from 'ssh2';
import { addressOf, type SshTarget } from './target.ts';

/** What a connection runs over: a TCP socket, or a channel of a jump host. */
export interface Transport {
  destroy(): unknown;
}

/** One open SSH connection. Whoever holds it alone may use it; it says when it is of no more use. */
export class SshConnection {
  readonly target: SshTarget;
  readonly client: Client;
  readonly #transport: Transport;
  readonly #onClose = new Set<() => void>();
  #open = true;

  constructor(target: SshTarget, client: Client, transport: Transport) {
    this.target = target;
    this.client = client;
    this.#transport = transport;
    client.on('error', () => this.#closed());
    client.on('end', () => this.#closed());
    client.on('close', () => this.#closed());
  }

  get isOpen(): boolean {
    return this.#open;
  }

  /** Calls back once when the connection ends, from whichever side. Returns how to take the listener back. */
  onClose(listener: () => void): () => void {
    if (this.#open) this.#onClose.add(listener);
    else queueMicrotask(listener);
    return () => this.#onClose.delete(listener);
  }

  /** Ends the connection at once, without a farewell that nobody may answer. */
  destroy(): void {
    this.#transport.destroy();
    this.#closed();
  }

  lost(text: string): AppError {
    return deviceError('CONNECTION_LOST', `${addressOf(this.target)} dropped the connection ${text}`);
  }

  #closed(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#transport.destroy();
    const listeners = [...this.#onClose];
    this.#onClose.clear();
    for (const listener of listeners) listener();
  }
}
