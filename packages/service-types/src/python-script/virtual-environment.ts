import path from 'node:path';
import type { Task } from '@runyard/domain';
import type { Environment } from '../process/environment.ts';
import type { AttemptFolder } from '../program/attempt-folder.ts';
import { sourceFile } from '../program/source-paths.ts';
import type { PythonEnvironments } from './python-environments.ts';

export interface VirtualEnvironmentParts {
  readonly folder: AttemptFolder;
  readonly cwd: string;
  readonly environments: PythonEnvironments;
  readonly variables: Environment;
  readonly secrets: readonly (string | undefined)[];
}

/** The folder of an environment with what the requirements file lists; null when the service names no such file. */
export async function virtualEnvironment(
  reqFile: string | undefined,
  { signal, log }: Task,
  { folder, cwd, environments, variables, secrets }: VirtualEnvironmentParts,
): Promise<string | null> {
  if (reqFile === undefined) return null;
  const requirementsFile = await sourceFile(folder, cwd, reqFile, 'reqFile');
  return environments.provide({ requirementsFile, variables, secrets, signal, log });
}

/** What activating it does. */
export function environmentVariables(place: string, pathOfWorker: string | undefined): Environment {
  const after = pathOfWorker ?? '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
  return { VIRTUAL_ENV: place, PATH: `${path.join(place, 'bin')}:${after}` };
}
