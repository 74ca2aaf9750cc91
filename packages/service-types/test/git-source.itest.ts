import { execFileSync } from 'node:child_process';
import { createServer, type Server } from 'node:https';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { readdir, readFile, readlink } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Repository, RepositoryOrder } from '@runyard/domain';
import {
  makeCertificates,
  markedProcesses,
  needs,
  type Sshd,
  startSshd,
  tempFolder,
  type TempFolder,
} from '@runyard/testkit';
import { createGitSource, type GitSource, type GitSourceOptions } from '../src/git-source/git-source.ts';

const PASSWORD = 'geheim/ "quoted" pass';
const never = new AbortController().signal;

let folder: TempFolder;
let work: string;

beforeEach(async () => {
  folder = await tempFolder('runyard-git-');
  work = path.join(folder.path, 'work');
  mkdirSync(work);
  git('init', '--quiet', '--initial-branch=main');
  commit('one');
});
afterEach(async () => folder.remove());

function git(...args: string[]): string {
  const env = { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' };
  const own = ['-c', 'user.name=t', '-c', 'user.email=t@example.net', '-c', 'uploadpack.allowAnySHA1InWant=true'];
  return execFileSync('git', [...own, ...args], { cwd: work, env, encoding: 'utf8', stdio: 'pipe' }).trim();
}

/** A commit whose file `text` says this; gives its id. */
function commit(text: string): string {
  writeFileSync(path.join(work, 'text'), text);
  git('add', '--all');
  git('commit', '--quiet', '--message', text);
  return git('rev-parse', 'HEAD');
}

function source(more: Partial<GitSourceOptions> = {}): GitSource {
  const knownHostsFile = path.join(folder.path, 'known hosts');
  const inherited = { PATH: process.env['PATH'] };
  return createGitSource({ folder: path.join(folder.path, 'cache'), knownHostsFile, inherited, freshMs: 0, ...more });
}

function order(repository: Partial<Repository> = {}, more: Partial<RepositoryOrder> = {}): RepositoryOrder {
  const pin = async (id: string): Promise<string> => id;
  return {
    repository: { name: 'code', url: `file://${work}`, ...repository },
    pinned: null,
    pin,
    signal: never,
    ...more,
  };
}

async function textOf(from: GitSource, of: RepositoryOrder): Promise<string> {
  return readFile(path.join(await from.folder(of), 'text'), 'utf8');
}

needs(describe, 'git')('a git repository', () => {
  it('gives the files of a branch, a tag, a commit and the default branch', async () => {
    const first = git('rev-parse', 'HEAD');
    git('tag', 'v1');
    git('tag', '--annotate', '--message', 'x', 'v1-annotated');
    git('checkout', '--quiet', '-b', 'feature/ü');
    commit('two');
    const from = source();
    expect(await textOf(from, order())).toBe('two');
    for (const reference of ['main', 'v1', 'v1-annotated', first, first.slice(0, 8), 'refs/heads/main']) {
      expect([reference, await textOf(from, order({ reference }))]).toEqual([reference, 'one']);
    }
    expect(await textOf(from, order({ reference: 'feature/ü' }))).toBe('two');
    expect(await readdir(path.join(folder.path, 'cache', 'mirrors'))).toHaveLength(1);
    expect(await readdir(path.join(folder.path, 'cache', 'checkouts'))).toHaveLength(2);
    expect(await readdir(path.join(folder.path, 'cache', 'access'))).toEqual([]);
  });

  it('sees a branch that moved, and what was not there before, but keeps a pinned run at its commit', async () => {
    const from = source();
    const first = git('rev-parse', 'HEAD');
    expect(await textOf(from, order({ reference: 'main' }))).toBe('one');
    commit('two');
    git('tag', 'new');
    expect(await textOf(from, order({ reference: 'main' }))).toBe('two');
    expect(await textOf(from, order({ reference: 'new' }))).toBe('two');
    expect(await textOf(from, order({ reference: 'main' }, { pinned: first }))).toBe('one');
    expect(await textOf(from, order({ reference: 'main' }, { pin: async () => first }))).toBe('one');
  });

  it('does not ask the server again while the mirror is fresh', async () => {
    const from = source({ freshMs: 3_600_000 });
    expect(await textOf(from, order({ reference: 'main' }))).toBe('one');
    commit('two');
    expect(await textOf(from, order({ reference: 'main' }))).toBe('one');
    git('tag', 'later');
    expect(await textOf(from, order({ reference: 'later' }))).toBe('two');
  });

  it('brings the commit of a run that only another worker has seen, also when no branch leads to it', async () => {
    const from = source({ freshMs: 3_600_000 });
    await from.folder(order());
    const lost = commit('lost');
    git('reset', '--quiet', '--hard', 'HEAD~1');
    git('config', 'uploadpack.allowAnySHA1InWant', 'true');
    expect(await textOf(from, order({}, { pinned: lost }))).toBe('lost');
  });

  it('clones once for many who ask at the same time', async () => {
    const from = source();
    const places = await Promise.all(Array.from({ length: 20 }, () => from.folder(order())));
    expect(new Set(places).size).toBe(1);
    expect(await readdir(path.join(folder.path, 'cache', 'mirrors'))).toHaveLength(1);
  });

  it('lets two workers share a folder', async () => {
    const workers = [source(), source(), source()];
    const texts = await Promise.all(workers.map((worker) => textOf(worker, order())));
    expect(texts).toEqual(['one', 'one', 'one']);
  });

  it('keeps modes and links as they are', async () => {
    execFileSync('sh', ['-c', 'printf "#!/bin/sh\\necho ran" > run.sh; chmod 755 run.sh; ln -s run.sh link'], {
      cwd: work,
    });
    commit('modes');
    const place = await source().folder(order());
    expect(execFileSync(path.join(place, 'run.sh'), { encoding: 'utf8' })).toBe('ran\n');
    expect(await readlink(path.join(place, 'link'))).toBe('run.sh');
  });

  it('runs no hook and takes no setting of the user', async () => {
    const home = path.join(folder.path, 'home');
    mkdirSync(path.join(home, 'hooks'), { recursive: true });
    writeFileSync(
      path.join(home, '.gitconfig'),
      `[core]\n\thooksPath = ${home}/hooks\n[url "file:///nowhere"]\n\tinsteadOf = file://\n`,
    );
    const hook = `#!/bin/sh\ntouch ${home}/hooked\n`;
    for (const name of ['post-checkout', 'reference-transaction']) {
      writeFileSync(path.join(home, 'hooks', name), hook, { mode: 0o755 });
    }
    await source({ inherited: { PATH: process.env['PATH'], HOME: home } }).folder(order());
    expect(await readdir(home)).toEqual(['.gitconfig', 'hooks']);
  });

  it.each([
    ['a branch that is not there', { reference: 'missing' }, /'code' has no branch, tag or commit 'missing'/],
    ['a commit that is not there', { reference: 'a'.repeat(40) }, /no branch, tag or commit 'aaaa/],
    ['a repository that is not there', { url: 'file:///nowhere/at/all' }, /'code' is not available: .*nowhere/],
    ['an option for a reference', { reference: '--upload-pack=touch /tmp/x' }, /is no branch, tag or commit/],
    ['a range', { reference: 'main..HEAD' }, /is no branch, tag or commit/],
    ['a program for an address', { url: 'ext::sh -c touch% /tmp/x' }, /is not allowed/],
    ['an option for an address', { url: '--upload-pack=/bin/sh' }, /is not allowed/],
    ['a host that is an option', { url: 'ssh://-oProxyCommand=x/y' }, /is not allowed/],
    ['http', { url: 'http://127.0.0.1:1/x.git' }, /only https, ssh and file/],
    ['a plain path', { url: '/etc' }, /is not allowed/],
    ['a password in the address', { url: 'https://me:secret-word@127.0.0.1/x.git' }, /password does not belong/],
  ])('refuses %s', async (_, repository, message) => {
    const from = source();
    await expect(from.folder(order(repository))).rejects.toMatchObject({
      code: 'SOURCE_UNAVAILABLE',
      message: expect.stringMatching(message),
    });
    expect(await readdir(path.join(folder.path, 'cache', 'checkouts')).catch(() => [])).toEqual([]);
  });

  it('refuses what is larger than the limit and leaves nothing of it', async () => {
    for (let file = 0; file < 30; file += 1) writeFileSync(path.join(work, `file-${file}`), `${file}`);
    commit('many');
    const from = source({ sizeMax: { bytesMax: 1e9, filesMax: 20 } });
    await expect(from.folder(order())).rejects.toMatchObject({
      message: expect.stringMatching(/larger than|more than 20/),
    });
    expect(await readdir(path.join(folder.path, 'cache', 'checkouts'))).toEqual([]);
  });

  it('stops when nobody waits any more, and when it takes too long', async () => {
    const slow = path.join(folder.path, 'slow');
    mkdirSync(slow);
    writeFileSync(path.join(slow, 'git'), `#!/bin/sh\nMARK=${folder.path} sleep 600\n`, { mode: 0o755 });
    const inherited = { PATH: `${slow}:${process.env['PATH']}` };
    const stop = new AbortController();
    const waiting = source({ inherited }).folder(order({}, { signal: stop.signal }));
    const late = new Error('late');
    setImmediate(() => stop.abort(late));
    await expect(waiting).rejects.toBe(late);
    await expect(source({ inherited, stepMsMax: 200 }).folder(order())).rejects.toMatchObject({
      message: expect.stringContaining('took too long'),
    });
    expect(markedProcesses('MARK', folder.path)).toEqual([]);
  });
});

needs(
  describe,
  'git',
  'openssl',
)('a git repository over HTTPS', () => {
  let server: Server;
  let asked: (string | undefined)[];
  let url: string;
  let inherited: Record<string, string | undefined>;

  beforeEach(async () => {
    const { caFile, certFile, keyFile } = makeCertificates(folder.path);
    git('update-server-info');
    asked = [];
    server = createServer({ cert: readFileSync(certFile), key: readFileSync(keyFile) }, (request, response) => {
      asked.push(request.headers.authorization);
      if (request.headers.authorization !== `Basic ${Buffer.from(`me:${PASSWORD}`).toString('base64')}`) {
        response.writeHead(401, { 'www-authenticate': 'Basic realm="code"' }).end();
        return;
      }
      try {
        response.end(
          readFileSync(path.join(work, '.git', path.normalize(new URL(request.url ?? '', 'https://x').pathname))),
        );
      } catch {
        response.writeHead(404).end();
      }
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    inherited = { PATH: process.env['PATH'], GIT_SSL_CAINFO: caFile };
  });
  afterEach(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });

  it('gives user name and password when it is asked, and to nobody else', async () => {
    const repository = { url, username: 'me' };
    expect(await textOf(source({ inherited }), order(repository, { password: PASSWORD }))).toBe('one');
    expect(asked[0]).toBeUndefined();
    const config = await readFile(
      path.join(folder.path, 'cache', 'mirrors', (await mirrors())[0] ?? '', 'config'),
      'utf8',
    );
    expect(config).not.toContain('geheim');
    expect(await readdir(path.join(folder.path, 'cache', 'access'))).toEqual([]);
  });

  it('says that it was refused, without the password, and does not hang for one', async () => {
    for (const password of ['wrong-password', undefined]) {
      const refused = source({ inherited }).folder(order({ url, username: 'me' }, password ? { password } : {}));
      const error = await refused.catch((caught: unknown) => caught as Error);
      expect(error).toMatchObject({ code: 'SOURCE_UNAVAILABLE' });
      expect((error as Error).message).not.toContain('wrong-password');
    }
  });

  async function mirrors(): Promise<string[]> {
    return readdir(path.join(folder.path, 'cache', 'mirrors'));
  }
});

needs(
  describe,
  'git',
  'sshd',
  'ssh',
  'ssh-keygen',
)('a git repository over SSH', () => {
  let sshd: Sshd;
  beforeEach(async () => {
    sshd = await startSshd();
  });
  afterEach(async () => sshd.stop());

  it('logs in with the private key, which is gone afterwards', async () => {
    const url = `ssh://${sshd.username}@127.0.0.1:${sshd.port}${work}`;
    const { privateKey } = sshd;
    expect(await textOf(source(), order({ url }, { privateKey: privateKey.trimEnd() }))).toBe('one');
    expect(await readdir(path.join(folder.path, 'cache', 'access'))).toEqual([]);
    expect(await readFile(path.join(folder.path, 'known hosts'), 'utf8')).toContain(`[127.0.0.1]:${sshd.port}`);
    await expect(source({ folder: path.join(folder.path, 'other') }).folder(order({ url }))).rejects.toMatchObject({
      code: 'SOURCE_UNAVAILABLE',
      message: expect.stringContaining('Permission denied'),
    });
  });
});
