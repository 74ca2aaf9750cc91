import { access } from 'node:fs/promises';
import path from 'node:path';
import { isBundlePath } from '@runyard/contracts/source-bundle';
import { type AppError, deviceError, type Service } from '@runyard/domain';
import type { AttemptFolder } from './attempt-folder.ts';

/** Where the program of a service starts: inside the source, or without one also at an absolute path. */
export function workingFolder(folder: AttemptFolder, service: Service): string {
  const ofType = service.settings['workingDirectory'];
  const wanted = service.workingDirectory ?? (typeof ofType === 'string' ? ofType : '');
  if (wanted === '' || wanted === '.' || wanted === './') return folder.source;
  if (!folder.hasSource && path.isAbsolute(wanted)) return wanted;
  return insideSource(folder, wanted, 'workingDirectory');
}

/** A path inside the source. Rejects what leads out of it. */
export function insideSource({ source }: AttemptFolder, relative: string, setting: string): string {
  const plain = relative.replace(/^\.\//, '').replace(/\/$/, '');
  if (!isBundlePath(plain)) throw refusedPath(setting, relative);
  return path.join(source, plain);
}

/** A file that a service names: in its working folder, else in its source. */
export async function sourceFile(folder: AttemptFolder, cwd: string, name: string, setting: string): Promise<string> {
  if (!folder.hasSource) {
    throw deviceError('PROCESS_NOT_STARTED', `${setting} '${name}' needs a source folder or a repository`);
  }
  const fromTop = insideSource(folder, name, setting);
  const fromWorkingFolder = path.join(cwd, path.relative(folder.source, fromTop));
  for (const file of [fromWorkingFolder, fromTop]) if (await isThere(file)) return file;
  throw deviceError('PROCESS_NOT_STARTED', `${setting} '${name}' is not in the files of the service`);
}

export function isThere(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}

export function refusedPath(setting: string, value: string): AppError {
  return deviceError(
    'PROCESS_NOT_STARTED',
    `${setting} '${value}' is neither a path inside the source folder nor, without a source, an absolute path or a bare program name`,
  );
}
