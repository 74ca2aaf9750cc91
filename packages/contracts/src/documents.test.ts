import { describe, expect, it } from '@jest/globals';
import { type Service, SERVICE_DEFAULTS } from '@runyard/domain';
import {
  fromCredential,
  fromDevice,
  fromSecret,
  fromService,
  type Sealing,
  toCredential,
  toDevice,
  toSecret,
  toService,
} from './documents.ts';
import { serviceProperties } from './catalog/service.ts';
import { SERVICE_TYPE_NAMES, serviceTypeKeys, serviceTypeSettings } from './service-types.ts';
import { createValidator } from './validator.ts';

const sealing: Sealing = { seal: (text) => ({ sealed: `<${text}>` }), kept: () => undefined };

describe('toService', () => {
  it('fills in the defaults and sets the keys of the type apart', () => {
    expect(toService({ name: 's', type: 'ssh-command', commands: ['a'], connectTimeout: '10s' })).toEqual({
      ...SERVICE_DEFAULTS,
      name: 's',
      type: 'ssh-command',
      settings: { commands: ['a'], connectTimeoutMs: 10_000 },
    });
  });

  it('turns durations into milliseconds wherever they are', () => {
    const service = toService({
      name: 's',
      type: 'ping',
      timeout: '1m',
      runTimeout: 90,
      waitAfter: '1.5s',
      retries: { count: 2, delay: '250ms' },
      probeTimeout: '3s',
      interval: '1s',
      skip: { when: 'yes' },
      forEach: { value: '{{ x }}' },
      keep: { days: 1 },
    });
    expect(service).toMatchObject({
      timeoutMs: 60_000,
      runTimeoutMs: 90_000,
      waitAfterMs: 1_500,
      retries: { count: 2, delayMs: 250, backoff: 'fixed' },
      settings: { timeoutMs: 3_000, intervalMs: 1_000 },
      skip: { when: 'yes', as: 'success' },
      forEach: { value: '{{ x }}', as: 'item' },
      keep: { days: 1, runs: 10_000 },
    });
    expect(service).not.toHaveProperty('timeout');
  });

  it('leaves what looks like a duration in user data alone', () => {
    const inputs = { properties: { timeout: { default: '30s' } } };
    const service = toService({
      name: 's',
      type: 'http-request',
      url: 'x',
      inputs,
      json: { timeout: '30s' },
      headers: { delay: '1s' },
    });
    expect(service.inputs).toEqual(inputs);
    expect(service.settings).toEqual({ url: 'x', json: { timeout: '30s' }, headers: { delay: '1s' } });
  });

  it('fills in the defaults of endpoints, and reads maintenance in each of its forms', () => {
    const rateLimit = { requests: 100, per: '1m' };
    const service = toService({
      name: 's',
      type: 'no-op',
      endpoints: [{ name: 'a' }, { name: 'b', methods: ['PUT'], rateLimit }],
      rateLimit,
      maintenance: true,
    });
    expect(service.endpoints).toEqual([
      { name: 'a', methods: ['GET'], parameters: [] },
      { name: 'b', methods: ['PUT'], parameters: [], rateLimit: { requests: 100, perMs: 60_000 } },
    ]);
    expect(service.rateLimit).toEqual({ requests: 100, perMs: 60_000 });
    expect(service.maintenance).toEqual({ retryAfterMs: 300_000 });
    const told = toService({ name: 's', type: 'no-op', maintenance: { message: 'Later.', retryAfter: '1h' } });
    expect(told.maintenance).toEqual({ message: 'Later.', retryAfterMs: 3_600_000 });
    expect(toService({ name: 's', type: 'no-op', maintenance: false })).not.toHaveProperty('maintenance');
  });

  it('is undone by fromService', () => {
    const services: Service[] = [
      toService({ name: 'a', type: 'ping', timeout: '20s', probeTimeout: 2, retries: { delay: 0.5 } }),
      toService({ name: 'b', type: 'ssh-command', commands: ['x'], connectTimeout: '1m', validate: { equals: null } }),
      toService({ name: 'c', type: 'http-request', url: 'u', requestTimeout: '1h', bundle: 'a'.repeat(64) }),
      toService({ name: 'd', type: 'executable', filename: 'f', grace: '1s' }),
      toService({ name: 'e', type: 'no-op', delay: '1h', inputs: {} }),
      toService({
        name: 'f',
        type: 'no-op',
        slug: 'f-1',
        endpoints: [
          {
            name: 'refresh',
            methods: ['GET', 'POST'],
            parameters: [{ name: 'n', type: 'integer', required: true, default: 1, enum: [1, 2], description: 'N.' }],
            async: true,
            runAs: 'sa',
            rateLimit: { requests: 5, per: '1s' },
          },
        ],
        allowUnauthenticated: true,
        allowRecursion: true,
        maintenance: { message: 'Later.' },
        rateLimit: { requests: 1, per: '1d' },
        cors: { origins: ['https://a.example', '*'] },
      }),
    ];
    const validator = createValidator();
    for (const service of services) {
      const document = fromService(service);
      expect(toService(document)).toEqual(service);
      expect(validator.check('Service', document)).toEqual([]);
    }
    expect(fromService(services[0] as Service)).toMatchObject({ timeout: '20s', probeTimeout: '2s', waitAfter: '0s' });
  });
});

describe('the keys of the types', () => {
  it.each(SERVICE_TYPE_NAMES)('of %s are not those of all services', (type) => {
    const keys = Object.keys(serviceTypeKeys(type).properties ?? {});
    // Programs that are no files of a source may start anywhere, so the type has a say in it.
    const shared = new Set(type === 'executable' ? ['workingDirectory'] : []);
    const common = (key: string) => (Object.hasOwn(serviceProperties, key) && !shared.has(key)) || key === 'source';
    expect(keys.filter(common)).toEqual([]);
    expect(keys.filter((key) => key.endsWith('Ms'))).toEqual([]);
    expect(keys).toHaveLength(Object.keys(serviceTypeSettings(type)?.properties ?? {}).length);
  });
});

describe('devices, credentials and secrets', () => {
  it('gives a device the default cluster', () => {
    expect(toDevice({ name: 'r', address: 'x' })).toEqual({ name: 'r', address: 'x', cluster: 'default' });
    const device = toDevice({ name: 'r', address: 'x', cluster: 'ams', attributes: { a: 1 } });
    expect(toDevice(fromDevice(device))).toEqual(device);
  });

  it('seals what is secret and keeps references', () => {
    const item = toCredential(
      { name: 'c', username: 'u', password: 'p', token: { secret: 't' }, priority: 1 },
      sealing,
    );
    expect(item).toEqual({
      name: 'c',
      username: 'u',
      password: { sealed: '<p>' },
      token: { secret: 't' },
      priority: 1,
    });
    expect(fromCredential(item)).toEqual({
      name: 'c',
      username: 'u',
      password: { kept: true },
      token: { secret: 't' },
      priority: 1,
    });
  });

  it('keeps a stored value, and leaves out what is not there', () => {
    const keeping: Sealing = { ...sealing, kept: (key) => (key === 'password' ? { sealed: 'old' } : undefined) };
    const item = toCredential({ name: 'c', password: { kept: true }, token: { kept: true } }, keeping);
    expect(item).toEqual({ name: 'c', password: { sealed: 'old' } });
  });

  it('shows no value of a secret', () => {
    const secret = toSecret({ name: 's', value: 'v' }, sealing);
    expect(secret).toEqual({ name: 's', value: { sealed: '<v>' } });
    expect(fromSecret(secret as NonNullable<typeof secret>)).toEqual({ name: 's', value: { kept: true } });
    expect(toSecret({ name: 's', value: { kept: true } }, sealing)).toBeNull();
  });
});
