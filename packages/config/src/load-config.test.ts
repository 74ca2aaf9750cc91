import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { ConfigError, decodeSecretKey, loadConfig } from './index.ts';

const folder = mkdtempSync(join(tmpdir(), 'runyard-config-'));
afterAll(() => rmSync(folder, { recursive: true }));

let files = 0;
function fileWith(text: string, extension = 'yaml'): string {
  const path = join(folder, `${(files += 1)}.${extension}`);
  writeFileSync(path, text);
  return path;
}

function problemsOf(environment: Record<string, string>, file?: string): string[] {
  try {
    loadConfig(environment, file === undefined ? {} : { file });
  } catch (error) {
    if (error instanceof ConfigError) return error.problems.map(({ source, message }) => `${source}: ${message}`);
    throw error;
  }
  return [];
}

const hexKey = '00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff';

describe('loadConfig', () => {
  it('gives the defaults when nothing is set', () => {
    const settings = loadConfig({});
    expect(settings).toMatchObject({
      host: '127.0.0.1',
      port: 3000,
      redis: { url: 'redis://127.0.0.1:6379', keyPrefix: 'runyard' },
      cluster: 'default',
      slots: 256,
      sliceConcurrency: 64,
      stopGraceMs: 20_000,
      http: { bodyBytesMax: 8_388_608 },
      enms: { targetRule: 'seed' },
      workerHttp: { allowCidrs: [], denyCidrs: [] },
      trustedProxies: [],
      log: { level: 'info', format: 'json' },
    });
    expect('healthPort' in settings).toBe(false);
    expect('adminPassword' in settings).toBe(false);
  });

  it('does not share lists between two loads', () => {
    (loadConfig({}).trustedProxies as string[]).push('10.0.0.1');
    expect(loadConfig({}).trustedProxies).toEqual([]);
  });

  it('lets the file win over defaults and variables win over the file', () => {
    const file = fileWith('port: 4000\nslots: 10\nredis:\n  keyPrefix: mine\n');
    const settings = loadConfig({ RUNYARD_SLOTS: '20' }, { file });
    expect(settings).toMatchObject({
      port: 4000,
      slots: 20,
      redis: { keyPrefix: 'mine', url: 'redis://127.0.0.1:6379' },
    });
  });

  it('reads the file that RUNYARD_CONFIG_FILE names, JSON too, unless the caller names one', () => {
    const json = fileWith('{"port": 4001}', 'json');
    expect(loadConfig({ RUNYARD_CONFIG_FILE: json }).port).toBe(4001);
    expect(loadConfig({ RUNYARD_CONFIG_FILE: json }, { file: fileWith('port: 4002') }).port).toBe(4002);
  });

  it('takes an empty file and empty groups as nothing', () => {
    expect(loadConfig({}, { file: fileWith('') }).port).toBe(3000);
    expect(loadConfig({}, { file: fileWith('redis:\nlog:\n  level:\n') }).log.level).toBe('info');
  });

  it('reads a secret from a mounted file when the variable is absent', () => {
    const password = fileWith('from-file\n');
    expect(loadConfig({ RUNYARD_ADMIN_PASSWORD_FILE: password }).adminPassword).toBe('from-file');
    expect(loadConfig({ RUNYARD_ADMIN_PASSWORD: 'direct', RUNYARD_ADMIN_PASSWORD_FILE: password }).adminPassword).toBe(
      'direct',
    );
    const file = fileWith('adminPassword: from-settings');
    expect(loadConfig({ RUNYARD_ADMIN_PASSWORD_FILE: password }, { file }).adminPassword).toBe('from-file');
  });

  it('offers a mounted file for secrets only', () => {
    expect(problemsOf({ RUNYARD_PORT_FILE: '/etc/port' })).toEqual([
      'RUNYARD_PORT_FILE: is not a setting: only secrets can be given as a file',
    ]);
  });

  it('says which mounted file cannot be read', () => {
    const missing = join(folder, 'missing');
    expect(problemsOf({ RUNYARD_REDIS_PASSWORD_FILE: missing, RUNYARD_ADMIN_PASSWORD_FILE: folder })).toEqual([
      `RUNYARD_ADMIN_PASSWORD_FILE: ${folder} is not a file`,
      `RUNYARD_REDIS_PASSWORD_FILE: ${missing} cannot be read (ENOENT)`,
    ]);
    const empty = fileWith('\n');
    expect(problemsOf({ RUNYARD_ADMIN_PASSWORD_FILE: empty })).toEqual([
      `RUNYARD_ADMIN_PASSWORD_FILE: ${empty} is empty`,
    ]);
    const large = fileWith('x'.repeat(65_537));
    expect(problemsOf({ RUNYARD_ADMIN_PASSWORD_FILE: large })[0]).toContain('is larger than 65536 bytes');
  });

  it('reads the secret key from its file, given by variable or settings file', () => {
    const key = fileWith(`${hexKey}\n`);
    expect(loadConfig({ RUNYARD_SECRET_KEY_FILE: key })).toMatchObject({ secretKey: hexKey, secretKeyFile: key });
    expect(loadConfig({}, { file: fileWith(`secretKeyFile: ${key}`) })).toMatchObject({ secretKey: hexKey });
    const other = 'ff'.repeat(32);
    expect(loadConfig({ RUNYARD_SECRET_KEY: other, RUNYARD_SECRET_KEY_FILE: key }).secretKey).toBe(other);
    expect(problemsOf({}, fileWith(`secretKeyFile: /nowhere/key\nsecretKey: ${other}`))).toEqual([]);
    expect(problemsOf({}, fileWith('secretKeyFile: /nowhere/key'))[0]).toContain(
      '/nowhere/key cannot be read (ENOENT)',
    );
  });

  it('names every problem at once, with its place', () => {
    const file = fileWith('redis:\n  urll: x\nslots: many\n');
    const problems = problemsOf({ RUNYARD_PORT: 'abc', RUNYARD_LOG_LEVEL: 'loud', RUNYARD_SLOT: '3' }, file);
    expect(problems).toEqual([
      `${file} /redis/urll: is not a setting, did you mean url?`,
      'RUNYARD_SLOT: is not a setting, did you mean RUNYARD_SLOTS?',
      'RUNYARD_PORT: must be a whole number from 0 to 65535, not "abc"',
      `${file} /slots: must be a whole number from 1 to 100000, not "many"`,
      'RUNYARD_LOG_LEVEL: must be debug or info or warn or error, not "loud"',
    ]);
  });

  it('prints its problems one a line', () => {
    expect(() => loadConfig({ RUNYARD_PORT: 'abc' })).toThrow(
      'The settings are not valid:\n  RUNYARD_PORT: must be a whole number from 0 to 65535, not "abc"',
    );
  });

  it('never shows the value of a secret', () => {
    const problems = problemsOf({ RUNYARD_SECRET_KEY: 'too-short-key', RUNYARD_REDIS_URL: 'http://me:hunter22@host' });
    expect(problems).toHaveLength(2);
    expect(problems.join()).not.toMatch(/too-short-key|hunter22/);
    const broken = problemsOf({}, fileWith('adminPassword: hunter22: x'));
    expect(broken).toHaveLength(1);
    expect(broken[0]).not.toContain('hunter22');
  });

  it.each([
    ['a missing file', '/nowhere/settings.yaml', 'settings file: /nowhere/settings.yaml cannot be read (ENOENT)'],
    ['a list', fileWith('- port'), 'must be a group of settings'],
    ['a scalar in place of a group', fileWith('redis: 5'), '/redis: must be a group of settings'],
    ['two equal keys', fileWith('port: 1\nport: 2'), 'unique'],
    ['broken YAML', fileWith('port: ]'), 'Unexpected'],
    ['an alias bomb', fileWith(bomb()), 'alias'],
    ['a key that objects inherit', fileWith('constructor: 1'), '/constructor: is not a setting'],
    ['__proto__', fileWith('"__proto__": {port: 5}'), '/__proto__: is not a setting'],
  ])('refuses %s', (_, file, message) => {
    expect(problemsOf({}, file).join('\n')).toContain(message);
  });

  it.each([
    ['redis://127.0.0.1:6379'],
    ['redis://user:pass@redis.example:6379/3?family=6'],
    ['rediss://[::1]:6380'],
    ['redis+sentinel://s1:26379,s2:26379,s3/mymaster'],
    ['redis+cluster://:pass@c1:6379,c2:6379'],
  ])('accepts the Redis address %s', (url) => {
    expect(loadConfig({ RUNYARD_REDIS_URL: url }).redis.url).toBe(url);
  });

  it.each([
    ['http://host'],
    ['redis://'],
    ['redis://a:1,b:2'],
    ['redis://host:99999'],
    ['redis+sentinel://h1:26379'],
    ['redis+cluster://h1/name'],
    ['redis://host/name'],
    ['localhost:6379'],
  ])('refuses the Redis address %s', (url) => {
    expect(problemsOf({ RUNYARD_REDIS_URL: url })[0]).toContain('RUNYARD_REDIS_URL: must be an address such as');
  });

  it.each([
    ['20', 20_000],
    ['1.5', 1_500],
    ['500ms', 500],
    ['20 s', 20_000],
    ['2m', 120_000],
    ['1h', 3_600_000],
  ])('reads the duration %s', (text, milliseconds) => {
    expect(loadConfig({ RUNYARD_STOP_GRACE: text }).stopGraceMs).toBe(milliseconds);
  });

  it('reads durations of the file in milliseconds or with a unit, and refuses nonsense', () => {
    expect(loadConfig({}, { file: fileWith('stopGraceMs: 1500') }).stopGraceMs).toBe(1_500);
    expect(loadConfig({}, { file: fileWith('stopGraceMs: 3s') }).stopGraceMs).toBe(3_000);
    expect(problemsOf({ RUNYARD_STOP_GRACE: '3 fortnights' })).toEqual([
      'RUNYARD_STOP_GRACE: must be a duration such as 20s, 0s to 3600s, not "3 fortnights"',
    ]);
    expect(problemsOf({ RUNYARD_STOP_GRACE: '2h' })).toHaveLength(1);
  });

  it('splits lists at commas and checks each item', () => {
    const settings = loadConfig({
      RUNYARD_HTTP_ALLOW_CIDRS: '10.0.0.0/8, fd00::/8 ,192.0.2.1',
      RUNYARD_TRUSTED_PROXIES: 'loopback,10.1.2.3',
    });
    expect(settings.workerHttp.allowCidrs).toEqual(['10.0.0.0/8', 'fd00::/8', '192.0.2.1']);
    expect(settings.trustedProxies).toEqual(['loopback', '10.1.2.3']);
    for (const wrong of ['10.0.0.0/33', '10.0.0.0/', 'example.com', '10.0.0.0/8/8', 'loopback']) {
      expect(problemsOf({ RUNYARD_HTTP_DENY_CIDRS: `10.0.0.0/8,${wrong}` })).toHaveLength(1);
    }
  });

  it('accepts a secret key in hex, base64 and base64url, and gives its bytes', () => {
    const bytes = Buffer.from(Array.from({ length: 32 }, (_, index) => 251 - index));
    for (const text of [bytes.toString('hex'), bytes.toString('base64'), bytes.toString('base64url')]) {
      expect(Buffer.from(decodeSecretKey(loadConfig({ RUNYARD_SECRET_KEY: text }).secretKey ?? '') ?? [])).toEqual(
        bytes,
      );
    }
    for (const wrong of ['short', bytes.subarray(1).toString('base64'), `${hexKey}00`]) {
      expect(problemsOf({ RUNYARD_SECRET_KEY: wrong })).toHaveLength(1);
    }
  });

  it('takes an empty variable as absent', () => {
    expect(loadConfig({ RUNYARD_PORT: '', RUNYARD_ADMIN_PASSWORD: '', RUNYARD_CONFIG_FILE: '' }).port).toBe(3000);
  });

  it('ignores the variables of others', () => {
    expect(problemsOf({ PATH: '/bin', RUNYARD_URL: 'http://127.0.0.1:3000', RUNYARD_API_KEY: 'ry_x' })).toEqual([]);
  });

  it('ignores what Kubernetes says about services named like us', () => {
    const settings = loadConfig({
      RUNYARD_PORT: 'tcp://10.0.0.1:3000',
      RUNYARD_SERVICE_HOST: '10.0.0.1',
      RUNYARD_SERVICE_PORT: '3000',
      RUNYARD_PORT_3000_TCP: 'tcp://10.0.0.1:3000',
      RUNYARD_PORT_3000_TCP_ADDR: '10.0.0.1',
      RUNYARD_REDIS_SERVICE_PORT_REDIS: '6379',
      RUNYARD_REDIS_PORT: 'tcp://10.0.0.2:6379',
    });
    expect(settings.port).toBe(3000);
  });

  it('refuses passwords that everybody knows, in production only', () => {
    const environment = { RUNYARD_ADMIN_PASSWORD: 'ChangeMe', RUNYARD_PORT: 'abc' };
    expect(problemsOf(environment)).toHaveLength(1);
    expect(problemsOf({ ...environment, NODE_ENV: 'production' })).toContain(
      'RUNYARD_ADMIN_PASSWORD: is a password that everybody knows, choose another one',
    );
    for (const password of ['admin', 'password']) {
      expect(problemsOf({ NODE_ENV: 'production' }, fileWith(`adminPassword: ${password}`))).toHaveLength(1);
    }
    const good = { NODE_ENV: 'production', RUNYARD_ADMIN_PASSWORD: 'quite-a-good-one' };
    expect(problemsOf(good)).toEqual([]);
    expect(problemsOf(good, fileWith('adminPassword: admin'))).toEqual([]);
    expect(problemsOf({ ...good, RUNYARD_ADMIN_PASSWORD: 'admin' }, fileWith('adminPassword: good'))).toHaveLength(1);
  });
});

/** Nine levels of nine references: a small file that would fill the memory. */
function bomb(): string {
  const levels = Array.from({ length: 9 }, (_, level) => {
    const items =
      level === 0
        ? 'x'
        : Array(9)
            .fill(`*a${level - 1}`)
            .join(', ');
    return `k${level}: &a${level} [${items}]`;
  });
  return levels.join('\n');
}

describe('the identity provider', () => {
  const whole = {
    RUNYARD_OIDC_ISSUER: 'https://id.example.com/realms/net',
    RUNYARD_OIDC_CLIENT_ID: 'runyard',
    RUNYARD_OIDC_REDIRECT_URL: 'https://runyard.example.com/v1/session/oidc/callback',
  };

  it('is none unless it is set, and has defaults then', () => {
    expect(loadConfig({}).oidc).toEqual({
      scope: 'openid profile',
      groupsClaim: 'groups',
      nameClaim: 'preferred_username',
      roles: [],
    });
    expect(loadConfig({ ...whole, RUNYARD_OIDC_ROLES: 'viewer, netops' }).oidc).toMatchObject({
      issuer: whole.RUNYARD_OIDC_ISSUER,
      nameClaim: 'preferred_username',
      roles: ['viewer', 'netops'],
    });
  });

  it('is asked for the scopes of the setting, of which `openid` must be one', () => {
    expect(loadConfig({ ...whole, RUNYARD_OIDC_SCOPE: 'openid email groups' }).oidc.scope).toBe('openid email groups');
    for (const scope of ['profile groups', 'openidx', 'openid  profile', ' openid', 'openid "x"', 'openid\ngroups']) {
      expect(problemsOf({ ...whole, RUNYARD_OIDC_SCOPE: scope })).toEqual([
        expect.stringContaining('scopes with one blank between them, among them openid'),
      ]);
    }
  });

  it('is refused in part', () => {
    expect(problemsOf({ RUNYARD_OIDC_ISSUER: whole.RUNYARD_OIDC_ISSUER })).toEqual([
      'oidc: is not complete: oidc.clientId and oidc.redirectUrl must be set too',
    ]);
    expect(problemsOf({ ...whole, RUNYARD_OIDC_ISSUER: '' })).toEqual([
      'oidc: is not complete: oidc.issuer must be set too',
    ]);
  });

  it.each(['http://127.0.0.1:4000', 'http://localhost:4000', 'http://[::1]:4000'])(
    'may be at %s without TLS',
    (issuer) => {
      expect(problemsOf({ ...whole, RUNYARD_OIDC_ISSUER: issuer })).toEqual([]);
    },
  );

  it.each([
    'http://id.example.com',
    'http://127.0.0.1.example.com',
    'https://user:pw@id.example.com',
    'ftp://id.example.com',
    'id.example.com',
  ])('may not be at %s', (issuer) => {
    expect(problemsOf({ ...whole, RUNYARD_OIDC_ISSUER: issuer })).toEqual([
      expect.stringContaining('https address without a fragment'),
    ]);
  });
});
