import path from 'node:path';
import { type ExecutableSettings, isBundlePath } from '@runyard/contracts';
import { type AppError, deviceError, type Task } from '@runyard/domain';
import { paramArguments } from './param-arguments.ts';

export interface CommandLine {
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
}

/** What is started, with which arguments, and where. `source` is the attempt's own copy of the source folder. */
export function commandLine(settings: ExecutableSettings, task: Task, source: string): CommandLine {
  const hasBundle = task.service.bundle !== undefined;
  const program = hasBundle ? inside(source, settings.filename, 'filename') : outside(settings);
  const args = (settings.args ?? []).map((template) => task.render(template));
  if (settings.passParams ?? settings.args === undefined) args.push(...paramArguments(task.params, settings.argFormat));
  const cwd = workingDirectory(settings.workingDirectory ?? '', source, hasBundle);
  const { interpreter } = settings;
  if (interpreter === undefined) return { file: program, args, cwd };
  if (!isProgram(interpreter)) throw refused('interpreter', interpreter);
  return { file: interpreter, args: [program, ...args], cwd };
}

function workingDirectory(folder: string, source: string, hasBundle: boolean): string {
  if (folder === '' || folder === '.') return source;
  if (!hasBundle && path.isAbsolute(folder)) return folder;
  return inside(source, folder, 'workingDirectory');
}

function inside(source: string, relative: string, setting: string): string {
  const plain = relative.replace(/^\.\//, '').replace(/\/$/, '');
  if (!isBundlePath(plain)) throw refused(setting, relative);
  return path.join(source, plain);
}

/** Without a bundle: an absolute path, or a bare name that the system looks up; an interpreter cannot look up. */
function outside({ filename, interpreter }: ExecutableSettings): string {
  if (path.isAbsolute(filename) || (interpreter === undefined && isProgram(filename))) return filename;
  throw refused('filename', filename);
}

function isProgram(name: string): boolean {
  return path.isAbsolute(name) || !(name.includes('/') || name.includes('\\') || name === '.' || name === '..');
}

function refused(setting: string, value: string): AppError {
  return deviceError(
    'PROCESS_NOT_STARTED',
    `${setting} '${value}' is neither a path inside the source folder nor, without a source, an absolute path or a bare program name`,
  );
}
