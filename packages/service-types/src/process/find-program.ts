import { accessSync, constants, statSync } from 'node:fs';
import path from 'node:path';
import { type Environment, processEnvironment } from './environment.ts';

/** The first of these programs that is on the PATH which programs of services get; undefined when none is. */
export function findProgram(names: readonly string[], inherited: Environment = {}): string | undefined {
  const folders = (processEnvironment({ inherited })['PATH'] ?? '').split(path.delimiter).filter(Boolean);
  return names.find((name) => folders.some((folder) => isProgram(path.join(folder, name))));
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
