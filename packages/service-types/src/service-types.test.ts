import { describe, expect, it } from '@jest/globals';
import { SERVICE_TYPE_NAMES } from '@runyard/contracts';
import type { Log } from '@runyard/domain';
import { createServiceTypes } from './service-types.ts';

const silent = (): void => undefined;
const log: Log = { debug: silent, info: silent, warn: silent, error: silent };
const { types, sourceFolder } = createServiceTypes({
  log,
  inherited: { PATH: '/nowhere' },
  gitFolder: '/nowhere/git',
  pythonFolder: '/nowhere/python',
  workRoot: '/nowhere/work',
  bundleFolder: '/nowhere/bundles',
  knownHostsFile: '/nowhere/known_hosts',
  httpAllowCidrs: [],
  httpDenyCidrs: [],
  fetchBundle: async () => null,
});

describe('createServiceTypes', () => {
  it('has every type that the contracts describe, but those whose program is not on this machine', () => {
    const withProgram = ['ansible-playbook', 'opentofu-plan', 'python-script'];
    expect([...types.keys(), ...withProgram].sort()).toEqual(SERVICE_TYPE_NAMES);
  });

  it('stops before anything ran, twice', async () => {
    const stopped = Promise.all([...types.values(), ...types.values()].map((type) => type.stop()));
    await expect(stopped).resolves.toHaveLength(2 * types.size);
  });

  it('tells that a bundle is not there', async () => {
    await expect(sourceFolder('a'.repeat(64))).rejects.toMatchObject({ code: 'SOURCE_UNAVAILABLE' });
  });
});
