import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createClient } from '@runyard/client';
import { MemoryLog, needs, startTestRedis, type TestRedis } from '@runyard/testkit';
import type { Gateway } from '../src/compose.ts';
import { gatewayOn, listeningUrl, PASSWORD } from './redis-gateway.ts';

const GATEWAY_FILE = `
decorators:
- name: port
  schema: {$id: root, $schema: "https://json-schema.org/draft/2020-12/schema", required: [host]}
repositories:
- {name: scripts, url: "git@git.example.net:net/scripts.git", reference: main, private-key-name: git-key}
executable-objects:
- {name: shell, exec-command: /bin/sh}
registries:
- {name: private, type: pypi, url: "https://pypi.example.net/simple", default: false}
secrets:
- {name: git-key, value: a planted key}
services:
- name: hello
  type: executable
  repository: scripts
  working-directory: tools
  filename: hello.sh
  executable-object: shell
  decorator: port
  secrets: [{name: git-key, type: env, target: GIT_KEY}]
`;
const ITEMS = 6;

needs(describe, 'redis-server')('the catalog of gateways on Redis', () => {
  let redis: TestRedis;
  let gateways: Gateway[];
  beforeAll(async () => {
    redis = await startTestRedis();
  });
  afterAll(() => redis.stop());
  beforeEach(async () => {
    await redis.flush();
    gateways = [];
  });
  afterEach(async () => {
    for (const gateway of gateways) await gateway.stop();
  });

  async function start(more: Parameters<typeof gatewayOn>[2] = {}) {
    const log = new MemoryLog();
    const gateway = gatewayOn(redis, log, more);
    gateways.push(gateway);
    await gateway.start();
    return createClient({ url: listeningUrl(log), username: 'admin', password: PASSWORD }).catalog;
  }

  it('is the same after an export and an import, in any gateway', async () => {
    const [one, two] = [await start(), await start()];
    const imported = await one.import(GATEWAY_FILE);
    expect([imported.counts.add, imported.warnings]).toEqual([ITEMS, []]);
    const text = await two.export();
    expect(text).not.toContain('planted');
    const again = await two.import(text, { force: true, prune: true, format: 'runyard' });
    expect([again.items, again.counts.unchanged, again.revision]).toEqual([[], ITEMS, imported.revision]);
    expect(await one.export()).toBe(text);
    expect(await one.get('repository', 'scripts')).toMatchObject({ version: 1, managedBy: 'default' });
    const kinds = ['decorator', 'executable-object', 'registry', 'repository', 'secret', 'service'] as const;
    for (const kind of kinds) {
      let items = 0;
      for await (const { version } of two.list(kind)) items += version;
      expect([kind, items]).toEqual([kind, 1]);
    }
  });

  it('has every item once when many import at the same time', async () => {
    const [one, two] = [await start(), await start()];
    const pools = (set: number) =>
      `pools:\n${Array.from({ length: 20 }, (_, index) => `- {name: p${set}-${index}}\n`).join('')}- {name: shared}\n`;
    const imports = await Promise.all(
      [0, 1, 2, 3].map((set) => (set % 2 === 0 ? one : two).import(pools(set), { set: `set-${set}` })),
    );
    expect(imports.map(({ counts }) => counts.conflict)).toEqual([0, 0, 0, 0]);
    expect(imports.reduce((sum, { counts }) => sum + counts.add, 0)).toBe(81);
    const pruned = await two.import('pools: [{name: p0-0}]', { set: 'set-0', prune: true });
    expect(pruned.counts.delete + (imports[0]?.counts.unchanged ?? 0)).toBe(20);
    expect((await one.export({ kinds: ['pool'] })).match(/name: p1-/g)).toHaveLength(20);
  });

  it('is sealed anew with the newest key, while another gateway still has both', async () => {
    const [older, newer] = [randomBytes(32), randomBytes(32)];
    const before = await start({ secretKey: older });
    await before.import(GATEWAY_FILE);
    // First everybody learns to open with the new key, then everybody seals with it.
    const knowing = await start({ secretKey: older, oldSecretKeys: [newer] });
    const sealing = await start({ secretKey: newer, oldSecretKeys: [older] });
    expect(await sealing.rotateSecrets()).toEqual({ resealed: 1, current: 0, unreadable: [], complete: true });
    expect(await sealing.rotateSecrets()).toEqual({ resealed: 0, current: 1, unreadable: [], complete: true });
    // The value that was sealed by the new key is still the same value.
    const same = await knowing.import('secrets: [{name: git-key, value: a planted key}]', { check: true });
    expect(same.counts.unchanged).toBe(1);
    const lost = await before.rotateSecrets();
    expect(lost.unreadable).toEqual(['secret git-key']);
  });
});
