import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { answeredCommandLine, type Routes } from './answered-command-line.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'runyard-cli-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const runyard = (args: string[], routes: Routes = {}) => answeredCommandLine(args, routes, { folder });

const file = (text: string): string => {
  writeFileSync(join(folder, 'lab.yaml'), text);
  return 'lab.yaml';
};

describe('runyard apply, item by item', () => {
  const counts = { add: 1, replacement: 0, conflict: 1, unchanged: 2, delete: 0 };
  const items = [
    { kind: 'pool', name: 'lab', state: 'add' },
    { kind: 'pool', name: 'all', state: 'conflict', reason: 'is used by service s' },
  ];
  const imported = { items, counts, warnings: [], set: 'site', revision: 5, check: false };
  const query = (force: boolean, prune: boolean, format: string, check = false) =>
    `POST /v1/catalog/import?check=${check}&force=${force}&prune=${prune}&set=site&format=${format}`;

  it('prunes, tells what became of each item, and exits with 1 when something is in conflict', async () => {
    const { code, out, asked } = await runyard(['apply', file('pools: [{name: lab}]'), '--prune', '--set', 'site'], {
      [query(true, true, 'runyard')]: imported,
    });
    expect(code).toBe(1);
    expect(asked[0]?.body).toEqual({ catalog: { pools: [{ name: 'lab' }] }, bundles: [] });
    expect(out).toEqual([
      'Add         pool lab',
      'Conflict    pool all: is used by service s',
      '1 added, 0 replaced, 0 deleted, 1 in conflict, 2 unchanged. The catalog is at revision 5.',
    ]);
  });

  it('only says what it would do with --check', async () => {
    const answer = { ...imported, items: [], counts: { ...counts, conflict: 0 }, check: true };
    const { code, out } = await runyard(['apply', file('pools: []'), '--check', '--set', 'site'], {
      [query(true, false, 'runyard', true)]: answer,
    });
    expect(code).toBe(0);
    expect(out.at(-1)).toMatch(/Nothing was written: this was a check\.$/);
  });

  const gatewayFile = [
    'services:',
    '  - name: hello',
    '    type: python-script',
    '    repository: repo',
    '    filename: a.py',
    '    owner: me',
  ].join('\n');

  it('imports a service file of a Gateway, with warnings at their lines, and forces it only when told', async () => {
    const warnings = [{ path: '/catalog/services/0/repository', message: 'there is no repository `repo`' }];
    const answer = { ...imported, items: [], counts: { ...counts, conflict: 0 }, warnings };
    const routes = { [query(false, false, 'gateway')]: answer, [query(true, false, 'gateway')]: answer };
    const { code, err } = await runyard(['apply', file(gatewayFile), '--set', 'site'], routes);
    expect(code).toBe(0);
    expect(err).toEqual([
      expect.stringMatching(/^Warning: .*lab\.yaml:6 \/services\/0\/owner unknown key `owner`/),
      expect.stringMatching(/^Warning: .*lab\.yaml:4 \/services\/0\/repository there is no repository `repo`$/),
    ]);
    const forced = await runyard(['apply', file(gatewayFile), '--set', 'site', '--force'], routes);
    expect(forced.asked.map(({ what }) => what)).toEqual([query(true, false, 'gateway')]);
  });

  it('refuses an odd name of a set', async () => {
    expect((await runyard(['apply', file('pools: []'), '--set', 'a b'])).code).toBe(2);
  });
});

describe('runyard secrets rotate', () => {
  it('asks until everything is sealed anew, and names what no key opens', async () => {
    const answers = [
      { resealed: 50, current: 0, unreadable: [], complete: false },
      { resealed: 7, current: 50, unreadable: ['secret lost'], complete: true },
    ];
    const next = () => Response.json(answers.shift());
    const { code, out, asked } = await runyard(['secrets', 'rotate'], { 'POST /v1/secrets/rotate': next });
    expect([code, asked.length]).toEqual([1, 2]);
    expect(out).toEqual(['No key for secret lost', '57 sealed anew, 50 had the newest key, 1 cannot be opened.']);
  });
});

describe('runyard export', () => {
  const text = '# values\npools:\n- name: lab\n';
  const yaml = () => new Response(text, { headers: { 'content-type': 'application/yaml' } });

  it('prints the catalog as a file', async () => {
    const { code, out } = await runyard(['export', '-k', 'pool', '--kind', 'service', '--set', 'site'], {
      'GET /v1/catalog/export?kinds=pool%2Cservice&set=site': yaml,
    });
    expect([code, out]).toEqual([0, [text.trimEnd()]]);
  });

  it('writes it into a file', async () => {
    const { code, out } = await runyard(['export', '-o', 'out.yaml'], { 'GET /v1/catalog/export': yaml });
    expect([code, out, readFileSync(join(folder, 'out.yaml'), 'utf8')]).toEqual([0, [], text]);
  });

  it('refuses a kind that there is not', async () => {
    const { code, err, asked } = await runyard(['export', '-k', 'pools']);
    expect([code, asked]).toEqual([2, []]);
    expect(err.join()).toContain("There is no kind 'pools'");
  });
});
