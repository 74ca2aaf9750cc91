import { describe, expect, it } from '@jest/globals';
import { isAppError } from '@runyard/domain';
import type { Schema } from './json-schema.ts';
import { type Form, type SchemaName, SCHEMAS } from './schemas.ts';
import { createValidator } from './validator.ts';

const validator = createValidator();

function texts(name: SchemaName, value: unknown, form: Form = 'api'): string[] {
  return validator.check(name, value, form).map(({ path, message }) => `${path}: ${message}`);
}

describe('nouns of the catalog', () => {
  const valid: [SchemaName, object][] = [
    ['Cluster', { name: 'ams', description: 'Amsterdam' }],
    ['Secret', { name: 'token', value: { env: 'TOKEN' } }],
    [
      'Credential',
      { name: 'lab', username: 'admin', password: { env: 'LAB_PASSWORD' }, 'private-key': { file: './key' } },
    ],
    [
      'Credential',
      { name: 'lab', username: { env: 'LAB_USER' }, 'enable-password': { secret: 's' }, priority: -3, pools: ['p'] },
    ],
    [
      'Device',
      { name: 'r 1 ü', address: 'fe80::1%eth0', port: 22, ssh: { 'host-key': 'accept-new', jump: 'b', sessions: 4 } },
    ],
    ['Device', { name: 'r1', address: 'r1.example.org', attributes: { anyKey: { 'a-b': [1, null] } } }],
    ['Pool', { name: 'pair', devices: ['r1', 'r2'] }],
    [
      'Pool',
      {
        name: 'core',
        rule: {
          all: [
            { attribute: 'role', equals: 'core' },
            { any: [{ property: 'name', matches: '^r' }], not: true },
          ],
        },
      },
    ],
    ['Service', { name: 's', type: 'no-op' }],
    [
      'Service',
      {
        name: 's',
        type: 'ssh-command',
        commands: ['show version'],
        'connect-timeout': '10s',
        timeout: 30,
        source: './x',
      },
    ],
    ['Service', { name: 's', type: 'ping', 'probe-timeout': '1s', timeout: '20s' }],
    [
      'Service',
      { name: 's', type: 'executable', filename: 'a.py', 'for-each': { value: [1], as: 'x' }, convert: 'json' },
    ],
    [
      'Service',
      { name: 's', type: 'http-request', url: 'http://x', 'expected-status': [200, '3xx'], validate: { equals: null } },
    ],
    [
      'Service',
      {
        name: 's',
        type: 'mail',
        host: '::1',
        security: 'none',
        credential: 'm',
        from: 'a',
        to: ['b'],
        subject: '',
        text: 't',
      },
    ],
    [
      'Service',
      {
        name: 's',
        type: 'mail',
        host: 'mx.example',
        security: 'none',
        from: 'a',
        to: ['b'],
        subject: 's',
        html: 'h',
        'reply-to': 'c',
        tls: { verify: false },
      },
    ],
    ['Catalog', { clusters: [], secrets: [], credentials: [], devices: [], pools: [], services: [] }],
  ];
  it.each(valid)('takes a valid %s from a file: %j', (name, value) => {
    expect(texts(name, value, 'file')).toEqual([]);
  });

  const wrong: [SchemaName, unknown, string[]][] = [
    ['Cluster', null, [': must be an object, not empty (null)']],
    [
      'Cluster',
      { name: '-a' },
      [
        '/name: must be a cluster name: 1 to 63 letters, digits, dots, hyphens or underscores, the first a letter or digit',
      ],
    ],
    [
      'Device',
      { name: 'r1', hostname: 'x' },
      [
        '/address: is required',
        '/hostname: unknown key `hostname`; known are name, description, address, port, platform, cluster, credential, attributes, ssh',
      ],
    ],
    ['Device', { name: 'r1', adress: 'x' }, ['/adress: unknown key `adress`; did you mean `address`?']],
    [
      'Device',
      { name: 'r1', address: 'x', ssh: { hostKey: 'off' } },
      ['/ssh/hostKey: unknown key `hostKey`; did you mean `host-key`?'],
    ],
    ['Device', { name: 'r1', address: 'x', port: 70000 }, ['/port: must be at most 65535, not 70000']],
    [
      'Device',
      { name: 'a\nb', address: 'x' },
      ['/name: must be a name of 1 to 200 characters without control characters and without white space at its ends'],
    ],
    [
      'Credential',
      { name: 'c', password: { env: 'A', file: 'b' } },
      ['/password: must be exactly one of {env: <variable>}, {file: <path>}, {secret: <name>} and {kept: true}'],
    ],
    ['Credential', { name: 'c', password: { evn: 'A' } }, ['/password/evn: unknown key `evn`; did you mean `env`?']],
    [
      'Pool',
      { name: 'p', rule: { all: [{ attribute: 'a', equal: 1 }] } },
      ['/rule/all/0/equal: unknown key `equal`; did you mean `equals`?'],
    ],
    [
      'Pool',
      { name: 'p', rule: { all: [{ attribute: 'a' }] } },
      ['/rule/all/0: must have exactly one of `equals`, `contains`, `matches` or `empty`'],
    ],
    [
      'Pool',
      { name: 'p', rule: { all: [{ attribute: 'a', matches: '(' }] } },
      ['/rule/all/0/matches: must be a regular expression of JavaScript'],
    ],
    ['Pool', { name: 'p', rule: {} }, ['/rule: must have at least one of `all` or `any`']],
    ['Service', { name: 's' }, ['/type: is required']],
    [
      'Service',
      { name: 's', type: 'ssh-comand', commands: ['a'] },
      [
        '/type: must be one of ansible-playbook, executable, http-request, mail, no-op, opentofu-plan, ping, python-script, ssh-command, workflow, not "ssh-comand"; did you mean `ssh-command`?',
      ],
    ],
    [
      'Service',
      { name: 's', type: 'no-op', 'pre-processing': 'x' },
      ['/pre-processing: `pre-processing` is not supported by this version'],
    ],
    ['Service', { name: 's', type: 'no-op', 'run-as': 'x' }, ['/run-as: `run-as` is not supported by this version']],
    [
      'Service',
      { name: 's', type: 'no-op', 'run-method': 'onse' },
      ['/run-method: must be one of per-device, once, not "onse"; did you mean `once`?'],
    ],
    ['Service', { name: 's', type: 'no-op', convert: 'textfsm' }, ['/textfsm: is required']],
    [
      'Service',
      { name: 's', type: 'no-op', timeout: '5min' },
      ['/timeout: must be a duration such as 30s, 5m or 1h30m, or a number of seconds'],
    ],
    ['Service', { name: 's', type: 'no-op', timeout: '1ms' }, ['/timeout: must be at least 10ms']],
    ['Service', { name: 's', type: 'no-op', timeout: -1 }, ['/timeout: must be at least 10ms']],
    [
      'Service',
      { name: 's', type: 'http-request', url: 'x', body: 'a', json: {} },
      [': must not have `body` and `json` together'],
    ],
    [
      'Service',
      { name: 's', type: 'mail', host: 'h', from: 'a@b', to: [], subject: 's' },
      [': must have at least one of `text` or `html`', '/to: must have at least 1 item'],
    ],
    [
      'Service',
      {
        name: 's',
        type: 'mail',
        host: 'h',
        from: 'a@b',
        to: ['c@d'],
        subject: 's',
        text: 't',
        security: 'none',
        credential: 'm',
      },
      [
        '/host: must be this machine (localhost, 127.0.0.1 or ::1) where `security` is none and there is a `credential`: a password goes over no network unencrypted',
      ],
    ],
    [
      'Service',
      { name: 's', type: 'mail', host: 'h h', from: 'a@b', to: Array(101).fill('c@d'), subject: 's', text: 't' },
      ['/host: must be the name or address of a host', '/to: must have at most 100 items'],
    ],
    ['Catalog', { tasks: [] }, ['/tasks: `tasks` is not supported by this version']],
    ['Catalog', { device: [] }, ['/device: unknown key `device`; did you mean `devices`?']],
  ];
  it.each(wrong)('explains what is wrong with a %s: %j', (name, value, expected) => {
    expect(texts(name, value, 'file')).toEqual(expected);
  });

  it('speaks camelCase to the API', () => {
    expect(texts('Service', { name: 's', type: 'no-op', 'run-method': 'once' })).toEqual([
      '/run-method: unknown key `run-method`; did you mean `runMethod`?',
    ]);
    expect(texts('Credential', { name: 'c', password: { kept: true }, privateKey: 'text' })).toEqual([]);
  });

  it('never repeats a secret', () => {
    const errors = texts('Credential', { name: 'c', password: ['hunter2'], token: { env: 'hunter2 hunter2' } }, 'file');
    expect(errors).toHaveLength(2);
    expect(errors.join()).not.toContain('hunter2');
  });
});

describe('a run request', () => {
  it('takes a rollout in numbers and shares', () => {
    const rollout = { canary: 1, batches: '25%', maxFailures: '0.5%', soak: '5m', onBreach: 'pause' };
    expect(texts('RunRequest', { service: 's', rollout, lock: 'device', deadline: '2026-11-22T00:00:00Z' })).toEqual(
      [],
    );
  });

  it('tells what is wrong with a rollout and a deadline', () => {
    const rollout = { canary: 0, batches: '101%', maxFailures: -1, soak: 'soon', onBreach: 'panic', pause: true };
    const share = 'must be a number of devices, or a share of them such as 10%';
    expect(texts('RunRequest', { service: 's', rollout, deadline: 'tomorrow', queueTtl: '1ms' }).sort()).toEqual([
      '/deadline: must be a time such as 2026-11-21T10:00:00Z',
      '/queueTtl: must be at least 10ms',
      `/rollout/batches: ${share}`,
      '/rollout/canary: must be at least 1, not 0',
      '/rollout/maxFailures: must be at least 0, not -1',
      '/rollout/onBreach: must be one of stop, pause, not "panic"',
      '/rollout/pause: unknown key `pause`; known are canary, batches, maxFailures, soak, onBreach',
      '/rollout/soak: must be a duration such as 30s, 5m or 1h30m, or a number of seconds',
    ]);
  });

  it('may be just a service', () => {
    expect(texts('RunRequest', { service: 's' })).toEqual([]);
  });

  it('tells every wrong key at once', () => {
    const request = {
      service: 's',
      devices: 'd1',
      params: null,
      labels: { 'a b': 'x', ok: 5 },
      retries: { count: 101, delay: '1x', backof: 'fixed' },
      priority: 1,
      constructor: 1,
    };
    expect(texts('RunRequest', request).sort()).toEqual(
      [
        '/devices: must be a list, not a text',
        '/params: must be an object, not empty (null)',
        '/labels/a b: the key must be 1 to 63 letters, digits, dots, hyphens, slashes or underscores, the first a letter or digit',
        '/labels/ok: must be a text, not a number',
        '/retries/count: must be at most 100, not 101',
        '/retries/delay: must be a duration such as 30s, 5m or 1h30m, or a number of seconds',
        '/retries/backof: unknown key `backof`; did you mean `backoff`?',
        '/priority: must be one of high, normal, low, not 1',
        '/constructor: unknown key `constructor`; known are service, version, devices, pools, ipAddresses, params, cluster, timeZone, timeout, runTimeout, retries, parallel, priority, rollout, lock, queueTtl, deadline, check, labels, callbackUrl, runAs, dryRun',
      ].sort(),
    );
  });

  it('bounds names, devices and labels', () => {
    expect(texts('RunRequest', { service: 's', devices: ['x'.repeat(201)] })).toHaveLength(1);
    expect(texts('RunRequest', { service: 's', devices: Array.from({ length: 100_001 }, () => 'd') })).toEqual([
      '/devices: must have at most 100000 items',
    ]);
    const labels = Object.fromEntries(Array.from({ length: 21 }, (_, index) => [`l${index}`, 'x']));
    expect(texts('RunRequest', { service: 's', labels })).toEqual(['/labels: must have at most 20 keys']);
  });

  it('gives only the first of very many mistakes', () => {
    expect(texts('RunRequest', { service: 's', devices: Array.from({ length: 90_000 }, () => 1) })).toHaveLength(1);
    const some = texts('RunRequest', { service: 's', devices: Array.from({ length: 300 }, () => 1) });
    expect(some).toHaveLength(101);
    expect(some.at(-1)).toBe(': and 200 more');
  });

  it('is refused with a code and every wrong place', () => {
    let caught: unknown;
    try {
      validator.assert('RunRequest', { devices: 1 });
    } catch (error) {
      caught = error;
    }
    if (!isAppError(caught)) throw new Error('no AppError');
    expect(caught.code).toBe('BODY_INVALID');
    expect(caught.message).toBe('/service is required (and 1 more)');
    expect(caught.errors).toHaveLength(2);
  });
});

describe('the eNMS body', () => {
  it('takes extra keys', () => {
    expect(texts('EnmsRunService', { name: 's', async: true, status: 'x', labels: null })).toEqual([]);
  });

  it('is strict about types', () => {
    expect(texts('EnmsRunService', { name: 's', devices: 'd1', async: 'false', payload: null })).toEqual([
      '/devices: must be a list, not a text',
      '/payload: must be an object, not empty (null)',
      '/async: must be true or false, not a text',
    ]);
  });
});

describe('the schemas', () => {
  it('all compile in both forms', () => {
    for (const name of Object.keys(SCHEMAS) as SchemaName[]) {
      for (const form of ['api', 'file'] as const) expect(() => validator.check(name, 0, form)).not.toThrow();
    }
  });

  it('describe every property', () => {
    const missing: string[] = [];
    const visit = (schema: Schema, path: string): void => {
      if (typeof schema === 'boolean') return;
      for (const [key, part] of Object.entries(schema.properties ?? {})) {
        const isDescribed = typeof part === 'object' && (part.description ?? part.$ref) !== undefined;
        if (!isDescribed) missing.push(`${path}/${key}`);
        visit(part, `${path}/${key}`);
      }
      visit(schema.items ?? true, `${path}/*`);
    };
    for (const [name, schema] of Object.entries(SCHEMAS)) visit(schema, name);
    expect(missing).toEqual([]);
  });
});
