import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { MemoryCatalogStore, MemoryLog, type TempFolder, tempFolder, TestClock } from '@runyard/testkit';
import { applyStartCatalog } from './apply-start-catalog.ts';
import { composeTexts } from './compose-texts.ts';

const catalogText = (minute: number, cluster: string) => `
clusters: [{name: ${cluster}}]
service-accounts: [{name: sa, roles: [operator]}]
services: [{name: s, type: no-op}]
schedules: [{name: hourly, service: s, run-as: sa, cron: '${minute} * * * *'}]
`;

describe('the catalog that a gateway applies at its start', () => {
  let folder: TempFolder;
  beforeEach(async () => {
    folder = await tempFolder();
  });
  afterEach(() => folder.remove());

  it('lets it start although the slots of an enabled schedule would move: that one stays, and an error names it', async () => {
    const catalog = new MemoryCatalogStore(new TestClock());
    const log = new MemoryLog();
    const path = join(folder.path, 'catalog.yaml');
    const secrets = { seal: (text: string) => text, open: (text: string) => text };
    const start = async (text: string): Promise<void> => {
      await writeFile(path, text);
      await applyStartCatalog({ path, env: {} }, { catalog, secrets, texts: composeTexts(), log });
    };
    await start(catalogText(0, 'ams'));
    expect(log.entries.filter(({ level }) => level === 'error')).toEqual([]);
    await start(catalogText(5, 'osl'));
    const view = await catalog.view();
    expect([view.get('schedule', 'hourly')?.item.cron, view.names('cluster').includes('osl')]).toEqual([
      '0 * * * *',
      true,
    ]);
    expect(log.entries.filter(({ level }) => level === 'error')).toEqual([
      {
        level: 'error',
        message: expect.stringContaining('schedules of the catalog were left as they are'),
        fields: { schedules: ['hourly'], toDo: expect.stringContaining('enabled: false') },
      },
    ]);
  });
});
