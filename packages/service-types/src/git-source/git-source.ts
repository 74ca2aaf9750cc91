import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { type AppError, deviceError, isAppError, type RepositoryOrder } from '@runyard/domain';
import { abortError } from '../process/abort-error.ts';
import type { Environment } from '../process/environment.ts';
import { createMask } from '../process/mask.ts';
import { type ProcessResult, runProcess } from '../process/run-process.ts';
import { withFileLock } from '../program/file-lock.ts';
import { returnCode } from '../program/program-outcome.ts';
import { pruneFolder, touch } from '../program/prune-folder.ts';
import { SharedWork } from '../program/shared-work.ts';
import { isThere } from '../program/source-paths.ts';
import { type GitAccess, openGitAccess } from './git-access.ts';
import { isCommit, referenceNames, transportOf } from './repository-address.ts';
import { type SizeLimits, withinSize } from './size-watch.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const OUTPUT_BYTES_MAX = 256 * 1024;
const GRACE_MS = 1_000;
const MIRRORS = { countMax: 50, unusedMs: DAY_MS, ageMaxMs: 90 * DAY_MS };
const CHECKOUTS = { countMax: 100, unusedMs: HOUR_MS, ageMaxMs: 7 * DAY_MS };
const SIZE_MAX: SizeLimits = { bytesMax: 2 * 1024 * 1024 * 1024, filesMax: 200_000 };
/** A branch or tag may have moved when the mirror is older. */
const FRESH_MS = 10_000;
const STEP_MS_MAX = 5 * 60_000;

export interface GitSourceOptions {
  /** Where mirrors and checkouts are kept; workers on one machine may share it. */
  readonly folder: string;
  /** Host keys of ssh servers: a new one is accepted and written down, another one for a known host refused. */
  readonly knownHostsFile: string;
  readonly inherited?: Environment;
  readonly freshMs?: number;
  readonly sizeMax?: SizeLimits;
  /** Milliseconds that one call of git may take. */
  readonly stepMsMax?: number;
}

/** Files of git repositories. */
export interface GitSource {
  /** The folder with the files of the run's commit, to be read only. Rejects with SOURCE_UNAVAILABLE. */
  folder(order: RepositoryOrder): Promise<string>;
}

/**
 * Mirrors each repository once and checks each commit out once. Both are made beside their place and renamed into it,
 * so that what is there is complete, whatever crashes. A mirror is fetched again when what is wanted is not there, or
 * when it is a branch or tag and the mirror is not fresh.
 */
export function createGitSource(options: GitSourceOptions): GitSource {
  const { folder, freshMs = FRESH_MS } = options;
  const shared = new SharedWork<string>();
  /** When a mirror was fetched last by this process. */
  const fetchedAtMs = new Map<string, number>();

  async function commitOf(mirror: Mirror, order: RepositoryOrder, signal: AbortSignal): Promise<string> {
    const { reference } = order.repository;
    const names = referenceNames(reference);
    const isFixed = names.length === 1 && isCommit(names[0] ?? '');
    if (!(await isThere(mirror.place))) await mirror.make(signal);
    const isFresh = Date.now() - (fetchedAtMs.get(mirror.place) ?? 0) < freshMs;
    const known = isFixed || isFresh ? await mirror.find(names, signal) : null;
    if (known !== null) return known;
    await mirror.fetch(signal);
    const found =
      (await mirror.find(names, signal)) ?? (isFixed ? await mirror.fetchCommit(names[0] ?? '', signal) : null);
    if (found !== null) return found;
    const what = reference === undefined ? 'no commit at all' : `no branch, tag or commit '${reference}'`;
    throw deviceError('SOURCE_UNAVAILABLE', `The repository '${order.repository.name}' has ${what}`);
  }

  return {
    async folder(order) {
      const { repository } = order;
      transportOf(repository.url);
      const id = createHash('sha256')
        .update(`${repository.url}\n${repository.username ?? ''}`)
        .digest('hex')
        .slice(0, 24);
      const mirror = new Mirror(options, order, path.join(folder, 'mirrors', `${id}.git`), fetchedAtMs);
      const reference = repository.reference ?? '';
      const commit =
        order.pinned ??
        (await order.pin(
          await shared.get(`${id} ${reference}`, order.signal, (signal) => commitOf(mirror, order, signal)),
        ));
      const place = path.join(folder, 'checkouts', `${id}-${commit}`);
      if (await touch(place)) return place;
      return shared.get(`${id} ${commit}`, order.signal, async (signal) => {
        if (!(await isThere(mirror.place))) await mirror.make(signal);
        // The run may be pinned to what another worker saw, and this one has not.
        if ((await mirror.find([commit], signal)) === null) await mirror.fetch(signal);
        if ((await mirror.find([commit], signal)) === null) await mirror.fetchCommit(commit, signal);
        return mirror.checkOut(commit, place, signal);
      });
    },
  };
}

/** The mirror of one repository, as one order may use it. */
class Mirror {
  readonly place: string;
  private readonly options: GitSourceOptions;
  private readonly order: RepositoryOrder;
  private readonly fetchedAtMs: Map<string, number>;

  constructor(options: GitSourceOptions, order: RepositoryOrder, place: string, fetchedAtMs: Map<string, number>) {
    this.options = options;
    this.order = order;
    this.place = place;
    this.fetchedAtMs = fetchedAtMs;
  }

  make(signal: AbortSignal): Promise<void> {
    return this.alone(signal, async (access) => {
      if (await isThere(this.place)) return;
      const mirrors = path.dirname(this.place);
      await pruneFolder(mirrors, MIRRORS);
      const beside = await mkdtemp(path.join(mirrors, 'cloning-'));
      const { url } = this.order.repository;
      try {
        await withinSize(beside, this.sizeMax, signal, (limited) =>
          this.git(access, limited, ['clone', '--mirror', '--no-hardlinks', '--template=', '--', url, beside]),
        );
        await rename(beside, this.place);
        this.fetchedAtMs.set(this.place, Date.now());
      } catch (error) {
        await rm(beside, { recursive: true, force: true });
        throw error;
      }
    });
  }

  fetch(signal: AbortSignal): Promise<void> {
    return this.alone(signal, async (access) => {
      await withinSize(this.place, this.sizeMax, signal, (limited) =>
        this.git(access, limited, [...this.here, 'fetch', '--prune', '--force', '--no-auto-maintenance', 'origin']),
      );
      this.fetchedAtMs.set(this.place, Date.now());
      await touch(this.place);
    });
  }

  /** A commit that no branch or tag leads to; many servers give it all the same. Null when it is not there. */
  fetchCommit(commit: string, signal: AbortSignal): Promise<string | null> {
    return this.alone(signal, async (access) => {
      const args = [...this.here, 'fetch', '--no-auto-maintenance', 'origin', commit];
      const result = await this.call(access, signal, args);
      return returnCode(result) === 0 ? this.find([commit], signal) : null;
    });
  }

  /** The commit that the first of these names leads to. */
  async find(names: readonly string[], signal: AbortSignal): Promise<string | null> {
    return this.withAccess({}, async (access) => {
      for (const name of names) {
        const args = [...this.here, 'rev-parse', '--verify', '--quiet', '--end-of-options', `${name}^{commit}`];
        const { stdout, exitCode } = await this.call(access, signal, args);
        if (exitCode === 0) return stdout.trim();
      }
      return null;
    });
  }

  async checkOut(commit: string, place: string, signal: AbortSignal): Promise<string> {
    const checkouts = path.dirname(place);
    await mkdir(checkouts, { recursive: true });
    await pruneFolder(checkouts, CHECKOUTS);
    const beside = await mkdtemp(path.join(checkouts, 'checking-out-'));
    try {
      await this.withAccess({ index: path.join(beside, 'index') }, async (access) => {
        const tree = path.join(beside, 'tree');
        await mkdir(tree);
        await withinSize(tree, this.sizeMax, signal, async (limited) => {
          await this.git(access, limited, [...this.here, 'read-tree', commit]);
          const target = [...this.here, '-c', 'core.bare=false', `--work-tree=${tree}`];
          await this.git(access, limited, [...target, 'checkout-index', '--all', '--force'], tree);
        });
        await rename(tree, place);
      });
    } catch (error) {
      // Another worker may have been faster: its folder is as good.
      if (!(await touch(place))) throw error;
    } finally {
      await rm(beside, { recursive: true, force: true });
    }
    return place;
  }

  private get here(): readonly string[] {
    return [`--git-dir=${this.place}`];
  }

  private get sizeMax(): SizeLimits {
    return this.options.sizeMax ?? SIZE_MAX;
  }

  /** With the secrets of the repository, while no other process changes the mirror. */
  private async alone<Value>(signal: AbortSignal, work: (access: GitAccess) => Promise<Value>): Promise<Value> {
    await mkdir(path.dirname(this.place), { recursive: true });
    const { repository, password, privateKey } = this.order;
    const secrets = { username: repository.username, password, privateKey };
    return withFileLock(`${this.place}.lock`, signal, () => this.withAccess(secrets, work));
  }

  private async withAccess<Value>(
    {
      index,
      ...secrets
    }: {
      index?: string;
      username?: string | undefined;
      password?: string | undefined;
      privateKey?: string | undefined;
    },
    work: (access: GitAccess) => Promise<Value>,
  ): Promise<Value> {
    const access = await openGitAccess(path.join(this.options.folder, 'access'), secrets, this.options);
    try {
      return await work(index === undefined ? access : { ...access, env: { ...access.env, GIT_INDEX_FILE: index } });
    } finally {
      await access.remove();
    }
  }

  private async git(access: GitAccess, signal: AbortSignal, args: readonly string[], cwd?: string): Promise<void> {
    const result = await this.call(access, signal, args, cwd);
    if (returnCode(result) !== 0) throw this.failure(result);
  }

  private async call(
    access: GitAccess,
    signal: AbortSignal,
    args: readonly string[],
    cwd = access.env['HOME'] ?? '/',
  ): Promise<ProcessResult> {
    const result = await runProcess({
      file: 'git',
      args,
      cwd,
      env: access.env,
      signal,
      timeoutMs: this.options.stepMsMax ?? STEP_MS_MAX,
      graceMs: GRACE_MS,
      stdoutBytesMax: OUTPUT_BYTES_MAX,
      stderrBytesMax: OUTPUT_BYTES_MAX,
      secrets: [this.order.password, this.order.privateKey],
    }).catch((error: unknown) => {
      if (!isAppError(error) || error.code !== 'PROCESS_NOT_STARTED') throw error;
      throw deviceError('SOURCE_UNAVAILABLE', `The worker has no git: ${error.message}`, error);
    });
    if (result.aborted) throw abortError(signal);
    if (result.timedOut) throw this.failure(result, 'it took too long');
    return result;
  }

  private failure({ stderr }: ProcessResult, why?: string): AppError {
    const { name } = this.order.repository;
    const lines = stderr
      .split('\n')
      .map((line) => line.trim())
      .filter(Boolean);
    // The last line says only that it did not work; before it stands why.
    const said = lines.find((line) => !/^(Cloning into|Warning: Permanently added)/.test(line));
    const text = why ?? said?.replace(/^(fatal|error|remote): /, '') ?? 'git failed';
    const hidden = createMask([this.order.password]).text(text).slice(0, 500);
    return deviceError('SOURCE_UNAVAILABLE', `The repository '${name}' is not available: ${hidden}`);
  }
}
