import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { contentOf, readCatalog } from '@runyard/catalog';
import {
  type DeviceFleet,
  type Installation,
  needs,
  startDeviceFleet,
  startInstallation,
  untilEnded,
  waitFor,
} from '@runyard/testkit';

const EXAMPLES = path.resolve(import.meta.dirname, '../../examples/catalog');
const SERVICES = ['rename-loopback', 'set-description'];

let runyard: Installation;
let fleet: DeviceFleet;
let device: string;

interface Step {
  readonly step: string;
  readonly message?: string;
}

beforeAll(async () => {
  fleet = await startDeviceFleet({ count: 1, latencyMs: 5, platforms: ['cisco-ios'] });
  // One slot: who waits for a person or another run must not hold it.
  runyard = await startInstallation({ workers: ['ams'], env: { RUNYARD_SLOTS: '1' } });
  const { name, address, port } = fleet.device(0);
  const { username, password, enablePassword } = fleet;
  device = name;
  const { documents } = await readCatalog([EXAMPLES], { env: {} });
  const examples = documents.filter(
    ({ kind, document }) => kind === 'pool' || (kind === 'service' && SERVICES.includes(document.name)),
  );
  await runyard.client.catalog.apply({
    catalog: {
      ...contentOf(examples),
      clusters: [{ name: 'ams' }],
      credentials: [{ name: 'lab', username, password, enablePassword }],
      devices: [
        {
          name,
          address,
          port,
          platform: 'cisco-ios',
          cluster: 'ams',
          credential: 'lab',
          ssh: { hostKey: 'accept-new' },
        },
      ],
    },
  });
});
afterAll(async () => {
  await runyard.stop();
  await fleet.stop();
});

async function waitingStep(id: string): Promise<Step> {
  return waitFor(async () => {
    const answer = await runyard.call(`/v1/runs/${id}/steps?state=waiting`);
    return ((await answer.json()) as { items: Step[] }).items[0];
  });
}

/** What the device was told to do. */
const told = (): string[] => fleet.commands(device).map(({ command }) => command);

const start = async (): Promise<string> =>
  (await runyard.client.runs.create({ service: 'rename-loopback', devices: [device] })).id;

needs(describe, 'redis-server')('a change that a person is asked about', () => {
  it('is done with what a step before has read, when the answer is yes', async () => {
    const id = await start();
    const { step, message = '' } = await waitingStep(id);
    const [, release] = /^Write release (\d[\d.]+) onto Loopback0 of /.exec(message) ?? [];
    expect([step, message]).toEqual(['ask', expect.stringMatching(/release \d+\.\d/)]);
    const answer = await runyard.call(`/v1/runs/${id}/approve`, { step, device, comment: 'go on' });
    expect(answer.status).toBe(200);
    expect(await untilEnded(runyard.client, id)).toBe('succeeded');
    expect(told()).toContain(`description Runs ${release}`);
  });

  it('is not done when the answer is no, and that is a good end', async () => {
    const before = told().length;
    const id = await start();
    const { step } = await waitingStep(id);
    await runyard.call(`/v1/runs/${id}/reject`, { step, device });
    expect(await untilEnded(runyard.client, id)).toBe('succeeded');
    const after = told().slice(before);
    expect(after).toContain('show version');
    expect(after.filter((command) => command.startsWith('description'))).toEqual([]);
  });
});
