import { type ClientError } from '@runyard/client';
import { EXIT } from './exit-codes.ts';

/** Ends a command with a text for the person at the terminal and an exit code. */
export class CliError extends Error {
  readonly exitCode: number;
  /** What to do about it, or further lines. */
  readonly hints: readonly string[];

  constructor(message: string, exitCode: number = EXIT.refused, hints: readonly string[] = []) {
    super(message);
    this.name = 'CliError';
    this.exitCode = exitCode;
    this.hints = hints;
  }
}

/** What a failed call means for the one who typed the command. */
export function fromClientError(error: ClientError, url: string): CliError {
  const fields = error.errors.map(({ path, message, file }) => `${file ? `${file}: ` : ''}${path || '/'} ${message}`);
  if (error.code === 'UNREACHABLE' || error.code === 'TIMEOUT') {
    return new CliError(error.detail, EXIT.unavailable, [
      `Is Runyard running? Start it with npm start, or name another gateway with --url or RUNYARD_URL (now ${url}).`,
    ]);
  }
  if (error.status === 401) {
    return new CliError(error.detail, EXIT.refused, [
      'Log in with --user and --password, or with --api-key or RUNYARD_API_KEY.',
    ]);
  }
  const exitCode = error.status >= 500 || error.code === 'ANSWER_UNEXPECTED' ? EXIT.unavailable : EXIT.refused;
  return new CliError(error.detail, exitCode, fields);
}
