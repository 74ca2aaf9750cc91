import { type AppError, ERRORS, type ErrorCode, type FieldError, isAppError } from './errors.ts';

/** A problem document of RFC 9457, `application/problem+json`. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  instance: string;
  code: ErrorCode;
  requestId: string;
  errors?: readonly FieldError[];
  [extension: string]: unknown;
}

/** `RUN_NOT_FOUND` → `/problems/run-not-found`. */
export function problemType(code: ErrorCode): string {
  return `/problems/${code.toLowerCase().replaceAll('_', '-')}`;
}

/**
 * Turns anything thrown into the document that the caller sees.
 * Only an error of the register speaks for itself; anything else becomes INTERNAL and leaks nothing.
 */
export function toProblem(error: unknown, instance: string, requestId: string): Problem {
  const known: Pick<AppError, 'code' | 'message' | 'errors' | 'extensions'> = isAppError(error)
    ? error
    : { code: 'INTERNAL', message: 'The server failed. Its log has the cause.', errors: undefined, extensions: {} };
  const { status, title } = ERRORS[known.code];
  return {
    ...known.extensions,
    type: problemType(known.code),
    title,
    status,
    detail: known.message,
    instance,
    code: known.code,
    requestId,
    ...(known.errors ? { errors: known.errors } : {}),
  };
}
