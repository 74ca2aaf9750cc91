import { chmod, mkdir, open, symlink, unlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createInputValidator, readBundle } from '@runyard/contracts';
import { tempFolder, type TempFolder } from '@runyard/testkit';
import type { CatalogProblem } from './catalog-document.ts';
import { checkCatalog } from './check-catalog.ts';
import { readCatalog } from './read-catalog.ts';

let folder: TempFolder;

beforeEach(async () => {
  folder = await tempFolder();
});
afterEach(async () => {
  await folder.remove();
});

async function write(name: string, text: string | Uint8Array): Promise<string> {
  const file = path.join(folder.path, name);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, text);
  return file;
}

const read = (env: Record<string, string> = {}, ...paths: string[]) =>
  readCatalog(paths.length > 0 ? paths : [folder.path], { env });

/** `a.yaml:3 /devices/0/x: text`, with files relative to the folder. */
function texts(problems: readonly CatalogProblem[]): string[] {
  return problems.map(({ file, line, path: pointer, message }) => {
    const place = file === undefined ? '' : path.relative(folder.path, file);
    return `${place}${line === undefined ? '' : `:${line}`} ${pointer}: ${message}`;
  });
}

describe('files and folders', () => {
  it('are read into one catalog, sorted, in camelCase', async () => {
    await write('b/services.yml', 'services:\n- {name: s, type: no-op, run-method: once, cluster: ams}\n');
    await write(
      'a.yaml',
      'clusters: [{name: ams}]\ndevices:\n- {name: r1, address: 10.0.0.1, ssh: {host-key: off}, attributes: {run-method: kept}}\n',
    );
    await write('c.json', '{"pools": [{"name": "p", "devices": ["r1"]}]}');
    await write('notes.txt', 'devices: 5');
    await write('.hidden/x.yaml', 'devices: 5');
    const { documents, problems, warnings } = await read();
    expect([texts(problems), warnings]).toEqual([[], []]);
    expect(documents.map(({ kind, document }) => [kind, document])).toEqual([
      ['cluster', { name: 'ams' }],
      ['device', { name: 'r1', address: '10.0.0.1', ssh: { hostKey: 'off' }, attributes: { 'run-method': 'kept' } }],
      ['service', { name: 's', type: 'no-op', runMethod: 'once', cluster: 'ams' }],
      ['pool', { name: 'p', devices: ['r1'] }],
    ]);
    expect(documents[2]?.at('/runMethod')).toEqual({
      file: path.join(folder.path, 'b/services.yml'),
      line: 2,
      path: '/services/0/run-method',
    });
  });

  it('may have several YAML documents, comments and nothing at all', async () => {
    await write('a.yaml', '# nothing\n');
    await write('b.yaml', 'devices:\n---\nclusters: []\n---\nclusters: [{name: ams}]\n');
    const { documents, problems } = await read();
    expect(texts(problems)).toEqual(['b.yaml:1 /devices: must be a list, not empty (null)']);
    expect(documents).toHaveLength(1);
  });

  it('that are not there, too large or no text are told', async () => {
    const gone = path.join(folder.path, 'gone.yaml');
    const binary = await write('b.yaml', Uint8Array.of(0x61, 0xff, 0xfe));
    const { problems } = await read({}, gone, binary);
    expect(texts(problems)).toEqual(['gone.yaml : there is no such file or folder', 'b.yaml : is not text in UTF-8']);
  });

  it('that have no path any more are read all the same', async () => {
    const file = await write('a.yaml', 'clusters: [{name: ams}]\n');
    const handle = await open(file);
    await unlink(file);
    const { documents, problems } = await read({}, `/dev/fd/${handle.fd}`);
    await handle.close();
    expect([documents.length, problems]).toEqual([1, []]);
  });

  it('of much JSON still have lines', async () => {
    const devices = Array.from({ length: 20_000 }, (_, index) => `{"name": "r${index}", "address": "h", "port": 22}`);
    devices[15_000] = '{"name": "r", "adress": "h"}';
    await write('a.json', `{"devices": [\n${devices.join(',\n')}\n]}`);
    const { documents, problems } = await read();
    expect(documents).toHaveLength(19_999);
    expect(texts(problems)).toEqual([
      'a.json:15002 /devices/15000/adress: unknown key `adress`; did you mean `address`?',
    ]);
  });

  it('are read once when named twice or linked in a circle', async () => {
    await write('a/x.yaml', 'clusters: [{name: ams}]\n');
    await symlink(folder.path, path.join(folder.path, 'a/loop'));
    await symlink(folder.path, path.join(folder.path, 'a/second-loop'));
    const { documents } = await read({}, folder.path, path.join(folder.path, 'a/x.yaml'));
    expect(documents).toHaveLength(1);
  });
});

describe('problems', () => {
  it('have file, line and path as the author wrote it', async () => {
    await write(
      'a.yaml',
      [
        'clusters:',
        '  - name: ams',
        'devices:',
        '  - name: r1',
        '    adress: 10.0.0.1',
        '  - name: r2',
        '    address: 10.0.0.2',
        '    ssh:',
        '      host-key: of',
        'services:',
        '  - name: s',
        '    type: ssh-comand',
        '  - name: t',
        '    type: no-op',
        '    runMethod: once',
        '    pre-processing: x',
        'shedules: []',
        'tasks: []',
      ].join('\n'),
    );
    const { problems, documents } = await read();
    expect(texts(problems)).toEqual([
      'a.yaml:17 /shedules: unknown key `shedules`; did you mean `schedules`?',
      'a.yaml:18 /tasks: `tasks` is not supported by this version',
      'a.yaml:5 /devices/0/adress: unknown key `adress`; did you mean `address`?',
      'a.yaml:9 /devices/1/ssh/host-key: must be one of strict, accept-new, off, not "of"; did you mean `off`?',
      'a.yaml:12 /services/0/type: must be one of ansible-playbook, executable, http-request, mail, no-op, opentofu-plan, ping, python-script, ssh-command, workflow, not "ssh-comand"; did you mean `ssh-command`?',
      'a.yaml:15 /services/1/runMethod: unknown key `runMethod`; did you mean `run-method`?',
      'a.yaml:16 /services/1/pre-processing: `pre-processing` is not supported by this version',
    ]);
    expect(documents).toHaveLength(1);
  });

  it.each([
    ['devices:\n- {name: a, name: b}\n', 'a.yaml:2 : the same key is there twice'],
    ['clusters:\n  - name: a\n bad: [\n', 'a.yaml:3 : is no YAML: '],
    ['clusters: [{name: !secret x}]\n', 'a.yaml:1 : is no YAML: Unresolved tag: !secret'],
    ['- 1\n', 'a.yaml:1 : must be an object, not a list'],
    ['just text\n', 'a.yaml:1 : must be an object, not a text'],
    ['clusters: *nothing\n', 'a.yaml:1 : is no YAML: '],
  ])('of syntax have a line too: %j', async (text, expected) => {
    await write('a.yaml', text);
    const { problems } = await read();
    expect(texts(problems)[0]).toContain(expected);
  });

  it('find lines behind aliases', async () => {
    await write('a.yaml', 'x: &d\n  - {name: r1,\n     adress: y}\ndevices: *d\n');
    expect(texts((await read()).problems)).toContain(
      'a.yaml:3 /devices/0/adress: unknown key `adress`; did you mean `address`?',
    );
  });
});

describe('alias bombs', () => {
  it('that double themselves are refused', async () => {
    const levels = Array.from({ length: 30 }, (_, level) => `l${level + 1}: &l${level + 1} [*l${level}, *l${level}]`);
    await write('a.yaml', `l0: &l0 [x]\n${levels.join('\n')}\n`);
    const { problems } = await read();
    expect(problems).toHaveLength(1);
    expect(problems[0]?.message).toMatch(/alias/i);
  });

  it('that repeat something large are refused', async () => {
    const text = 'x'.repeat(100_000);
    await write('a.yaml', `big: &big "${text}"\nall: [${Array.from({ length: 9_000 }, () => '*big').join(', ')}]\n`);
    const { problems } = await read();
    expect(texts(problems)).toEqual([
      'a.yaml:1 : is too large, or nested too deeply, once its aliases are replaced by what they stand for',
    ]);
  });

  it('are not confused with ordinary aliases', async () => {
    const devices = Array.from({ length: 300 }, (_, index) => `- {name: r${index}, address: h, attributes: *a}`);
    await write('a.yaml', `devices:\n- {name: first, address: h, attributes: &a {site: ams}}\n${devices.join('\n')}\n`);
    const { problems, documents } = await read();
    expect([problems.length, documents.length]).toEqual([0, 301]);
  });
});

describe('secret values', () => {
  it('come from the environment and from files, and references stay', async () => {
    await write('keys/id', 'PRIVATE\nKEY\n');
    await write(
      'a.yaml',
      [
        'secrets: [{name: s, value: {env: S}}]',
        'credentials:',
        '- {name: c, username: {env: U}, password: {env: P}, private-key: {file: keys/id}, token: {secret: s}}',
      ].join('\n'),
    );
    const { documents, problems, warnings } = await read({ S: 'one', U: 'me', P: ' two ' });
    expect([problems, warnings]).toEqual([[], []]);
    expect(documents.map(({ document }) => document)).toEqual([
      { name: 's', value: 'one' },
      { name: 'c', username: 'me', password: ' two ', privateKey: 'PRIVATE\nKEY', token: { secret: 's' } },
    ]);
  });

  it('that are missing are problems that name the source and not the value', async () => {
    await write('empty', '\n');
    await write(
      'a.yaml',
      'credentials:\n- name: c\n  password: {env: PASSWORD}\n  token: {file: gone}\n  passphrase: {file: empty}\n  enable-password: {env: EMPTY}\n  username: {env: toString}\n',
    );
    const { documents, problems } = await read({ EMPTY: '' });
    expect(documents).toEqual([]);
    expect(texts(problems)).toEqual([
      'a.yaml:3 /credentials/0/password: the environment variable PASSWORD is not set',
      'a.yaml:5 /credentials/0/passphrase: the file empty is empty',
      'a.yaml:6 /credentials/0/enable-password: the environment variable EMPTY is empty',
      'a.yaml:4 /credentials/0/token: the file gone does not exist',
      'a.yaml:7 /credentials/0/username: the environment variable toString is not set',
    ]);
  });

  it('in the open are taken with a warning that does not repeat them', async () => {
    await write('a.yaml', 'credentials:\n- {name: c, username: u,\n   password: hunter2}\n');
    const { documents, warnings } = await read();
    expect(documents[0]?.document).toEqual({ name: 'c', username: 'u', password: 'hunter2' });
    expect(texts(warnings)).toEqual([
      'a.yaml:3 /credentials/0/password: stands in the file in the open; better {env: <variable>}, {file: <path>} or {secret: <name>}',
    ]);
    expect(JSON.stringify(warnings)).not.toContain('hunter2');
  });
});

describe('sources', () => {
  const service = (source: string) => `services:\n- {name: s, type: executable, filename: run.sh, source: ${source}}\n`;

  it('are packed, and what lies in them is no catalog', async () => {
    await write('a.yaml', service('./code'));
    await write('code/run.sh', '#!/bin/sh\n');
    await write('code/sub/data.yaml', 'devices: 5\n');
    await write('code/node_modules/x.js', 'x');
    await chmod(path.join(folder.path, 'code/run.sh'), 0o700);
    const { documents, bundles, problems } = await read();
    expect(texts(problems)).toEqual([]);
    expect(bundles).toHaveLength(1);
    expect(documents[0]?.document).toEqual({
      name: 's',
      type: 'executable',
      filename: 'run.sh',
      bundle: bundles[0]?.hash,
    });
    const files = readBundle(bundles[0]?.content ?? new Uint8Array());
    expect(files.map((file) => [file.path, file.mode])).toEqual([
      ['run.sh', 0o755],
      ['sub/data.yaml', 0o644],
    ]);
  });

  it('may be one file, and the same one only counts once', async () => {
    await write('run.sh', 'x');
    await write('a.yaml', `${service('run.sh')}- {name: t, type: executable, filename: run.sh, source: ./run.sh}\n`);
    const { documents, bundles } = await read();
    expect([documents.length, bundles.length]).toEqual([2, 1]);
  });

  it('may lie beside the catalog file', async () => {
    await write('a.yaml', service('.'));
    expect((await read()).documents).toHaveLength(1);
  });

  it('that cannot be packed are told', async () => {
    await write('a.yaml', service('./gone'));
    await write('b.yaml', service('./empty'));
    await write('c.yaml', service('./linked'));
    await mkdir(path.join(folder.path, 'empty'));
    await mkdir(path.join(folder.path, 'linked'));
    await symlink('/etc/passwd', path.join(folder.path, 'linked/x'));
    await write('d.yaml', service('./large'));
    await write('large/x', new Uint8Array(11 * 1024 * 1024));
    expect(texts((await read()).problems)).toEqual([
      'a.yaml:2 /services/0/source: ./gone does not exist',
      'b.yaml:2 /services/0/source: ./empty has no files',
      'c.yaml:2 /services/0/source: ./linked has the symbolic link x; put the file itself there',
      'd.yaml:2 /services/0/source: ./large has more than 10 MiB',
    ]);
  });
});

describe('the examples', () => {
  it('are a valid catalog by themselves', async () => {
    const examples = fileURLToPath(new URL('../../../examples/catalog', import.meta.url));
    const { documents, bundles, problems, warnings } = await readCatalog([examples], { env: {} });
    expect([problems, warnings]).toEqual([[], []]);
    expect(checkCatalog(documents, { inputs: createInputValidator() })).toEqual([]);
    expect(bundles).toHaveLength(4);
    expect(documents.filter(({ kind }) => kind === 'service').map(({ document }) => document.name)).toContain(
      'show-version',
    );
  });
});
