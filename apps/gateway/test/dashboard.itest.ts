import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { tempFolder, type TempFolder } from '@runyard/testkit';
import { startGateway, type TestGateway } from './start-gateway.ts';

let folder: TempFolder;
let gateway: TestGateway;
beforeAll(async () => {
  folder = await tempFolder('runyard-dashboard-');
  const built = join(folder.path, 'dist');
  await mkdir(join(built, 'assets'), { recursive: true });
  await writeFile(join(built, 'index.html'), '<title>the dashboard</title>');
  await writeFile(join(built, 'assets', 'main-1a2b.js'), 'start()');
  await writeFile(join(folder.path, 'secret.txt'), 'of somebody');
  gateway = await startGateway({ dashboardFolder: built });
});
afterAll(async () => {
  await gateway.stop();
  await folder.remove();
});

const open = (path: string) => gateway.call(path, { login: null });

describe('the dashboard', () => {
  it.each(['/dashboard/', '/dashboard/runs/0123'])('is one page, also at its own address %s', async (path) => {
    const { status, text, headers } = await open(path);
    expect([status, text]).toEqual([200, '<title>the dashboard</title>']);
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
  });

  it('has files that browsers keep', async () => {
    const { text, headers } = await open('/dashboard/assets/main-1a2b.js');
    expect([text, headers.get('cache-control')]).toEqual(['start()', 'public, max-age=31536000, immutable']);
    expect((await open('/dashboard/assets/nope.js')).json.code).toBe('ROUTE_NOT_FOUND');
  });

  it.each(['/dashboard/..%2fsecret.txt', '/dashboard/assets/..%2f..%2fsecret.txt'])(
    'gives no other file at %s',
    async (path) => {
      expect((await open(path)).text).not.toContain('of somebody');
    },
  );

  it('is nowhere when it was not built', async () => {
    const without = await startGateway();
    expect((await without.call('/dashboard/', { login: null })).json.code).toBe('ROUTE_NOT_FOUND');
    await without.stop();
  });
});
