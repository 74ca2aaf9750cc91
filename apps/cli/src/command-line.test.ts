import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { answeredCommandLine, refusal, type Routes } from '../test/answered-command-line.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'runyard-cli-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const RUN_ID = 'a'.repeat(24);
const COUNTS = { total: 2, pending: 0, running: 0, succeeded: 1, failed: 1, skipped: 0, cancelled: 0, unknown: 0 };
const run = (state: string) => ({
  id: RUN_ID,
  service: 'show-version',
  version: 3,
  state,
  counts: COUNTS,
  createdAt: '2026-11-21T07:00:00.000Z',
  startedAt: '2026-11-21T07:00:01.000Z',
  endedAt: '2026-11-21T07:00:03.500Z',
  warnings: [],
  error: null,
});

const runyard = (args: string[], routes: Routes = {}, isColoured = false) =>
  answeredCommandLine(args, routes, { folder, isColoured });

function events(...list: [string, object][]): () => Response {
  const text = list.map(([event, data], index) => `event: ${event}\nid: ${index}\ndata: ${JSON.stringify(data)}\n\n`);
  return () => new Response(text.join(''), { headers: { 'content-type': 'text/event-stream' } });
}

const row = (name: string, state: string, message?: string) => ({
  name,
  state,
  durationMs: 120,
  attempts: 1,
  error: message === undefined ? null : { code: 'CONNECTION_REFUSED', message },
});

const ended = (state: string): Routes => ({
  'POST /v1/runs': { id: RUN_ID, state: 'queued', links: {} },
  [`GET /v1/runs/${RUN_ID}`]: run('running'),
  [`GET /v1/runs/${RUN_ID}?wait=25`]: run(state),
  [`GET /v1/runs/${RUN_ID}/events`]: events(
    ['run', run('running')],
    ['device', row('r1', 'succeeded')],
    ['device', row('r2', 'failed', 'nobody\nis\u001b[2J there')],
    ['run', run(state)],
    ['end', { state }],
  ),
  [`GET /v1/runs/${RUN_ID}/devices/r1`]: { ...row('r1', 'succeeded'), result: '\r\n  Cisco IOS 15.2\nmore' },
  [`GET /v1/runs/${RUN_ID}/devices/r2`]: { ...row('r2', 'failed', 'nobody is there'), result: null },
});

describe('runyard run', () => {
  it('sends targets, params and labels, and prints the id alone on the output', async () => {
    const { code, asked, out } = await runyard(
      [
        'run',
        'show-version',
        '-d',
        'r1',
        '-d',
        'r2',
        '-p',
        'lab',
        '--param',
        'count=3',
        '--label',
        'ticket=7',
        '--check',
      ],
      ended('failed'),
    );

    expect(code).toBe(0);
    expect(out).toEqual([RUN_ID]);
    expect(asked[0]).toMatchObject({
      what: 'POST /v1/runs',
      body: {
        service: 'show-version',
        devices: ['r1', 'r2'],
        pools: ['lab'],
        params: { count: 3 },
        labels: { ticket: '7' },
        check: true,
      },
      headers: { authorization: 'Bearer k' },
    });
  });

  it('prints each device as it ends and ends with 1 when the run failed', async () => {
    const { code, out } = await runyard(['run', 'show-version', '--wait'], ended('failed'));

    expect(code).toBe(1);
    expect(out).toEqual([
      'r1            succeeded  120 ms       Cisco IOS 15.2',
      'r2            failed     120 ms       nobody',
      'The run failed in 2.5 s: 1 of 2, 1 failed devices.',
    ]);
  });

  it('ends with 0 when the run succeeded', async () => {
    expect((await runyard(['run', 'show-version', '--wait'], ended('succeeded'))).code).toBe(0);
  });

  it('prints everything that a device says when asked to', async () => {
    const { out } = await runyard(['run', 'show-version', '--output'], ended('succeeded'));

    expect(out.slice(0, 2)).toEqual(['r1            succeeded  120 ms', '\n  Cisco IOS 15.2\nmore']);
  });

  it('prints one JSON document a line', async () => {
    const { out } = await runyard(['run', 'show-version', '--wait', '--json'], ended('failed'));

    expect(out.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { event: 'device', device: { name: 'r1', state: 'succeeded' } },
      { event: 'device', device: { name: 'r2', state: 'failed' } },
      { event: 'end', run: { id: RUN_ID, state: 'failed' } },
    ]);
  });

  it('ends with 2 and says what is wrong when the gateway refuses', async () => {
    const { code, err } = await runyard(['run', 'x', '-d', 'nope'], {
      'POST /v1/runs': refusal(400, 'TARGETS_UNKNOWN', 'Some targets are not known.', [
        { path: '/devices/0', message: "no device with the name 'nope'" },
      ]),
    });

    expect(code).toBe(2);
    expect(err).toEqual(['Some targets are not known.', "  /devices/0 no device with the name 'nope'"]);
  });

  it('says what would run', async () => {
    const { out, asked } = await runyard(['run', 'x', '-p', 'lab', '--dry-run'], {
      'POST /v1/runs': { dryRun: true, service: 'x', version: 2, devices: 20, warnings: [] },
    });

    expect(asked[0]?.body).toMatchObject({ dryRun: true });
    expect(out).toEqual(['Version 2 of x would run on 20 devices.']);
  });
});

describe('runyard runs', () => {
  const page = { items: [run('failed')], cursor: null };

  it('prints a table', async () => {
    const { out } = await runyard(['runs', '--service', 's', '--state', 'failed', '--limit', '5'], {
      'GET /v1/runs?limit=5&service=s&state=failed': page,
    });

    expect(out[0]).toMatch(/^RUN +SERVICE +STATE +ACCEPTED +TIME +DEVICES$/);
    expect(out[1]).toMatch(/^a{24} {2}show-version {2}failed .* 2\.5 s {2}1 of 2, 1 failed$/);
  });

  it('prints what the gateway answered as JSON', async () => {
    const { out } = await runyard(['runs', '--json'], { 'GET /v1/runs?limit=20': page });

    expect(JSON.parse(out.join(''))).toEqual(page);
  });

  it.each([
    ['--limit', '0'],
    ['--limit', 'x'],
    ['--state', 'nearly'],
  ])('refuses %s %s', async (...args) => {
    const { code, asked, err } = await runyard(['runs', ...args]);

    expect(code).toBe(2);
    expect(asked).toEqual([]);
    expect(err.join('\n')).toContain(args[0]);
  });
});

describe('runyard log', () => {
  const line = (text: string) => ({ at: '2026-11-21T07:00:00.000Z', device: 'r1', text });

  it('follows the log until the run has ended and shows each line once', async () => {
    let looks = 0;
    const pages: Record<string, unknown> = {
      get [`GET /v1/runs/${RUN_ID}`]() {
        looks += 1;
        return run(looks < 3 ? 'running' : 'succeeded');
      },
      get [`GET /v1/runs/${RUN_ID}/log?limit=1000`]() {
        return { items: looks < 3 ? [line('one')] : [line('one'), line('two')], cursor: looks < 3 ? null : 'next' };
      },
      [`GET /v1/runs/${RUN_ID}/log?limit=1000&cursor=next`]: { items: [line('three\u001b[1m')], cursor: null },
      [`GET /v1/runs/${RUN_ID}?wait=1`]: run('succeeded'),
    };

    const { code, out } = await runyard(['log', RUN_ID, '--follow'], pages);

    expect(code).toBe(0);
    expect(out.map((text) => text.split('  ').slice(1))).toEqual([
      ['r1', 'one'],
      ['r1', 'two'],
      ['r1', 'three'],
    ]);
  });
});

describe('runyard', () => {
  it('lists the workers by cluster', async () => {
    const worker = {
      id: 'w2',
      cluster: 'fra',
      host: 'h',
      pid: 7,
      slots: 256,
      busySlots: 3,
      startedAt: '2026-11-21T07:00:00Z',
    };

    const { out } = await runyard(['workers'], {
      'GET /v1/workers?limit=500': {
        items: [worker, { ...worker, id: 'w1', cluster: 'ams', draining: true }],
        cursor: null,
      },
    });

    expect(out.slice(1).map((text) => text.split(/ +/).slice(0, 2))).toEqual([
      ['ams', 'w1'],
      ['fra', 'w2'],
    ]);
    expect(out[1]).toMatch(/draining$/);
  });

  it('lists the locks that devices hold, and breaks one', async () => {
    const holder = { runId: RUN_ID, device: 'r1', service: 'backup', principal: 'ada' };
    const lock = { key: 'device/r1', holder, token: 7, heldSince: '2026-11-21T07:00:00Z', waiting: 2 };
    const list = (items: unknown[]) => ({ 'GET /v1/locks?limit=500': { items, cursor: null } });

    const { out } = await runyard(
      ['locks'],
      list([lock, { ...lock, key: 'a\u001b[2J', holder: { ...holder, device: '' } }]),
    );
    expect(out[1]?.split(/ {2,}/)).toEqual(['device/r1', RUN_ID, 'r1', 'backup', expect.any(String), '2']);
    expect(out[2]?.split(/ {2,}/).slice(0, 3)).toEqual(['a', RUN_ID, '-']);
    expect((await runyard(['locks'], list([]))).out).toEqual(['No lock is held.']);

    const broken = await runyard(['locks', 'break', 'device/r1'], { 'DELETE /v1/locks/device%2Fr1': lock });
    expect([broken.code, broken.out[0]]).toEqual([0, expect.stringContaining(`the device r1 of the run ${RUN_ID}`)]);
  });

  it('asks a run to end', async () => {
    const { code, out } = await runyard(['cancel', RUN_ID], { [`POST /v1/runs/${RUN_ID}/cancel`]: run('cancelling') });

    expect(code).toBe(0);
    expect(out[0]).toContain('ends as soon as');
  });

  it('pauses a run with the reason, and resumes it', async () => {
    const paused = await runyard(['pause', RUN_ID, '--reason', 'freeze'], {
      [`POST /v1/runs/${RUN_ID}/pause`]: run('running'),
    });
    expect([paused.code, paused.asked[0]?.body]).toEqual([0, { reason: 'freeze' }]);
    expect(paused.out[0]).toContain('is paused');

    const resumed = await runyard(['resume', RUN_ID], { [`POST /v1/runs/${RUN_ID}/resume`]: run('running') });
    expect([resumed.code, resumed.out[0]]).toEqual([0, expect.stringContaining('goes on')]);
  });

  it('says how a run spreads over its devices and when it expires', async () => {
    const options = ['--canary', '2', '--batches', '25%', '--max-failures', '1', '--soak', '5m', '--priority', 'low'];
    const { asked } = await runyard(['run', 'show-version', ...options, '--queue-ttl', '1h', '--lock', 'device'], {
      'POST /v1/runs': { id: RUN_ID, state: 'queued' },
    });
    expect(asked[0]?.body).toEqual({
      service: 'show-version',
      params: {},
      rollout: { canary: 2, batches: '25%', maxFailures: 1, soak: '5m', onBreach: 'stop' },
      priority: 'low',
      queueTtl: '1h',
      lock: 'device',
    });
  });

  it('runs the same again on what failed, or on all', async () => {
    const first = 'b'.repeat(24);
    const routes = { ...ended('failed'), [`POST /v1/runs/${first}/rerun`]: { id: RUN_ID, state: 'queued' } };

    const { code, asked, out } = await runyard(['rerun', first], routes);
    expect([code, out, asked[0]?.body]).toEqual([0, [RUN_ID], { only: 'failed' }]);

    const waited = await runyard(['rerun', first, '--all', '--wait'], routes);
    expect([waited.code, waited.asked[0]?.body]).toEqual([1, { only: 'all' }]);
  });

  it('imports devices with the media type of the file', async () => {
    writeFileSync(join(folder, 'more.CSV'), 'name,address\nr9,10.0.0.9\n');
    const answer = { added: [], changed: [], unchanged: 1, revision: 1, dryRun: false };

    const { code, asked } = await runyard(['devices', 'import', 'more.CSV'], { 'POST /v1/devices/import': answer });

    expect(code).toBe(0);
    expect(asked[0]?.headers['content-type']).toBe('text/csv');
    expect((await runyard(['devices', 'import', 'more.txt'])).code).toBe(2);
    expect((await runyard(['devices', 'import', 'none.csv'])).code).toBe(2);
  });

  it('shows one device with its output on the output alone', async () => {
    const { out, err } = await runyard(['show', RUN_ID, 'r1'], {
      [`GET /v1/runs/${RUN_ID}/devices/r1`]: { ...row('r1', 'succeeded'), result: { version: 15 } },
    });

    expect(out).toEqual(['{\n  "version": 15\n}']);
    expect(err).toEqual(['r1 succeeded']);
  });

  it('says why a run is where it is, one reason on a line', async () => {
    const answer = {
      id: RUN_ID,
      state: 'queued',
      reasons: [
        { code: 'no-worker', message: "No live worker is in the cluster 'ams'\u001b[2J.", cluster: 'ams' },
        { code: 'queued', message: 'It has 1 slice in the queue.', slices: 1 },
      ],
    };
    const routes = { [`GET /v1/runs/${RUN_ID}/why`]: answer };

    const { code, out } = await runyard(['why', RUN_ID], routes);
    expect([code, out.length, out[0], out[2]]).toEqual([0, 3, 'queued', 'It has 1 slice in the queue.']);
    expect(out[1]).not.toContain('\u001b');
    expect(JSON.parse((await runyard(['--json', 'why', RUN_ID], routes)).out.join('\n'))).toEqual(answer);
  });

  it.each([
    [['bogus'], 2],
    [['run'], 2],
    [['runs', '--bogus'], 2],
    [['--help'], 0],
    [['help', 'run'], 0],
  ])('ends %j with %d', async (args, code) => {
    expect((await runyard(args)).code).toBe(code);
  });

  it('tells a wrong login from a gateway that failed', async () => {
    const refused = await runyard(['workers'], {
      'GET /v1/workers?limit=500': refusal(401, 'CREDENTIALS_WRONG', 'Wrong'),
    });
    const failed = await runyard(['workers'], { 'GET /v1/workers?limit=500': refusal(500, 'INTERNAL', 'Sorry') });

    expect(refused.code).toBe(2);
    expect(refused.err.join(' ')).toContain('--api-key');
    expect(failed.code).toBe(3);
  });

  it('colours only where it is told to', async () => {
    const answer = { 'GET /v1/runs?limit=20': { items: [run('failed')], cursor: null } };

    expect((await runyard(['runs'], answer, true)).out[1]).toContain('\u001b[31mfailed\u001b[0m');
  });
});
