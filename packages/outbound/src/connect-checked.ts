import { lookup as systemLookup } from 'node:dns';
import { connect, isIP, type Socket } from 'node:net';
import type { AddressPolicy } from './address-policy.ts';
import { checkedLookup, type ResolveName } from './checked-lookup.ts';

export interface CheckedTarget {
  /** A name or an address. */
  readonly host: string;
  readonly port: number;
  readonly signal: AbortSignal;
}

/**
 * A TCP connection, as long as the policy allows the very address that is connected to. Rejects with ADDRESS_FORBIDDEN,
 * with the reason of the signal, or with the error of the system. Whoever gets the socket destroys it.
 */
export function connectChecked(
  policy: AddressPolicy,
  { host, port, signal }: CheckedTarget,
  resolve: ResolveName = systemLookup,
): Promise<Socket> {
  return new Promise((done, fail) => {
    signal.throwIfAborted();
    // An address is connected to without a look-up.
    if (isIP(host) !== 0 && !policy.allows(host)) throw policy.forbidden(host);
    const socket = connect({ host, port, lookup: checkedLookup(policy, resolve) });
    const abort = (): void => {
      socket.destroy();
      // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- the reason as it is, as fetch does
      fail(signal.reason);
    };
    signal.addEventListener('abort', abort, { once: true });
    // It stays: between two owners, and after the last one, an error has nobody else to hear it.
    socket.on('error', (error) => {
      signal.removeEventListener('abort', abort);
      fail(error);
    });
    socket.once('connect', () => {
      signal.removeEventListener('abort', abort);
      done(socket);
    });
  });
}
