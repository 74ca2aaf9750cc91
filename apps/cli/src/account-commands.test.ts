import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { answeredCommandLine as runyard, refusal } from '../test/answered-command-line.ts';

const AT = '2026-11-21T07:00:00.000Z';

describe('runyard keys', () => {
  const key = { id: 'key-1', name: 'ci', createdBy: 'ada', createdAt: AT, expiresAt: null, lastUsedAt: null };
  const token = `ry_${randomBytes(8).toString('hex')}`;
  const routes = { 'POST /v1/api-keys': { ...key, serviceAccount: 'sa_ci', token } };

  it('print a new key alone on the output', async () => {
    const args = ['--service-account', 'sa_ci', '--service', 'a', '--service', 'b', '--expires', '2027-01-01'];
    const { code, out, err, asked } = await runyard(['keys', 'create', 'ci', ...args], routes);
    expect([code, out]).toEqual([0, [token]]);
    expect(err.join()).toContain('runyard keys revoke key-1');
    expect(asked[0]?.body).toEqual({
      name: 'ci',
      serviceAccount: 'sa_ci',
      services: ['a', 'b'],
      expiresAt: '2027-01-01T00:00:00Z',
    });
  });

  it('belong to a user or a service account, not to whoever logs in with --user', async () => {
    const { asked } = await runyard(['keys', 'create', 'ci', '--for-user', 'olga'], routes);
    expect(asked[0]?.body).toEqual({ name: 'ci', user: 'olga' });
    const both = ['--for-user', 'olga', '--service-account', 'sa_ci'];
    for (const args of [[], both]) {
      const refused = await runyard(['keys', 'create', 'ci', ...args], routes);
      expect([refused.code, refused.asked]).toEqual([2, []]);
      expect(refused.err.join()).toContain('either --for-user or --service-account');
    }
  });

  it('are listed without the keys themselves', async () => {
    const items = [
      { ...key, serviceAccount: 'sa_ci', services: ['a', 'b'], lastUsedAt: AT },
      { ...key, id: 'key-2', user: 'olga\u001b[2J', expiresAt: AT },
      { ...key, id: 'key-3', roles: ['viewer'] },
    ];
    const list = (page: unknown[]) => ({ 'GET /v1/api-keys?limit=500': { items: page, cursor: null } });
    const { out } = await runyard(['keys', 'list'], list(items));
    const time = expect.stringMatching(/^2026-11-2\d \d\d:00:00$/);
    expect(out.slice(1).map((line) => line.split(/ {2,}/))).toEqual([
      ['key-1', 'ci', 'service account sa_ci', 'a, b', 'never', time],
      ['key-2', 'ci', 'user olga', 'all', time, 'never'],
      ['key-3', 'ci', 'roles viewer', 'all', 'never', 'never'],
    ]);
    expect((await runyard(['keys', 'list'], list([]))).out).toEqual(['No API keys.']);
  });

  it('are revoked', async () => {
    const revoked = await runyard(['keys', 'revoke', 'key-1'], {
      'DELETE /v1/api-keys/key-1': () => new Response(null, { status: 204 }),
    });
    expect([revoked.code, revoked.out]).toEqual([0, ['The API key key-1 works nowhere any more.']]);
  });
});

describe('runyard users', () => {
  const user = { name: 'eve', roles: ['operator'], groups: ['noc'], disabled: false, createdAt: AT, external: false };
  const password = randomBytes(12).toString('hex');
  const piped = (text: string) => ({ input: Readable.from([text]) });

  it('are made with a password that is piped in', async () => {
    const args = ['users', 'create', 'eve', '--role', 'operator', '--group', 'noc'];
    const { code, out, err, asked } = await runyard(args, { 'POST /v1/users': user }, piped(`${password}\n`));
    expect([code, out, err]).toEqual([0, ['The user eve may log in as operator.'], []]);
    expect(asked[0]?.body).toEqual({ name: 'eve', roles: ['operator'], groups: ['noc'], password });
  });

  it('are not made without a password', async () => {
    const { code, asked } = await runyard(['users', 'create', 'eve'], {}, piped(''));
    expect([code, asked]).toEqual([2, []]);
  });

  it('show what the gateway finds wrong', async () => {
    const errors = [{ path: '/roles/0', message: "there is no role 'root'" }];
    const { code, err } = await runyard(
      ['users', 'create', 'eve', '--role', 'root'],
      { 'POST /v1/users': () => refusal(400, 'BODY_INVALID', 'Some roles are not in the catalog.', errors) },
      piped(password),
    );
    expect([code, err]).toEqual([2, ['Some roles are not in the catalog.', "  /roles/0 there is no role 'root'"]]);
  });

  it('get another password, and are disabled and enabled', async () => {
    const change = (disabled: boolean) => ({ 'PUT /v1/users/eve': { ...user, disabled } });
    const other = await runyard(['users', 'password', 'eve'], change(false), piped(password));
    expect(other.asked[0]?.body).toEqual({ password });
    const disabled = await runyard(['users', 'disable', 'eve'], change(true));
    expect([disabled.asked[0]?.body, disabled.out]).toEqual([
      { disabled: true },
      ['The user eve cannot log in any more.'],
    ]);
    expect((await runyard(['users', 'enable', 'eve'], change(false))).asked[0]?.body).toEqual({ disabled: false });
  });

  it('get other roles and groups, or none', async () => {
    const update = (args: string[], change: object) =>
      runyard(['users', 'update', 'eve', ...args], { 'PUT /v1/users/eve': { ...user, ...change } });
    const roles = await update(['--role', 'viewer', '--role', 'editor'], { roles: ['viewer', 'editor'] });
    expect([roles.asked[0]?.body, roles.out]).toEqual([
      { roles: ['viewer', 'editor'] },
      ['The user eve has the roles viewer, editor of its own, and is in the group noc.'],
    ]);
    const none = await update(['--no-role', '--no-group'], { roles: [], groups: [] });
    expect([none.asked[0]?.body, none.out]).toEqual([
      { roles: [], groups: [] },
      ['The user eve has no role of its own, and is in no group.'],
    ]);
    const nothing = await update([], {});
    expect([nothing.code, nothing.asked]).toEqual([2, []]);
  });

  it('are deleted', async () => {
    const gone = { 'DELETE /v1/users/eve': () => new Response(null, { status: 204 }) };
    const { code, out } = await runyard(['users', 'delete', 'eve'], gone);
    expect([code, out]).toEqual([0, ['The user eve is deleted, and his API keys work nowhere any more.']]);
  });

  it('are listed by name', async () => {
    const items = [user, { ...user, name: 'fay', roles: [], disabled: true, external: true }];
    const { out } = await runyard(['users', 'list'], { 'GET /v1/users?limit=500': { items, cursor: null } });
    expect(out[1]).toMatch(/^eve +operator +noc +enabled +password +2026-/);
    expect(out[2]).toMatch(/^fay +noc +disabled +identity provider +2026-/);
  });
});

describe('runyard audit', () => {
  const entry = (id: string, more: object = {}) => ({
    id,
    at: AT,
    actor: 'olga',
    action: 'run.accept',
    subject: 'show',
    detail: {},
    ...more,
  });
  const denied = { principal: 'sa_ci', decision: 'denied', reason: 'SERVICE_RUN_DENIED: no\u001b[2J' };

  it('asks for what is wanted and lists it, newest first', async () => {
    const filters = ['--actor', 'olga', '--principal', 'sa_ci', '--action', 'run.accept', '--subject', 'show'];
    const address =
      'GET /v1/audit?limit=500&actor=olga&principal=sa_ci&action=run.accept&subject=show&decision=denied&since=2026-11-21T00%3A00%3A00Z';
    const { code, out } = await runyard(['audit', ...filters, '--decision', 'denied', '--since', '2026-11-21'], {
      [address]: { items: [], cursor: 'more' },
      [`${address}&cursor=more`]: { items: [entry('1', denied)], cursor: null },
    });
    expect(code).toBe(0);
    expect(out[1]?.split(/ {2,}/).slice(1)).toEqual([
      'olga',
      'sa_ci',
      'run.accept',
      'show',
      'denied',
      'SERVICE_RUN_DENIED: no',
    ]);
  });

  it('reads no further than its limit', async () => {
    const items = [entry('1'), entry('2'), entry('3')];
    const { out, err } = await runyard(['audit', '--limit', '2', '--json'], {
      'GET /v1/audit?limit=500': { items, cursor: 'more' },
    });
    expect(JSON.parse(out.join(''))).toEqual(items.slice(0, 2));
    expect(err.join()).toContain('--limit');
  });

  it('says when there is nothing', async () => {
    const { out } = await runyard(['audit'], { 'GET /v1/audit?limit=500': { items: [], cursor: null } });
    expect(out).toEqual(['No entries.']);
  });
});
