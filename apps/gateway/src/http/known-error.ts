import { AppError, isAppError } from '@runyard/domain';

/** Gives errors of Express and Node that mean something to the caller their code; leaves others as they are. */
export function asAppError(thrown: unknown): unknown {
  if (isAppError(thrown)) return thrown;
  // The router refuses a path that is not well-formed percent-encoding.
  if (thrown instanceof URIError) {
    return new AppError('PARAMETER_INVALID', 'The path is not well-formed percent-encoding.', { cause: thrown });
  }
  // Serving a file: one that is not there, or a path that leads out of the folder.
  if (isFileError(thrown)) return new AppError('ROUTE_NOT_FOUND', 'There is no such file.', { cause: thrown });
  return thrown;
}

function isFileError(thrown: unknown): boolean {
  if (!(thrown instanceof Error) || !('status' in thrown)) return false;
  return thrown.status === 404 || thrown.status === 403 || thrown.status === 400;
}
