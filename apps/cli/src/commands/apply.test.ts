import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { answeredCommandLine, refusal, type Routes } from '../../test/answered-command-line.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'runyard-cli-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const runyard = (args: string[], routes: Routes = {}) => answeredCommandLine(args, routes, { folder });

describe('runyard apply', () => {
  const applied = { added: [{ kind: 'pool', name: 'lab' }], changed: [], unchanged: 2, revision: 5, dryRun: false };
  const file = (text: string): string => {
    writeFileSync(join(folder, 'lab.yaml'), text);
    return 'lab.yaml';
  };

  it('sends what the files say and prints what changed', async () => {
    const { code, out, asked } = await runyard(['apply', '-f', file('pools:\n  - {name: lab, devices: [r1]}\n')], {
      'POST /v1/catalog/apply': applied,
    });

    expect(code).toBe(0);
    expect(asked[0]?.body).toEqual({
      catalog: { pools: [{ name: 'lab', devices: ['r1'] }] },
      bundles: [],
      set: 'default',
    });
    expect(out).toEqual(['added     pool lab', '1 added, 0 changed, 2 unchanged. The catalog is at revision 5.']);
  });

  it('shows file and line of a mistake and sends nothing', async () => {
    const { code, err, asked } = await runyard(['apply', '-f', file('pools:\n  - name: lab\n    divices: [r1]\n')]);

    expect(code).toBe(2);
    expect(asked).toEqual([]);
    expect(err.join('\n')).toContain('lab.yaml:3');
  });

  it('shows file and line of what the gateway finds wrong', async () => {
    const { code, err } = await runyard(['apply', '-f', file('pools:\n  - name: lab\n    devices:\n      - nope\n')], {
      'POST /v1/catalog/apply': refusal(400, 'CATALOG_INVALID', 'The catalog is not valid.', [
        { path: '/catalog/pools/0/devices/0', message: 'is no device' },
      ]),
    });

    expect(code).toBe(2);
    expect(err[1]).toMatch(/lab\.yaml:4 .*is no device$/);
  });

  it('shows file and line of a schedule that is to change while it is enabled', async () => {
    const text = "schedules:\n  - name: nightly\n    service: s\n    run-as: a\n    cron: '1 2 * * *'\n";
    const { code, err } = await runyard(['apply', file(text)], {
      'POST /v1/catalog/apply': refusal(409, 'SCHEDULE_ENABLED', 'The schedule is enabled.', [
        { path: '/catalog/schedules/0/cron', message: "The schedule 'nightly' is enabled" },
      ]),
    });

    expect(code).toBe(2);
    expect(err[0]).toContain('Schedules that are enabled would change; nothing was written.');
    expect(err[1]).toMatch(/lab\.yaml:5 .*'nightly' is enabled$/);
  });

  it('takes files as arguments, too', async () => {
    const { asked } = await runyard(['apply', file('pools: []'), '--dry-run'], { 'POST /v1/catalog/apply': applied });

    expect(asked[0]?.body).toEqual({ catalog: {}, bundles: [], dryRun: true, set: 'default' });
  });

  it.each(['-', '/dev/stdin'])('reads what is piped in as %s, and tells its lines', async (path) => {
    const run = (text: string) =>
      answeredCommandLine(
        ['apply', path],
        { 'POST /v1/catalog/apply': applied },
        { folder, input: Readable.from([text]) },
      );
    const { code, asked } = await run('pools:\n  - {name: lab, devices: [r1]}\n');
    expect([code, asked[0]?.body]).toEqual([
      0,
      { catalog: { pools: [{ name: 'lab', devices: ['r1'] }] }, bundles: [], set: 'default' },
    ]);
    const wrong = await run('pools:\n  - name: lab\n    divices: [r1]\n');
    expect([wrong.code, wrong.err.join('\n')]).toEqual([2, expect.stringContaining('standard input:3')]);
  });

  it('needs a file', async () => {
    expect((await runyard(['apply'])).code).toBe(2);
  });
});
