import { createHash, type Hash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { deviceError } from '@runyard/domain';

const FILES_MAX = 2_000;
const BYTES_MAX = 256 * 1024 * 1024;

export interface Requirements {
  /** Absolute. */
  readonly file: string;
  /** False when nothing is to be installed. */
  readonly hasPackages: boolean;
  /** Of what the file and the local files that it names hold. */
  readonly contentHash: string;
}

/** Reads a requirements file with all that it names in the same source: other lists, wheels, folders. */
export async function readRequirements(file: string): Promise<Requirements> {
  const hash = createHash('sha256');
  const reader = new RequirementsReader(hash);
  const hasPackages = await reader.read(file);
  return { file, hasPackages, contentHash: hash.digest('hex') };
}

class RequirementsReader {
  private readonly hash: Hash;
  private readonly seen = new Set<string>();
  private bytes = 0;
  private hasPackages = false;

  constructor(hash: Hash) {
    this.hash = hash;
  }

  async read(file: string): Promise<boolean> {
    await this.addList(file, path.dirname(file));
    return this.hasPackages;
  }

  /** pip takes paths in a list from where it is started, and lists in a list from the list. */
  private async addList(file: string, cwd: string): Promise<void> {
    const text = (await this.addFile(file)) ?? '';
    for (const line of text.replaceAll(/\\\r?\n/g, ' ').split(/\r?\n/)) {
      const plain = line.replace(/(^|\s)#.*$/, '').trim();
      if (plain === '') continue;
      const other = /^(?:-r|--requirement|-c|--constraint)[\s=]*(.+)$/.exec(plain)?.[1];
      if (other !== undefined) await this.addList(path.resolve(path.dirname(file), other.trim()), cwd);
      else {
        if (!plain.startsWith('--')) this.hasPackages = true;
        await this.addPath(plain, cwd);
      }
    }
  }

  private async addPath(line: string, cwd: string): Promise<void> {
    const named = line
      .replace(/^(-e|--editable|-f|--find-links)[\s=]*/, '')
      .replace(/^[\w.[\]-]+\s*@\s*/, '')
      .replace(/^file:(\/\/)?/, '')
      .split(/\s+--|\s*;\s/)[0]
      ?.replace(/\[[^\]]*\]$/, '');
    if (named !== undefined && /[/.]/.test(named) && !named.includes('://')) await this.add(path.resolve(cwd, named));
  }

  private async add(place: string): Promise<void> {
    const stats = await stat(place).catch(() => null);
    if (stats?.isFile()) await this.addFile(place);
    if (!stats?.isDirectory() || this.seen.has(place)) return;
    this.seen.add(place);
    for (const name of (await readdir(place)).sort()) await this.add(path.join(place, name));
  }

  private async addFile(file: string): Promise<string | null> {
    if (this.seen.has(file)) return null;
    this.seen.add(file);
    const content = await readFile(file).catch((cause: unknown) => {
      throw deviceError('PROCESS_NOT_STARTED', `The requirements file '${path.basename(file)}' cannot be read`, cause);
    });
    this.bytes += content.byteLength;
    if (this.seen.size > FILES_MAX || this.bytes > BYTES_MAX) {
      throw deviceError('PROCESS_NOT_STARTED', 'The requirements name more files than a virtual environment may have');
    }
    this.hash.update(`${path.basename(file)}\0${content.byteLength}\0`).update(content);
    return content.toString('utf8');
  }
}
