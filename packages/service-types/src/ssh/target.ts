import { type Credential, type Device, deviceError, type HostKeyPolicy, type Task } from '@runyard/domain';
import { credentialFingerprint } from './fingerprint.ts';

/** Where and as whom to log in. */
export interface SshTarget {
  /** Name of the device, for texts. */
  readonly device: string;
  readonly host: string;
  readonly port: number;
  readonly username: string;
  readonly credential: Credential;
  readonly hostKey: HostKeyPolicy;
  readonly sessionsMax: number;
  readonly connectTimeoutMs: number;
  readonly legacyAlgorithms: boolean;
  /** The host through which it is reached. */
  readonly jump: SshTarget | null;
}

export interface SshTargetSettings {
  readonly port?: number;
  readonly connectTimeoutMs?: number;
  readonly legacyAlgorithms?: boolean;
}

const SSH_PORT = 22;
const SESSIONS_MAX = 4;
const CONNECT_TIMEOUT_MS = 10_000;
/** More hops than anybody needs; also ends a circle of jump hosts. */
const JUMPS_MAX = 4;

/** Rejects with CREDENTIAL_NOT_FOUND, or with DEVICE_UNREACHABLE when the jump hosts make no path. */
export async function resolveSshTarget(
  device: Device,
  credential: Credential | null,
  settings: SshTargetSettings,
  lookup: Task['lookup'],
  jumpsLeft = JUMPS_MAX,
): Promise<SshTarget> {
  const named = namedCredential(device, credential);
  const { connectTimeoutMs = CONNECT_TIMEOUT_MS, legacyAlgorithms = false } = settings;
  let jump: SshTarget | null = null;
  if (device.ssh?.jump !== undefined) {
    if (jumpsLeft === 0) {
      throw deviceError(
        'DEVICE_UNREACHABLE',
        `More than ${JUMPS_MAX} jump hosts in a row, the last is '${device.name}'`,
      );
    }
    const next = await lookup(device.ssh.jump);
    jump = await resolveSshTarget(next.device, next.credential, { connectTimeoutMs }, lookup, jumpsLeft - 1);
  }
  return {
    device: device.name,
    host: device.address,
    port: settings.port ?? device.port ?? SSH_PORT,
    username: named.username,
    credential: named,
    hostKey: device.ssh?.hostKey ?? 'strict',
    sessionsMax: device.ssh?.sessions ?? SESSIONS_MAX,
    connectTimeoutMs,
    legacyAlgorithms,
    jump,
  };
}

function namedCredential(device: Device, credential: Credential | null): Credential & { username: string } {
  const username = credential?.username;
  if (credential && username) return { ...credential, username };
  const what = credential ? `The credential '${credential.name}' has no username` : 'There is no credential';
  throw deviceError('CREDENTIAL_NOT_FOUND', `${what} for '${device.name}'`);
}

/** `host:port`, for texts. */
export function addressOf(target: SshTarget): string {
  return target.host.includes(':') ? `[${target.host}]:${target.port}` : `${target.host}:${target.port}`;
}

/** The device behind a target, whoever logs in: what the limit of sessions counts. */
export function endpointKey(target: SshTarget): string {
  return `${target.jump ? `${endpointKey(target.jump)} > ` : ''}${addressOf(target)}`;
}

/** Targets with the same key may use the same connection. */
export function targetKey(target: SshTarget): string {
  const { username, credential, hostKey, legacyAlgorithms, jump } = target;
  const own = [addressOf(target), username, credentialFingerprint(credential), hostKey, legacyAlgorithms];
  return JSON.stringify(jump ? [...own, targetKey(jump)] : own);
}
