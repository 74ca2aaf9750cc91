import { type AppError, deviceError, type ErrorCode, isAppError } from '@runyard/domain';
import { isUntrustedCertificate } from '../process/untrusted-certificate.ts';
import type { Mask } from '../process/mask.ts';
import { systemErrorCode } from '../process/system-error.ts';

const RESPONSE_CHARS_MAX = 300;

/** By the code of the system, then by that of the SMTP client, which says in which part of the talk it went wrong. */
const CODES: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  ECONNREFUSED: ['CONNECTION_REFUSED', 'The mail server refused the connection'],
  ENOTFOUND: ['DEVICE_UNREACHABLE', 'The name of the mail server has no address'],
  ENODATA: ['DEVICE_UNREACHABLE', 'The name of the mail server has no address'],
  EAI_AGAIN: ['DEVICE_UNREACHABLE', 'The name of the mail server could not be resolved now'],
  EHOSTUNREACH: ['DEVICE_UNREACHABLE', 'There is no way to the mail server'],
  ENETUNREACH: ['DEVICE_UNREACHABLE', 'There is no way to the network of the mail server'],
  EADDRNOTAVAIL: ['DEVICE_UNREACHABLE', 'The address of the mail server cannot be reached from here'],
  ETIMEDOUT: ['CONNECTION_TIMEOUT', 'The mail server did not answer in time'],
  EAUTH: ['AUTHENTICATION_FAILED', 'The mail server refused the credentials'],
  EENVELOPE: ['MAIL_REFUSED', 'The mail server did not take the mail'],
  EMESSAGE: ['MAIL_REFUSED', 'The mail server did not take the mail'],
  EPROTOCOL: ['MAIL_REFUSED', 'The mail server answered something that is not SMTP'],
};
const LOST: readonly [ErrorCode, string] = ['CONNECTION_LOST', 'The connection to the mail server broke'];

interface SmtpFailure {
  readonly originalCode?: unknown;
  readonly response?: unknown;
  readonly command?: unknown;
}

/** The error of a mail that was not sent. What the server said is in it, without the secrets that it repeats. */
export function mailError(error: unknown, mask: Mask): AppError {
  if (isAppError(error)) return error;
  const { originalCode, response, command }: SmtpFailure = typeof error === 'object' && error !== null ? error : {};
  const code = systemErrorCode(error) ?? 'unknown reason';
  const deeper = typeof originalCode === 'string' ? originalCode : code;
  if (isUntrustedCertificate(deeper)) {
    const message = `The certificate of the mail server is not trusted (${deeper}); see tls.verify`;
    return deviceError('HOST_KEY_UNKNOWN', message, error);
  }
  if (code === 'ETLS' && command === 'STARTTLS') {
    const message = 'The mail server offers no encryption by STARTTLS; see `security`';
    return deviceError('MAIL_REFUSED', message + said(response, mask), error);
  }
  const [meant, message] = CODES[deeper] ?? CODES[code] ?? LOST;
  const why = typeof response === 'string' && response !== '' ? said(response, mask) : ` (${deeper})`;
  return deviceError(meant, message + why, error);
}

/** An answer of the server on one line, for people. */
export function said(response: unknown, mask: Mask): string {
  if (typeof response !== 'string' || response === '') return '';
  const line = mask.text(response).replace(/[\p{Cc}\s]+/gu, ' ');
  return `: ${line.slice(0, RESPONSE_CHARS_MAX)}`;
}
