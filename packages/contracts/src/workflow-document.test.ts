/* oxlint-disable unicorn/no-thenable -- a key of steps */
import { describe, expect, it } from '@jest/globals';
import { SERVICE_DEFAULTS } from '@runyard/domain';
import type { ServiceDocument } from './catalog/service.ts';
import { workStepKeys } from './catalog/work-step.ts';
import { resultStepProperties } from './catalog/step-parts.ts';
import { fromService, toService } from './documents.ts';
import { SERVICE_TYPE_NAMES, serviceTypeKeys } from './service-types.ts';
import { createValidator } from './validator.ts';

const validator = createValidator();

const steps = [
  {
    id: 'check',
    type: 'ssh-command',
    commands: ['show version'],
    timeout: '20s',
    connectTimeout: '5s',
    retries: { count: 2, delay: '1s' },
    result: { version: '$.version' },
    onFailure: 'cleanup',
  },
  { id: 'decide', type: 'if', when: "vars.version = '17.3'", then: ['refresh', 'cleanup'] },
  {
    id: 'refresh',
    type: 'run-service',
    service: 'oauth',
    endpoint: 'refresh',
    runAs: 'sa_oauth',
    timeZone: 'inherit',
    params: { tenant: '{{ params.tenant }}', timeout: '30s' },
    timeout: '30s',
    onSuccess: ['each'],
    onFailure: 'end',
  },
  {
    id: 'each',
    type: 'for-each',
    values: 'params.tenants',
    as: 'tenant',
    step: { type: 'ping', timeout: '10s', probeTimeout: '2s' },
  },
  { id: 'later', type: 'run-service', service: 'report', mode: 'detach' },
  { id: 'ask', type: 'approve', message: 'Push to {{ device.name }}?', groups: ['netops'], timeout: '1h' },
  { id: 'pause', type: 'wait', for: '30s' },
  { id: 'cleanup', type: 'no-op', value: 'clean', onError: 'continue', onSuccess: 'end' },
];
const document: ServiceDocument = { name: 'w', type: 'workflow', runMethod: 'once', steps, result: 'vars' };
const workflow = (...list: object[]) => ({ name: 'w', type: 'workflow', steps: list });
const problemsOf = (...list: object[]) =>
  validator.check('Service', workflow(...list)).map(({ path, message }) => `${path} ${message}`);

describe('a workflow', () => {
  it('is valid, and comes to the domain with its defaults, edges as lists and work as services', () => {
    expect(validator.check('Service', document)).toEqual([]);
    const { settings, ...service } = toService(document);
    expect(service).toEqual({ ...SERVICE_DEFAULTS, name: 'w', type: 'workflow', runMethod: 'once' });
    expect(settings['result']).toBe('vars');
    expect(settings['steps']).toEqual([
      {
        id: 'check',
        type: 'work',
        onError: 'fail',
        onFailure: ['cleanup'],
        result: { version: '$.version' },
        service: {
          ...SERVICE_DEFAULTS,
          name: 'check',
          type: 'ssh-command',
          timeoutMs: 20_000,
          retries: { count: 2, delayMs: 1_000, backoff: 'fixed' },
          settings: { commands: ['show version'], connectTimeoutMs: 5_000 },
        },
      },
      {
        id: 'decide',
        type: 'if',
        when: "vars.version = '17.3'",
        then: ['refresh', 'cleanup'],
        else: [],
        onError: 'fail',
      },
      {
        id: 'refresh',
        type: 'run-service',
        service: 'oauth',
        endpoint: 'refresh',
        mode: 'wait',
        runAs: 'sa_oauth',
        timeZone: 'inherit',
        params: { tenant: '{{ params.tenant }}', timeout: '30s' },
        timeoutMs: 30_000,
        onParentClose: 'cancel',
        onSuccess: ['each'],
        onFailure: [],
        onError: 'fail',
      },
      {
        id: 'each',
        type: 'for-each',
        values: 'params.tenants',
        as: 'tenant',
        onError: 'fail',
        step: {
          id: 'each',
          type: 'work',
          onError: 'fail',
          service: {
            ...SERVICE_DEFAULTS,
            name: 'each',
            type: 'ping',
            timeoutMs: 10_000,
            settings: { timeoutMs: 2_000 },
          },
        },
      },
      {
        id: 'later',
        type: 'run-service',
        service: 'report',
        mode: 'detach',
        timeZone: 'default',
        params: {},
        onParentClose: 'abandon',
        onError: 'fail',
      },
      {
        id: 'ask',
        type: 'approve',
        message: 'Push to {{ device.name }}?',
        groups: ['netops'],
        timeoutMs: 3_600_000,
        onError: 'fail',
      },
      { id: 'pause', type: 'wait', durationMs: 30_000, onError: 'fail' },
      {
        id: 'cleanup',
        type: 'work',
        onError: 'continue',
        onSuccess: [],
        service: { ...SERVICE_DEFAULTS, name: 'cleanup', type: 'no-op', settings: { result: 'clean' } },
      },
    ]);
  });

  it('comes back as a valid document of the same workflow', () => {
    const service = toService(document);
    const written = fromService(service);
    expect(validator.check('Service', written)).toEqual([]);
    expect(toService(written)).toEqual(service);
    expect(written).not.toHaveProperty('retries');
    expect(written['steps']).toMatchObject([
      { type: 'ssh-command', timeout: '20s', connectTimeout: '5s', onFailure: 'cleanup' },
      { then: ['refresh', 'cleanup'], else: 'end' },
      { timeout: '30s', params: { timeout: '30s' }, onSuccess: 'each', onFailure: 'end' },
      { step: { id: 'each', type: 'ping', probeTimeout: '2s' } },
      { mode: 'detach', onParentClose: 'abandon' },
      { timeout: '1h' },
      { for: '30s' },
      { value: 'clean', onSuccess: 'end' },
    ]);
  });

  it('has kebab-case keys in files', () => {
    const step = { id: 'a', type: 'run-service', service: 's', 'run-as': 'sa', 'on-parent-close': 'abandon' };
    const file = { name: 'w', type: 'workflow', 'run-method': 'once', steps: [step] };
    expect(validator.check('Service', file, 'file')).toEqual([]);
    const camel = { ...file, steps: [{ id: 'a', type: 'run-service', service: 's', runAs: 'sa' }] };
    expect(validator.check('Service', camel, 'file')).toEqual([
      { path: '/steps/0/runAs', message: 'unknown key `runAs`; did you mean `run-as`?' },
    ]);
  });
});

describe('what a workflow cannot have', () => {
  it.each(['timeout', 'credential', 'retries', 'convert', 'textfsm', 'validate', 'forEach', 'repository', 'secrets'])(
    'is %s of its own: it belongs to a step',
    (key) => {
      const [problem] = validator.check('Service', { ...workflow({ id: 'a', type: 'no-op' }), [key]: {} });
      expect(problem).toEqual({ path: `/${key}`, message: expect.stringMatching(/belongs to a step of the workflow/) });
    },
  );

  it.each([
    ['no steps', [], '/steps must have at least 1 item'],
    [
      'too many steps',
      Array.from({ length: 101 }, () => ({ id: 'a', type: 'no-op' })),
      '/steps must have at most 100 items',
    ],
    [
      'an unknown key',
      [{ id: 'a', type: 'ssh-command', comands: [], commands: ['x'] }],
      '/steps/0/comands unknown key `comands`; did you mean `commands`?',
    ],
    ['a step without an id', [{ type: 'no-op' }], '/steps/0/id is required'],
    ['an unknown type', [{ id: 'a', type: 'run-servce', service: 's' }], '/steps/0/type .*did you mean `run-service`'],
    ['a workflow in a step', [{ id: 'a', type: 'workflow', steps: [] }], '/steps/0/type must be one of'],
    ['an id that is none', [{ id: '1a', type: 'no-op' }], '/steps/0/id must be an id of'],
    ['the id end', [{ id: 'end', type: 'no-op' }], '/steps/0/id must be an id of'],
    ['the id __proto__', [{ id: '__proto__', type: 'no-op' }], '/steps/0/id must be an id of'],
    [
      'end among others',
      [{ id: 'a', type: 'no-op', onSuccess: ['b', 'end'] }],
      '/steps/0/onSuccess/1 must be an id of',
    ],
    [
      'an edge that is no id',
      [{ id: 'a', type: 'no-op', onFailure: 'to b' }],
      '/steps/0/onFailure must be the id of a step',
    ],
    ['a missing key', [{ id: 'a', type: 'run-service' }], '/steps/0/service is required'],
    [
      'a time zone that is none',
      [{ id: 'a', type: 'run-service', service: 's', timeZone: 'Oslo' }],
      '/steps/0/timeZone must be `default`, `inherit`, or',
    ],
    [
      'a name that is taken',
      [{ id: 'a', type: 'for-each', values: [1], as: 'params', step: { type: 'no-op' } }],
      '/steps/0/as must be a name of',
    ],
    [
      'an if in a for-each',
      [{ id: 'a', type: 'for-each', values: [1], step: { type: 'if', when: 'x', then: 'end' } }],
      '/steps/0/step/type must be one of',
    ],
    [
      'an edge in a for-each',
      [{ id: 'a', type: 'for-each', values: [1], step: { type: 'no-op', onSuccess: 'a' } }],
      '/steps/0/step must not have `onSuccess`$',
    ],
    [
      'a result in a for-each',
      [{ id: 'a', type: 'for-each', values: [1], step: { type: 'no-op', result: { x: '$' } } }],
      '/steps/0/step must not have `result`$',
    ],
    [
      'too many values',
      [{ id: 'a', type: 'for-each', values: Array.from({ length: 1_001 }, () => 0), step: { type: 'no-op' } }],
      '/steps/0/values must have at most 1000 items',
    ],
    ['a long wait', [{ id: 'a', type: 'wait', for: '31d' }], '/steps/0/for must be at most 30d'],
    [
      'a var of a strange name',
      [{ id: 'a', type: 'no-op', result: { 'a-b': '$' } }],
      '/steps/0/result/a-b the key must be a name',
    ],
    ['an empty expression', [{ id: 'a', type: 'no-op', result: { a: '' } }], '/steps/0/result/a must not be empty'],
    [
      'a for-each key',
      [{ id: 'a', type: 'no-op', forEach: { value: [1] } }],
      '/steps/0/forEach `forEach` is no key of a step',
    ],
    [
      'a source',
      [{ id: 'a', type: 'python-script', filename: 'x', source: '.' }],
      '/steps/0/source `source` stands in catalog files only',
    ],
  ])('is %s', (_, list, expected) => {
    const problems = problemsOf(...list);
    expect(problems).toEqual([expect.stringMatching(new RegExp(expected))]);
  });
});

describe('the keys of a step', () => {
  it.each(SERVICE_TYPE_NAMES)('are all there for %s, none of them twice', (type) => {
    const own = Object.keys(serviceTypeKeys(type).properties ?? {});
    const keys = workStepKeys(type);
    const taken = ['type', 'id', ...Object.keys(resultStepProperties)];
    expect([...keys].filter((key) => taken.includes(key))).toEqual([]);
    expect(keys.size).toBeGreaterThan(own.length);
  });
});
