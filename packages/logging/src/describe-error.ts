import { types } from 'node:util';

const CAUSES_MAX = 5;
const INNER_ERRORS_MAX = 5;

/** True for errors, also those of another realm. */
export function isError(value: unknown): value is Error {
  return types.isNativeError(value) || value instanceof Error;
}

/**
 * What the log says about an error. Other members are left out on purpose:
 * libraries hang requests, headers and whole connections on their errors.
 */
export function describeError(error: Error, depth = 0): Record<string, unknown> {
  const { code, errors } = error as { code?: unknown; errors?: unknown };
  const inner = Array.isArray(errors) && depth < CAUSES_MAX ? errors.filter(isError).slice(0, INNER_ERRORS_MAX) : [];
  return {
    name: error.name,
    message: error.message,
    ...(typeof code === 'string' || typeof code === 'number' ? { code } : {}),
    stack: error.stack,
    ...(error.cause === undefined ? {} : { cause: describeCause(error.cause, depth + 1) }),
    ...(inner.length === 0 ? {} : { errors: inner.map((item) => describeError(item, depth + 1)) }),
  };
}

function describeCause(cause: unknown, depth: number): unknown {
  if (!isError(cause)) return cause;
  // A cause may lead back to its error.
  return depth > CAUSES_MAX ? '[more causes]' : describeError(cause, depth);
}
