import { describe, expect, it } from '@jest/globals';
import { type CatalogContent, packBundle } from '@runyard/contracts';
import { AppError, type CatalogChange, isAppError, type SecretBox, type Service } from '@runyard/domain';
import { MemoryCatalogStore, TestClock } from '@runyard/testkit';
import { applyCatalog } from './apply-catalog.ts';
import { documentsOf } from './catalog-document.ts';
import { deleteItem, putItem } from './edit-item.ts';

/** Seals differently each time, as real encryption does. */
function countingBox(): SecretBox {
  let count = 0;
  return {
    seal: (text) => `${++count}:${Buffer.from(text).toString('base64')}`,
    open: (sealed) => Buffer.from(sealed.split(':')[1] ?? '', 'base64').toString(),
  };
}

function setup() {
  const catalog = new MemoryCatalogStore(new TestClock());
  const secrets = countingBox();
  const apply = (content: CatalogContent, extra: Partial<Parameters<typeof applyCatalog>[0]> = {}) =>
    applyCatalog({ catalog, secrets, documents: documentsOf(content, '/catalog'), ...extra });
  return { catalog, secrets, apply };
}

async function failure(work: Promise<unknown>): Promise<AppError> {
  const error = await work.then(
    () => null,
    (caught: unknown) => caught,
  );
  if (!isAppError(error)) throw new Error(`no AppError: ${String(error)}`);
  return error;
}

async function problems(work: Promise<unknown>): Promise<string[]> {
  const { code, errors } = await failure(work);
  if (code !== 'CATALOG_INVALID') throw new Error(`another code: ${code}`);
  return (errors ?? []).map(({ path, message }) => `${path}: ${message}`);
}

const WHOLE: CatalogContent = {
  clusters: [{ name: 'ams' }],
  secrets: [{ name: 'token', value: 'one' }],
  credentials: [{ name: 'lab', username: 'u', password: 'two', token: { secret: 'token' }, pools: ['all'] }],
  devices: [
    { name: 'r1', address: '10.0.0.1', cluster: 'ams', credential: 'lab', ssh: { jump: 'r2' } },
    { name: 'r2', address: '10.0.0.2' },
  ],
  pools: [{ name: 'all', devices: ['r1'], rule: { any: [{ property: 'name', matches: '^r' }] } }],
  services: [
    { name: 's', type: 'ssh-command', commands: ['x'], timeout: '1m', targets: { pools: ['all'] }, inputs: {} },
  ],
};

describe('applying schedules', () => {
  const service = { name: 's', type: 'no-op' as const, endpoints: [{ name: 'e' }] };
  const account = { name: 'a', roles: ['operator'] };
  const schedule = { name: 'hourly', service: 's', runAs: 'a', cron: '0 * * * *' };
  const base = { services: [service], serviceAccounts: [account], schedules: [schedule] };
  const moved = { ...schedule, cron: '5 * * * *' };
  const cronOf = async ({ catalog }: ReturnType<typeof setup>) =>
    (await catalog.view()).get('schedule', 'hourly')?.item.cron;

  it('refuses to move slots of those that are enabled, at each place, and writes nothing', async () => {
    const bundle = setup();
    await bundle.apply(base);
    const error = await failure(bundle.apply({ ...base, schedules: [moved], clusters: [{ name: 'new' }] }));
    expect([error.code, error.errors?.map(({ path }) => path)]).toEqual([
      'SCHEDULE_ENABLED',
      ['/catalog/schedules/0/cron'],
    ]);
    expect((await bundle.catalog.view()).get('cluster', 'new')).toBeUndefined();
  });

  it('leaves them as they are and writes the rest when it is told to', async () => {
    const bundle = setup();
    const other = { ...schedule, name: 'other' };
    await bundle.apply(base);
    const answer = await bundle.apply({ ...base, schedules: [moved, other] }, { leavesMovedSchedules: true });
    expect(answer).toMatchObject({
      left: [{ kind: 'schedule', name: 'hourly' }],
      added: [{ kind: 'schedule', name: 'other' }],
      changed: [],
      unchanged: 2,
    });
    expect(await cronOf(bundle)).toBe('0 * * * *');
    const disabled = { ...moved, enabled: false };
    expect((await bundle.apply({ schedules: [disabled] }, { leavesMovedSchedules: true })).left).toEqual([]);
    expect(await cronOf(bundle)).toBe('5 * * * *');
  });

  it('does not take away what one uses that is left as it is', async () => {
    const bundle = setup();
    await bundle.apply({ ...base, schedules: [{ ...schedule, endpoint: 'e' }] });
    const services = [{ ...service, endpoints: [{ name: 'f' }] }];
    const wrong = bundle.apply({ services, schedules: [{ ...moved, endpoint: 'f' }] }, { leavesMovedSchedules: true });
    expect(await problems(wrong)).toEqual([expect.stringContaining('/catalog/services/0')]);
  });
});

describe('applyCatalog', () => {
  it('adds everything in one write, in an order in which nothing dangles', async () => {
    const { catalog, apply } = setup();
    const written: CatalogChange[][] = [];
    const write = catalog.write.bind(catalog);
    catalog.write = (changes, revision) => {
      written.push([...changes]);
      return write(changes, revision);
    };
    const applied = await apply(WHOLE);
    expect(applied).toMatchObject({ changed: [], unchanged: 0, revision: 1 });
    expect(applied.added.map(({ kind }) => kind)).toEqual([
      'cluster',
      'secret',
      'credential',
      'device',
      'device',
      'pool',
      'service',
    ]);
    expect(written).toHaveLength(1);
    const service = (await catalog.view()).get('service', 's')?.item as Service;
    expect(service).toMatchObject({ timeoutMs: 60_000, settings: { commands: ['x'] }, runMethod: 'per-device' });
  });

  it('changes nothing the second time', async () => {
    const { catalog, apply } = setup();
    await apply(WHOLE);
    const revision = (await catalog.view()).revision;
    expect(await apply(structuredClone(WHOLE))).toEqual({ added: [], changed: [], unchanged: 7, left: [], revision });
    expect((await catalog.view()).revision).toBe(revision);
  });

  it('seals secrets, and writes them again only when they are others', async () => {
    const { catalog, apply, secrets } = setup();
    await apply(WHOLE);
    const stored = async () => (await catalog.view()).get('credential', 'lab')?.item.password as { sealed: string };
    const before = await stored();
    expect(JSON.stringify(before)).not.toContain('two');
    expect(secrets.open(before.sealed)).toBe('two');
    await apply({ credentials: [{ ...WHOLE.credentials?.[0], name: 'lab', priority: 5 }] });
    expect(await stored()).toEqual(before);
    const applied = await apply({ credentials: [{ name: 'lab', password: 'three' }] });
    expect(applied.changed).toEqual([{ kind: 'credential', name: 'lab' }]);
    expect(secrets.open((await stored()).sealed)).toBe('three');
  });

  it('keeps stored values when asked to, and says so when there are none', async () => {
    const { catalog, apply } = setup();
    await apply({ credentials: [{ name: 'c', password: 'p' }], secrets: [{ name: 's', value: 'v' }] });
    const kept = {
      credentials: [{ name: 'c', password: { kept: true as const } }],
      secrets: [{ name: 's', value: { kept: true as const } }],
    };
    expect((await apply(kept)).unchanged).toBe(2);
    expect((await catalog.view()).get('credential', 'c')?.item.password).toHaveProperty('sealed');
    const wrong = {
      credentials: [{ name: 'c', token: { kept: true as const } }],
      secrets: [{ name: 'new', value: { kept: true as const } }],
    };
    expect(await problems(apply(wrong))).toEqual([
      '/catalog/secrets/0/value: there is no stored value to keep',
      '/catalog/credentials/0/token: there is no stored value to keep',
    ]);
  });

  it('writes nothing in a dry run, and nothing at all when something is wrong', async () => {
    const { catalog, apply } = setup();
    expect((await apply(WHOLE, { dryRun: true })).added).toHaveLength(7);
    await failure(apply({ ...WHOLE, pools: [{ name: 'all', devices: ['nobody'] }] }));
    expect((await catalog.view()).revision).toBe(0);
  });

  it('tells every reference to nothing', async () => {
    const { apply } = setup();
    const content: CatalogContent = {
      clusters: [{ name: 'ams' }],
      credentials: [{ name: 'c', pools: ['p'], password: { secret: 's' } }],
      devices: [
        { name: 'r1', address: 'x', cluster: 'amsterdam', credential: 'lab', ssh: { jump: 'r9' } },
        { name: 'r2', address: 'x', cluster: 'asm' },
        { name: 'r3', address: 'x', cluster: 'default' },
      ],
      pools: [{ name: 'q', devices: ['r1', 'r4'] }],
      services: [
        { name: 's', type: 'no-op', cluster: 'fra', credential: 'cc', targets: { devices: ['zz'], pools: ['qq'] } },
      ],
    };
    expect(await problems(apply(content))).toEqual([
      '/catalog/credentials/0/pools/0: there is no pool `p`; did you mean `q`?',
      '/catalog/credentials/0/password/secret: there is no secret `s`',
      '/catalog/devices/0/cluster: there is no cluster `amsterdam`; declare it: clusters: [{name: amsterdam}]',
      '/catalog/devices/0/credential: there is no credential `lab`',
      '/catalog/devices/0/ssh/jump: there is no device `r9`; did you mean `r1`?',
      '/catalog/devices/1/cluster: there is no cluster `asm`; did you mean `ams`?',
      '/catalog/pools/0/devices/1: there is no device `r4`; did you mean `r1`?',
      '/catalog/services/0/cluster: there is no cluster `fra`; declare it: clusters: [{name: fra}]',
      '/catalog/services/0/credential: there is no credential `cc`; did you mean `c`?',
      '/catalog/services/0/targets/devices/0: there is no device `zz`',
      '/catalog/services/0/targets/pools/0: there is no pool `qq`; did you mean `q`?',
    ]);
  });

  it('finds what it refers to in the catalog as well', async () => {
    const { apply } = setup();
    await apply(WHOLE);
    expect((await apply({ pools: [{ name: 'p2', devices: ['r2'] }] })).added).toHaveLength(1);
  });

  it('tells names that are there twice, jumps in a circle, and inputs that are no schema', async () => {
    const { apply } = setup();
    const content: CatalogContent = {
      devices: [
        { name: 'a', address: 'x', ssh: { jump: 'b' } },
        { name: 'b', address: 'x', ssh: { jump: 'a' } },
        { name: 'c', address: 'x', ssh: { jump: 'a' } },
        { name: 'd', address: 'x', ssh: { jump: 'd' } },
        { name: 'a', address: 'y' },
      ],
      services: [{ name: 's', type: 'no-op', inputs: { $ref: 'https://example.org/x' } }],
    };
    expect(await problems(apply(content))).toEqual([
      '/catalog/devices/4/name: the device `a` is there twice: first in /catalog/devices/0/name',
      '/catalog/devices/0/ssh/jump: jumps in a circle: a → b → a',
      '/catalog/devices/1/ssh/jump: jumps in a circle: b → a → b',
      '/catalog/devices/3/ssh/jump: jumps in a circle: d → d',
      '/catalog/devices/4/ssh/jump: jumps in a circle: a → b → a',
      '/catalog/services/0/inputs: the inputs refer to https://example.org/x: schemas outside of the service are not fetched; put it under $defs',
    ]);
  });

  it('stores bundles before the services that need them, and refuses ones that are not there', async () => {
    const { catalog, apply } = setup();
    const bundle = packBundle([{ path: 'a', mode: 0o644, data: Buffer.from('x') }]);
    const content: CatalogContent = {
      services: [{ name: 's', type: 'executable', filename: 'a', bundle: bundle.hash }],
    };
    expect(await problems(apply(content))).toEqual([
      '/catalog/services/0/bundle: the files of the service were not sent and are not there',
    ]);
    expect(await problems(apply(content, { bundles: [{ ...bundle, hash: 'f'.repeat(64) }] }))).toEqual([
      '/bundles/0/hash: is not the hash of the content',
    ]);
    await apply(content, { bundles: [bundle] });
    expect(await catalog.bundle(bundle.hash)).toEqual(bundle.content);
    expect((await apply(content)).unchanged).toBe(1);
  });

  it('compares again when somebody else wrote meanwhile, and gives up in the end', async () => {
    const { catalog, apply } = setup();
    const write = catalog.write.bind(catalog);
    let others = 2;
    catalog.write = async (changes, revision) => {
      if (others-- > 0) await write([{ kind: 'cluster', action: 'put', item: { name: `other-${others}` } }], revision);
      return write(changes, revision);
    };
    expect((await apply({ clusters: [{ name: 'ams' }] })).revision).toBe(3);
    others = 1_000;
    expect((await failure(apply({ clusters: [{ name: 'fra' }] }))).code).toBe('CATALOG_CONFLICT');
  });
});

describe('a store that fails', () => {
  it('is not asked again', async () => {
    const { catalog, apply } = setup();
    let writes = 0;
    catalog.write = () => {
      writes += 1;
      return Promise.reject(new AppError('STORE_UNAVAILABLE', 'Redis does not answer.'));
    };
    expect((await failure(apply({ clusters: [{ name: 'ams' }] }))).code).toBe('STORE_UNAVAILABLE');
    expect(writes).toBe(1);
  });
});

describe('putItem', () => {
  it('creates, replaces, and leaves alone what is the same', async () => {
    const { catalog, secrets } = setup();
    const put = (document: unknown) => putItem({ catalog, secrets, kind: 'device', document });
    expect(await put({ name: 'r', address: 'x' })).toMatchObject({ created: true, item: { version: 1 } });
    expect(await put({ name: 'r', address: 'y' })).toMatchObject({
      created: false,
      item: { version: 2, item: { address: 'y' } },
    });
    expect(await put({ name: 'r', address: 'y' })).toMatchObject({ created: false, item: { version: 2 } });
  });

  it('checks the item and what it refers to', async () => {
    const { catalog, secrets } = setup();
    const put = (document: unknown) => failure(putItem({ catalog, secrets, kind: 'device', document }));
    expect(await put({ name: 'r', adress: 'x' })).toMatchObject({
      code: 'BODY_INVALID',
      errors: [{ path: '/adress' }],
    });
    expect(await put({ name: 'r', address: 'x', credential: 'c' })).toMatchObject({
      code: 'CATALOG_INVALID',
      errors: [{ path: '/credential' }],
    });
  });

  it('refuses when the version is not the expected one', async () => {
    const { catalog, secrets } = setup();
    const put = (expectedVersion: number | null, address = 'x') =>
      putItem({ catalog, secrets, kind: 'device', document: { name: 'r', address }, expectedVersion });
    expect((await failure(put(1))).message).toBe('The device r does not exist; the call expects version 1.');
    await put(null);
    expect((await failure(put(null))).message).toBe(
      'The device r has version 1; the call expects that it does not exist.',
    );
    await put(1, 'y');
    expect((await failure(put(1, 'z'))).code).toBe('PRECONDITION_FAILED');
  });
});

describe('deleteItem', () => {
  it('refuses while others use it, and names them', async () => {
    const { catalog, apply } = setup();
    await apply(WHOLE);
    const users = async (kind: 'cluster' | 'secret' | 'credential' | 'device' | 'pool', name: string) => {
      const { code, extensions } = await failure(deleteItem({ catalog, kind, name }));
      return [code, extensions['usedBy']];
    };
    const inUse = (...usedBy: { kind: string; name: string }[]) => ['CATALOG_ITEM_IN_USE', usedBy];
    expect(await users('cluster', 'ams')).toEqual(inUse({ kind: 'device', name: 'r1' }));
    expect(await users('secret', 'token')).toEqual(inUse({ kind: 'credential', name: 'lab' }));
    expect(await users('credential', 'lab')).toEqual(inUse({ kind: 'device', name: 'r1' }));
    expect(await users('device', 'r2')).toEqual(inUse({ kind: 'device', name: 'r1' }));
    expect(await users('device', 'r1')).toEqual(inUse({ kind: 'pool', name: 'all' }));
    expect(await users('pool', 'all')).toEqual(
      inUse({ kind: 'credential', name: 'lab' }, { kind: 'service', name: 's' }),
    );
    await deleteItem({ catalog, kind: 'service', name: 's' });
    expect((await catalog.view()).get('service', 's')).toBeUndefined();
  });

  it('refuses what is not there or has another version', async () => {
    const { catalog, apply } = setup();
    await apply(WHOLE);
    expect((await failure(deleteItem({ catalog, kind: 'device', name: 'zz' }))).code).toBe('CATALOG_ITEM_NOT_FOUND');
    const wrong = deleteItem({ catalog, kind: 'service', name: 's', expectedVersion: 7 });
    expect((await failure(wrong)).code).toBe('PRECONDITION_FAILED');
  });

  it('counts users that are too many to name', async () => {
    const { catalog, apply } = setup();
    const devices = Array.from({ length: 25 }, (_, index) => ({
      name: `r${index + 10}`,
      address: 'x',
      credential: 'c',
    }));
    await apply({ credentials: [{ name: 'c' }], devices });
    const error = await failure(deleteItem({ catalog, kind: 'credential', name: 'c' }));
    expect(error.message).toMatch(/^The credential c is used by device r10, .*device r29 and 5 more\.$/);
  });
});
