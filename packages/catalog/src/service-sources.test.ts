import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readBundle, toService } from '@runyard/contracts';
import type { WorkflowSettings } from '@runyard/domain';
import { MemoryCatalogStore, TestClock, tempFolder, type TempFolder } from '@runyard/testkit';
import { applyCatalog } from './apply-catalog.ts';
import { readCatalog, readCatalogText } from './read-catalog.ts';

const TEXT = `
services:
  - name: w
    type: workflow
    steps:
      - {id: a, type: executable, filename: run.sh, source: ./code}
      - id: each
        type: for-each
        values: [1]
        step: {type: executable, filename: run.sh, source: ./code}
`;
const secrets = { seal: (text: string) => text, open: (text: string) => text };

let folder: TempFolder;
beforeEach(async () => {
  folder = await tempFolder();
  await mkdir(path.join(folder.path, 'code'));
  await writeFile(path.join(folder.path, 'code/run.sh'), 'echo 1');
  // Code, and no part of the catalog.
  await writeFile(path.join(folder.path, 'code/other.yaml'), 'devices: 5');
  await writeFile(path.join(folder.path, 'catalog.yaml'), TEXT);
});
afterEach(() => folder.remove());

describe('the sources of steps', () => {
  it('are packed, each folder once, and stand in the steps as bundles', async () => {
    const { documents, bundles, problems } = await readCatalog([folder.path], { env: {} });
    expect(problems).toEqual([]);
    const [bundle] = bundles;
    if (!bundle || bundles.length > 1) throw new Error('there is not one bundle');
    expect(readBundle(bundle.content).map(({ path: name }) => name)).toEqual(['other.yaml', 'run.sh']);
    const [item] = documents;
    if (item?.kind !== 'service') throw new Error('there is no service');
    const { steps } = toService(item.document).settings as unknown as WorkflowSettings;
    expect(steps).toMatchObject([{ service: { bundle: bundle.hash } }, { step: { service: { bundle: bundle.hash } } }]);
  });

  it('must come with them, or be there', async () => {
    const { documents, bundles } = await readCatalog([folder.path], { env: {} });
    const catalog = new MemoryCatalogStore(new TestClock());
    await expect(applyCatalog({ catalog, secrets, documents })).rejects.toMatchObject({
      code: 'CATALOG_INVALID',
      errors: [
        { path: '/services/0/steps/0/bundle', message: expect.stringContaining('were not sent') },
        { path: '/services/0/steps/1/step/bundle', message: expect.stringContaining('were not sent') },
      ],
    });
    await applyCatalog({ catalog, secrets, documents, bundles });
    expect(await applyCatalog({ catalog, secrets, documents })).toMatchObject({ unchanged: 1 });
  });

  it('that are missing are told at their place', async () => {
    await writeFile(path.join(folder.path, 'catalog.yaml'), TEXT.replace('source: ./code', 'source: ./gone'));
    const { problems } = await readCatalog([path.join(folder.path, 'catalog.yaml')], { env: {} });
    expect(problems).toMatchObject([{ path: '/services/0/steps/0/source', line: 6, message: './gone does not exist' }]);
  });

  it('are nothing that a text over the network may name', async () => {
    const { problems } = await readCatalogText(TEXT, 'runyard');
    expect(problems.map(({ path: pointer }) => pointer)).toEqual([
      '/services/0/steps/0/source',
      '/services/0/steps/1/step/source',
    ]);
  });
});
