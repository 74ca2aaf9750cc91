import { type AppError, deviceError, type ErrorCode, isAppError } from '@runyard/domain';
import { addressOf, type SshTarget } from './target.ts';

/** How far a connection has come, for texts that say where it ended. */
export type ConnectPhase = 'connecting' | 'handshake' | 'login';

const UNREACHABLE = new Set([
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EHOSTDOWN',
  'ENETDOWN',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EADDRNOTAVAIL',
  'EINVAL',
  'EACCES',
  'EPERM',
]);

/** What went wrong before the login was done. */
export function connectError(error: Error, target: SshTarget, phase: ConnectPhase): AppError {
  if (isAppError(error)) return error;
  const { code, level } = error as { code?: unknown; level?: unknown };
  const where = `${addressOf(target)}${target.jump ? ` through '${target.jump.device}'` : ''}`;
  const fail = (errorCode: ErrorCode, text: string): AppError => deviceError(errorCode, text, error);
  if (code === 'ECONNREFUSED') return fail('CONNECTION_REFUSED', `${where} refused the connection`);
  if (code === 'ETIMEDOUT') return fail('CONNECTION_TIMEOUT', `${where} did not answer`);
  if (typeof code === 'string' && UNREACHABLE.has(code)) {
    return fail('DEVICE_UNREACHABLE', `${where} cannot be reached: ${reachText(code)}`);
  }
  if (level === 'client-timeout') return fail('CONNECTION_TIMEOUT', timeoutText(where, target, phase));
  if (level === 'handshake') return fail('CONNECTION_REFUSED', `No SSH with ${where}: ${handshakeText(error.message)}`);
  if (phase === 'connecting') return fail('DEVICE_UNREACHABLE', `${where} cannot be reached: ${error.message}`);
  return fail('CONNECTION_LOST', `${where} dropped the connection during the ${phase}`);
}

function reachText(code: string): string {
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return `the name cannot be resolved (${code})`;
  return code.endsWith('UNREACH') ? `no route (${code})` : code;
}

function timeoutText(where: string, target: SshTarget, phase: ConnectPhase): string {
  const time = `within ${target.connectTimeoutMs} ms`;
  if (phase === 'connecting') return `${where} did not answer ${time}`;
  if (phase === 'handshake') return `${where} accepted the connection but did not begin SSH ${time}`;
  return `${where} did not finish the login of '${target.username}' ${time}`;
}

function handshakeText(message: string): string {
  const missing = /no matching (.*)$/i.exec(message)?.[1];
  return missing ? `no common ${missing}; an old device may need legacy-algorithms` : message;
}
