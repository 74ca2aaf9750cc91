import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { CatalogContent } from '@runyard/contracts';
import { type Installation, needs, startInstallation, untilEnded, waitFor } from '@runyard/testkit';

const CLI = fileURLToPath(new URL('../../apps/cli/dist/main.js', import.meta.url));
/** Runs a program at a terminal of its own and passes on what is typed. */
const AT_TERMINAL = 'import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))';

const once = { type: 'workflow', runMethod: 'once' } as const;
const ask = { id: 'ask', type: 'approve', message: 'Push to {{ params.site }}?' } as const;
const flag = (fail: boolean) => ({ name: 'flag', type: 'no-op', runMethod: 'once', fail }) as const;
const hello = { name: 'hello', type: 'no-op', runMethod: 'once', result: 'as {{ run.principal }}' } as const;

const CATALOG: CatalogContent = {
  devices: ['r1', 'r2'].map((name) => ({ name, address: '127.0.0.1' })),
  pools: [{ name: 'lab', devices: ['r1', 'r2'] }],
  roles: [{ name: 'greeter', permissions: ['run:read', 'service:run:hello', 'service:run:flag'] }],
  serviceAccounts: [{ name: 'sa_greet', roles: ['greeter'] }],
  services: [
    hello,
    flag(true),
    { ...once, name: 'asks', steps: [ask, { id: 'push', type: 'no-op', value: 'pushed' }] },
    {
      ...once,
      name: 'outer',
      steps: [{ id: 'inner', type: 'run-service', service: 'asks', params: { site: '{{ params.site }}' } }],
    },
    { name: 'asks-each', type: 'workflow', steps: [{ ...ask, message: 'Push to {{ device.name }}?' }] },
    {
      ...once,
      name: 'resumable',
      steps: [
        { id: 'first', type: 'run-service', service: 'hello' },
        { id: 'second', type: 'run-service', service: 'flag' },
      ],
    },
  ],
};

let runyard: Installation;

beforeAll(async () => {
  runyard = await startInstallation({ workers: ['default'], env: { RUNYARD_SLOTS: '1' } });
  await runyard.client.catalog.apply({ catalog: CATALOG });
});
afterAll(() => runyard.stop());

interface Started {
  readonly out: () => string;
  readonly err: () => string;
  readonly type: (text: string) => void;
  readonly ended: Promise<number | null>;
}

/** Starts `runyard` as the administrator, or with an API key. */
function start(
  args: readonly string[],
  { apiKey, at = [] }: { apiKey?: string; at?: readonly string[] } = {},
): Started {
  const login = apiKey
    ? { RUNYARD_API_KEY: apiKey }
    : { RUNYARD_USERNAME: runyard.user.username, RUNYARD_PASSWORD: runyard.user.password };
  const [command = '', ...rest] = [...at, process.execPath, CLI, ...args];
  const child = spawn(command, rest, {
    env: { PATH: process.env['PATH'], RUNYARD_URL: runyard.gateways[0]?.url, ...login },
  });
  let out = '';
  let err = '';
  child.stdout.on('data', (text: Buffer) => (out += String(text)));
  child.stderr.on('data', (text: Buffer) => (err += String(text)));
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  return { out: () => out, err: () => err, type: (text) => void child.stdin.write(text), ended };
}

async function runs(args: readonly string[], options: { apiKey?: string; typed?: string } = {}) {
  const started = start(args, options);
  if (options.typed !== undefined) started.type(options.typed);
  const code = await started.ended;
  return { code, out: started.out().trim(), err: started.err() };
}

/** The arguments of the command that was proposed with this verb. */
async function proposed({ err }: Started, verb: string): Promise<string[]> {
  const [, args = ''] = await waitFor(() => new RegExp(`runyard (${verb} .*)`).exec(err()));
  return args.split(' ');
}

needs(describe, 'redis-server')('workflows at the command line', () => {
  it('say that they wait for a person, also deeper down, and go on with the command that they propose', async () => {
    const waiting = start(['run', 'outer', '--param', 'site=Oslo', '--wait']);
    const approve = await proposed(waiting, 'approve');
    expect(waiting.err()).toContain('waits for a person: Push to Oslo?');
    const [, inner = ''] = approve;
    const listed = await runs(['steps', inner, '--state', 'waiting']);
    expect(listed.out.split('\n')[1]).toMatch(/^- +ask +waiting .*Push to Oslo\?$/);

    const answered = await runs([...approve, '--comment', 'in the window']);
    expect([answered.code, answered.out]).toEqual([0, 'The step ask is approved; the workflow goes on.']);
    expect(await waiting.ended).toBe(0);
    expect((await runs(['steps', inner])).out).toContain('approved by admin: in the window');

    const [, outer = ''] = /Run (\w{24})/.exec(waiting.err()) ?? [];
    const tree = (await runs(['tree', outer])).out.split('\n').slice(1);
    expect(tree).toEqual([
      expect.stringMatching(new RegExp(`^\\* ${outer} +succeeded +outer +admin$`)),
      expect.stringMatching(new RegExp(`^ {2}\\* ${inner} +succeeded +asks +inner +admin$`)),
    ]);
    expect((await runs(['tree', inner])).err).toContain(`runyard tree ${outer}`);
  });

  it('say so to who follows their log, and fail when the answer is no', async () => {
    const id = (await runs(['run', 'asks-each', '-d', 'r1', '-d', 'r2'])).out;
    const following = start(['log', id, '--follow']);
    await waitFor(() => /reject \w+ ask --device r2/.test(following.err()));
    const nowhere = await runs(['approve', id, 'ask']);
    expect([nowhere.code, nowhere.err]).toEqual([2, expect.stringContaining(`runyard steps ${id} --state waiting`)]);
    for (const device of ['r1', 'r2']) await runs(['reject', id, 'ask', '--device', device]);
    expect(await following.ended).toBe(0);
    expect(await untilEnded(runyard.client, id)).toBe('failed');
  });

  it('go on where they failed', async () => {
    const first = (await runs(['run', 'resumable'])).out;
    expect(await untilEnded(runyard.client, first)).toBe('failed');
    await runyard.client.catalog.put('service', 'flag', flag(false));
    const resumed = await runs(['rerun', first, '--resume', '--wait', '--json']);
    expect(resumed.code).toBe(0);
    const { run } = JSON.parse(resumed.out.split('\n').at(-1) ?? '') as { run: { id: string } };
    expect((await runs(['tree', run.id])).out).not.toContain('hello');
  });
});

needs(describe, 'redis-server')('accounts at the command line', () => {
  it('get keys that reach what was said, until they are revoked', async () => {
    const made = await runs([
      'keys',
      'create',
      'ci',
      '--service-account',
      'sa_greet',
      '--service',
      'hello',
      '--expires',
      '2100-01-01',
    ]);
    expect(made.out).toMatch(/^ry_\S+$/);
    const apiKey = made.out;
    const [, id = ''] = /keys revoke (\S+)/.exec(made.err) ?? [];
    expect((await runs(['run', 'hello', '--wait'], { apiKey })).out).toContain('as sa_greet');
    expect((await runs(['run', 'flag'], { apiKey })).err).toContain('does not reach');
    const listed = (await runs(['keys', 'list'])).out;
    expect(listed).toMatch(new RegExp(`^${id} +ci +service account sa_greet +hello +2100-01-01`, 'm'));
    expect(listed).not.toContain(apiKey);
    await runs(['keys', 'revoke', id]);
    expect((await runs(['runs'], { apiKey })).code).toBe(2);

    const denied = await runs(['audit', '--decision', 'denied', '--actor', 'sa_greet']);
    expect(denied.out).toMatch(/sa_greet .*flag +denied/);
  });

  it('are acted as by who may', async () => {
    expect((await runs(['run', 'hello', '--run-as', 'sa_greet', '--wait'])).out).toContain('as sa_greet');
    const unknown = await runs(['run', 'hello', '--run-as', 'sa_nobody']);
    expect([unknown.code, unknown.err]).toEqual([2, expect.stringContaining('sa_nobody')]);
  });

  it('are users with a password that is piped in, until they are disabled', async () => {
    const password = randomBytes(12).toString('hex');
    const typed = `${password}\n`;
    const made = await runs(['users', 'create', 'olga', '--role', 'viewer'], { typed });
    expect([made.code, made.out]).toEqual([0, 'The user olga may log in as viewer.']);
    const asOlga = (): Promise<Response> => {
      const authorization = `Basic ${Buffer.from(`olga:${password}`).toString('base64')}`;
      return runyard.call('/v1/me', undefined, { headers: { authorization } });
    };
    expect((await asOlga()).status).toBe(200);
    await runs(['users', 'disable', 'olga']);
    expect((await asOlga()).status).toBe(401);
    expect((await runs(['users', 'list'])).out).toMatch(/^olga +viewer +disabled/m);
    await runs(['users', 'enable', 'olga']);
    expect((await asOlga()).status).toBe(200);
  });
});

needs(
  describe,
  'redis-server',
  'python3',
)('a password that is typed', () => {
  it('is asked for twice, and is not shown', async () => {
    const password = randomBytes(12).toString('hex');
    const typing = start(['users', 'create', 'eve'], { at: ['python3', '-c', AT_TERMINAL] });
    await waitFor(() => typing.out().includes('Password of eve:'));
    typing.type(`${password}\r`);
    await waitFor(() => typing.out().includes('The same again:'));
    typing.type(`${password}\r`);
    expect(await typing.ended).toBe(0);
    expect(typing.out()).toContain('The user eve may log in');
    expect(typing.out()).not.toContain(password);
  });

  it('is given up with Ctrl-C, and then nothing was done', async () => {
    const typing = start(['users', 'create', 'nobody'], { at: ['python3', '-c', AT_TERMINAL] });
    await waitFor(() => typing.out().includes('Password of nobody:'));
    typing.type('half\u0003');
    expect(await typing.ended).toBe(130);
    expect((await runs(['users', 'list'])).out).not.toContain('nobody');
  });
});
