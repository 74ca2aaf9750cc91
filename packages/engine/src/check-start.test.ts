import { describe, expect, it } from '@jest/globals';
import type { CatalogChange, RunSpec } from '@runyard/domain';
import {
  engineBundle,
  putDevice,
  putService,
  sampleApiKey,
  sampleDevice,
  sampleService,
  sampleSpec,
  sampleUser,
} from '@runyard/testkit';
import { createCheckStart } from './check-start.ts';

const DEVICES = [sampleDevice('core-1'), sampleDevice('edge-1')];

const ROLES = {
  runs: ['service:run:show'],
  groups: ['service:run:shows'],
  cores: ['device:use:cores'],
  acts: ['act-as:sa_ci'],
  'sa-ci': ['service:run:show', 'device:use:*'],
};

/** The user `ann` has the given roles; `sa_ci` may run `show` on every device. */
async function setup(...roles: (keyof typeof ROLES)[]) {
  const bundle = engineBundle();
  const { put, identities, principals, catalog } = bundle;
  const role = ([name, permissions]: [string, readonly string[]]): CatalogChange => ({
    kind: 'role',
    action: 'put',
    item: { name, permissions },
  });
  const putAccount = (disabled: boolean) =>
    put({ kind: 'service-account', action: 'put', item: { name: 'sa_ci', roles: ['sa-ci'], disabled } });
  await put(
    ...DEVICES.map(putDevice),
    putService(sampleService('show', { type: 'test', settings: {} })),
    ...Object.entries(ROLES).map(role),
    { kind: 'pool', action: 'put', item: { name: 'cores', devices: ['core-1'] } },
    { kind: 'service-group', action: 'put', item: { name: 'shows', services: ['show'] } },
  );
  await putAccount(false);
  await identities.putUser(sampleUser('ann', { roles }));
  const check = createCheckStart({ principals });
  return {
    ...bundle,
    putAccount,
    changeAnn: (changes: Parameters<typeof sampleUser>[1]) =>
      identities.putUser(sampleUser('ann', { roles, version: 2, ...changes })),
    refusal: async (changes: Partial<RunSpec> = {}, devices = DEVICES.slice(0, 1)) => {
      const spec = sampleSpec({ service: 'show', actor: 'ann', principal: 'ann', initiator: 'ann', ...changes });
      return (await check(spec, await catalog.access(), async () => devices)).refusal;
    },
    check,
  };
}

const asAccount = { principal: 'sa_ci', principalKind: 'service-account' } as const;
const scheduled = { ...asAccount, actor: 'schedule:nightly', door: 'schedule', credentialId: 'schedule' } as const;

describe('a run that is about to begin', () => {
  it('may, when who asked still may run the service on its devices', async () => {
    const { refusal } = await setup('runs', 'cores');
    expect(await refusal()).toBeNull();
  });

  it('may not, when the user who asked was deleted and another one has his name', async () => {
    const { refusal, identities } = await setup('runs', 'cores');
    const { createdAtMs = 0 } = (await identities.getUser('ann')) ?? {};
    expect(await refusal({ actorCreatedAtMs: createdAtMs })).toBeNull();
    expect(await refusal({ actorCreatedAtMs: createdAtMs - 1 })).toMatchObject({ code: 'PRINCIPAL_REVOKED' });
  });

  it('may, when its service is in a group that may be run', async () => {
    const { refusal } = await setup('groups', 'cores');
    expect(await refusal()).toBeNull();
  });

  it('may, as an account that alone has the rights, for who may act as it', async () => {
    const { refusal } = await setup('acts');
    expect(await refusal(asAccount, DEVICES)).toBeNull();
  });

  it('may, for a schedule whose account may: nobody has to be there who acts', async () => {
    const { refusal } = await setup();
    expect(await refusal(scheduled, DEVICES)).toBeNull();
  });

  it.each<[string, Parameters<typeof setup>, Partial<RunSpec>, object]>([
    [
      'without the right to run the service',
      ['cores'],
      {},
      { code: 'SERVICE_RUN_DENIED', message: /service:run:show/ },
    ],
    ['without the right to act', ['runs', 'cores'], asAccount, { code: 'ACT_AS_DENIED', message: /act-as:sa_ci/ }],
    ['on a device of no pool of its', ['runs'], {}, { code: 'DEVICE_USE_DENIED', message: /'core-1'/ }],
    [
      'with a key that does not reach the service',
      ['runs', 'cores'],
      { credentialServices: ['other'] },
      { code: 'SERVICE_RUN_DENIED', message: /does not reach/ },
    ],
    [
      'as an account, with a key that does not reach the service',
      ['acts'],
      { ...asAccount, credentialServices: ['other'] },
      { code: 'SERVICE_RUN_DENIED', message: /does not reach/ },
    ],
    ['of an account that nobody has', [], { actor: 'bob', principal: 'bob' }, { code: 'PRINCIPAL_REVOKED' }],
    [
      'as an account that nobody has',
      ['acts'],
      { ...asAccount, principal: 'sa_gone' },
      { code: 'PRINCIPAL_REVOKED', message: /service account 'sa_gone'/ },
    ],
    // No door but that of schedules makes an actor a schedule.
    ['of who only calls himself a schedule', [], { ...scheduled, door: 'native' }, { code: 'PRINCIPAL_REVOKED' }],
  ])('may not %s', async (_, roles, changes, { code, message = /./ }: { code?: string; message?: RegExp }) => {
    const { refusal } = await setup(...roles);
    expect(await refusal(changes)).toMatchObject({ code, message: expect.stringMatching(message) });
  });

  it('may not, when one of its devices may not be used', async () => {
    const { refusal } = await setup('runs', 'cores');
    expect(await refusal({}, DEVICES)).toMatchObject({
      code: 'DEVICE_USE_DENIED',
      message: expect.stringContaining("1 of the 2 devices: 'edge-1'"),
    });
  });

  it('may not, once who asked for it is disabled', async () => {
    const { refusal, changeAnn } = await setup('runs', 'cores');
    await changeAnn({ disabled: true });
    expect(await refusal()).toMatchObject({ code: 'PRINCIPAL_REVOKED', message: expect.stringContaining("'ann'") });
  });

  it('may not, once the account as which it runs is disabled', async () => {
    const { refusal, putAccount } = await setup('acts');
    await putAccount(true);
    expect(await refusal(asAccount)).toMatchObject({ code: 'PRINCIPAL_REVOKED' });
    expect(await refusal(scheduled)).toMatchObject({ code: 'PRINCIPAL_REVOKED' });
  });

  it('may not, once the API key is revoked by which it was asked for', async () => {
    const { refusal, identities } = await setup('runs', 'cores');
    await identities.putApiKey(sampleApiKey('key-1', { account: { kind: 'user', name: 'ann' } }));
    expect(await refusal({ credentialId: 'key-1' })).toBeNull();
    await identities.deleteApiKey('key-1');
    expect(await refusal({ credentialId: 'key-1' })).toMatchObject({
      code: 'PRINCIPAL_REVOKED',
      message: expect.stringContaining("credential 'key-1'"),
    });
  });

  it('is decided on the revision of rights from before the look', async () => {
    const { check, catalog, identities } = await setup('runs', 'cores');
    const before = `${identities.changeCount}:${catalog.lastView().revision}`;
    const deciding = check(sampleSpec({ service: 'show', actor: 'ann' }), await catalog.access(), async () => []);
    await identities.putUser(sampleUser('bob'));
    expect((await deciding).rightsRevision).toBe(before);
  });
});
