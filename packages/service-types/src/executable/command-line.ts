import path from 'node:path';
import type { ExecutableSettings } from '@runyard/contracts';
import { deviceError, type Task } from '@runyard/domain';
import type { AttemptFolder } from '../program/attempt-folder.ts';
import { taskArguments } from '../program/param-arguments.ts';
import { insideSource, isThere, refusedPath, workingFolder } from '../program/source-paths.ts';

export interface CommandLine {
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
}

/** What is started, with which arguments, and where. The folder holds the attempt's own copy of the source. */
export async function commandLine(
  settings: ExecutableSettings,
  task: Task,
  folder: AttemptFolder,
): Promise<CommandLine> {
  const cwd = workingFolder(folder, task.service);
  const starter = await starterOf(settings, task);
  const program = folder.hasSource
    ? await inSource(settings.filename, folder, cwd)
    : outside(settings, starter !== null);
  const args = (settings.args ?? []).map((template) => task.render(template));
  if (settings.passParams ?? settings.args === undefined) {
    args.push(...(await taskArguments(task, settings)));
  }
  if (starter === null) return { file: program, args, cwd };
  const [file, ...options] = starter;
  return { file, args: [...options, program, ...args], cwd };
}

/** The program that runs the file, with options of its own; null when the file runs itself. */
async function starterOf(settings: ExecutableSettings, task: Task): Promise<[string, ...string[]] | null> {
  const { interpreter, executableObject: name } = settings;
  if (name === undefined) {
    if (interpreter === undefined) return null;
    if (!isProgram(interpreter)) throw refusedPath('interpreter', interpreter);
    return [interpreter];
  }
  const object = await task.executableObject(name);
  if (!object) throw deviceError('PROCESS_NOT_STARTED', `There is no executable object with the name '${name}'`);
  const [file = '', ...options] = object.execCommand.trim().split(/\s+/);
  if (!isProgram(file)) throw refusedPath('execCommand', file);
  return [file, ...options];
}

/** In the working folder, else from the top of the source. */
async function inSource(filename: string, folder: AttemptFolder, cwd: string): Promise<string> {
  const fromTop = insideSource(folder, filename, 'filename');
  const fromWorkingFolder = path.join(cwd, path.relative(folder.source, fromTop));
  return (await isThere(fromWorkingFolder)) ? fromWorkingFolder : fromTop;
}

/** Without a source: an absolute path, or a bare name that the system looks up; an interpreter cannot look up. */
function outside({ filename }: ExecutableSettings, hasStarter: boolean): string {
  if (path.isAbsolute(filename) || (!hasStarter && isProgram(filename))) return filename;
  throw refusedPath('filename', filename);
}

function isProgram(name: string): boolean {
  return (
    path.isAbsolute(name) ||
    !(name === '' || name.includes('/') || name.includes('\\') || name === '.' || name === '..')
  );
}
