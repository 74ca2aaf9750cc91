import { type AppError, deviceError, type ErrorCode, isAppError } from '@runyard/domain';
import { systemErrorCode } from '../process/system-error.ts';
import { isUntrustedCertificate } from '../process/untrusted-certificate.ts';

const CODES: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  ECONNREFUSED: ['CONNECTION_REFUSED', 'The device refused the connection'],
  UND_ERR_CONNECT_TIMEOUT: ['CONNECTION_TIMEOUT', 'The device did not take the connection in time'],
  ETIMEDOUT: ['CONNECTION_TIMEOUT', 'The device did not take the connection in time'],
  ENOTFOUND: ['DEVICE_UNREACHABLE', 'The name has no address'],
  ENODATA: ['DEVICE_UNREACHABLE', 'The name has no address'],
  EAI_AGAIN: ['DEVICE_UNREACHABLE', 'The name could not be resolved now'],
  EHOSTUNREACH: ['DEVICE_UNREACHABLE', 'There is no way to the device'],
  ENETUNREACH: ['DEVICE_UNREACHABLE', 'There is no way to the network of the device'],
  EADDRNOTAVAIL: ['DEVICE_UNREACHABLE', 'The address cannot be reached from here'],
  UND_ERR_HEADERS_OVERFLOW: ['OUTPUT_TOO_LARGE', 'The header of the response is too large'],
};

/** The error of a device for what went wrong between here and there. Its text names no credential. */
export function httpError(error: unknown): AppError {
  if (isAppError(error)) return error;
  const cause = causeOf(error);
  if (isAppError(cause)) return cause;
  const code = systemErrorCode(error) ?? systemErrorCode(cause) ?? 'unknown reason';
  const known = CODES[code];
  if (known) return deviceError(known[0], `${known[1]} (${code})`, error);
  if (isUntrustedCertificate(code)) {
    return deviceError(
      'HOST_KEY_UNKNOWN',
      `The certificate of the device is not trusted (${code}); see tls.verify`,
      error,
    );
  }
  return deviceError('CONNECTION_LOST', `The connection broke before the response was complete (${code})`, error);
}

function causeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'cause' in error ? error.cause : undefined;
}
