import type { ConfigProblem } from './config-error.ts';

/** A value as it was given, and where: a variable, a place in the file, or the schema itself. */
interface Given {
  readonly value: unknown;
  readonly source: string;
}

/** What one origin says, by JSON pointer of the setting (`/redis/url`). */
export type Layer = Map<string, Given>;

/** A layer with everything that was wrong while it was read. */
export interface Reading {
  readonly layer: Layer;
  readonly problems: readonly ConfigProblem[];
}

export function pointerOf(path: readonly string[]): string {
  return `/${path.join('/')}`;
}
