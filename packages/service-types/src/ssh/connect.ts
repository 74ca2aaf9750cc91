import { connect as connectTcp } from 'node:net';
import type { Duplex } from 'node:stream';
import { type AppError, deviceError } from '@runyard/domain';
import ssh2 from 'ssh2';
import { sshAlgorithms } from './algorithms.ts';
import { createAuthentication } from './authentication.ts';
import { connectError, type ConnectPhase } from './connect-errors.ts';
import { SshConnection } from './connection.ts';
import type { KnownHosts } from './known-hosts.ts';
import { OneAnswer } from './one-answer.ts';
import type { PrivateKeys } from './private-keys.ts';
import { addressOf, type SshTarget } from './target.ts';

export interface ConnectTools {
  readonly knownHosts: KnownHosts;
  readonly privateKeys: PrivateKeys;
}

/** Kept alive by TCP: not every device answers the keep-alive requests of SSH. */
const KEEPALIVE_MS = 15_000;

/**
 * Connects and logs in. `through` is a channel of a jump host; without it a TCP connection is made.
 * Rejects with an error of the device group, or with the reason of the signal; then everything is closed.
 */
export async function openSshConnection(
  target: SshTarget,
  tools: ConnectTools,
  signal: AbortSignal,
  through?: Duplex,
): Promise<SshConnection> {
  const { credential, hostKey, host, port } = target;
  try {
    const key =
      credential.privateKey === undefined
        ? undefined
        : tools.privateKeys.parse(credential.privateKey, credential.passphrase);
    const keyTypes = hostKey === 'off' ? [] : await tools.knownHosts.keyTypes(host, port);
    signal.throwIfAborted();
    const transport =
      through ?? connectTcp({ host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEPALIVE_MS });
    return await logIn(target, tools, signal, transport, createAuthentication(target, key), keyTypes);
  } catch (error) {
    through?.destroy();
    throw error;
  }
}

function logIn(
  target: SshTarget,
  { knownHosts }: ConnectTools,
  signal: AbortSignal,
  transport: Duplex,
  authentication: ReturnType<typeof createAuthentication>,
  keyTypes: readonly string[],
): Promise<SshConnection> {
  const client = new ssh2.Client();
  const answer = new OneAnswer<SshConnection>(signal, () => transport.destroy());
  let phase: ConnectPhase = 'connecting';
  const fail = (error: unknown): void => {
    if (answer.reject(error)) transport.destroy();
  };
  const verify = (key: Buffer, accept: (permitted: boolean) => void): void => {
    const { device, host, port, hostKey: policy } = target;
    knownHosts.check({ device, host, port, policy, key }).then((refusal) => {
      if (refusal) fail(refusal);
      else if (!answer.isSettled) accept(true);
    }, fail);
  };
  client
    .on('connect', () => {
      phase = 'handshake';
    })
    .on('handshake', () => {
      phase = 'login';
    })
    .on('ready', () => {
      if (!answer.isSettled) answer.resolve(new SshConnection(target, client, transport));
    })
    .on('change password', () => fail(passwordExpired(target)))
    // Stays for the whole life of the client: an error without a listener would end the process.
    .on('error', (error: Error & { level?: string }) => {
      fail(error.level === 'client-authentication' ? authentication.refused() : connectError(error, target, phase));
    })
    .on('close', () => fail(connectError(new Error('closed'), target, phase)));
  try {
    client.connect({
      sock: transport,
      username: target.username,
      authHandler: authentication.handler,
      hostVerifier: verify,
      readyTimeout: target.connectTimeoutMs,
      algorithms: sshAlgorithms(keyTypes, target.legacyAlgorithms),
    });
  } catch (error) {
    fail(connectError(error as Error, target, phase));
  }
  return answer.promise;
}

function passwordExpired(target: SshTarget): AppError {
  return deviceError(
    'AUTHENTICATION_FAILED',
    `${addressOf(target)} wants user '${target.username}' to change the password first`,
  );
}
