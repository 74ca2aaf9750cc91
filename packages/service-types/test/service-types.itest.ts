import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { SERVICE_TYPE_NAMES } from '@runyard/contracts';
import { MemoryLog, tempFolder } from '@runyard/testkit';
import { createServiceTypes } from '../src/index.ts';

describe('the types that a worker runs', () => {
  it.each([
    [['ansible-playbook', 'tofu', 'python3'], []],
    [['ansible-playbook', 'terraform', 'python3'], []],
    [['python3'], ['ansible-playbook', 'opentofu-plan']],
    [['tofu'], ['ansible-playbook', 'python-script']],
  ])('with %j on the PATH are all but %j', async (programs, missing) => {
    const folder = await tempFolder('runyard-types-');
    for (const name of programs) await writeFile(path.join(folder.path, name), '#!/bin/sh\n', { mode: 0o755 });
    const { types } = createServiceTypes({
      log: new MemoryLog(),
      inherited: { PATH: folder.path },
      workRoot: path.join(folder.path, 'work'),
      bundleFolder: path.join(folder.path, 'bundles'),
      gitFolder: path.join(folder.path, 'git'),
      pythonFolder: path.join(folder.path, 'python'),
      knownHostsFile: path.join(folder.path, 'known_hosts'),
      httpAllowCidrs: [],
      httpDenyCidrs: [],
      fetchBundle: async () => null,
    });
    expect([...types.keys(), ...missing].sort()).toEqual(SERVICE_TYPE_NAMES);
    await folder.remove();
  });
});
