import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type Installation, startInstallation, untilEnded, waitFor } from '@runyard/testkit';

const NEXT_MINUTE_MS = 75_000;

let runyard: Installation;

beforeAll(async () => {
  runyard = await startInstallation({ workers: ['default'] });
  await runyard.startGateway();
  await runyard.client.catalog.apply({
    catalog: {
      serviceAccounts: [{ name: 'sa_nightly', roles: ['operator'] }],
      services: [{ name: 'look', type: 'no-op', runMethod: 'once', result: '{{ run.timeZone }}' }],
      schedules: [
        {
          name: 'minutely',
          service: 'look',
          runAs: 'sa_nightly',
          cron: '* * * * *',
          timeZone: 'Europe/Oslo',
          overlap: 'allow',
        },
        { name: 'never', service: 'look', runAs: 'sa_nightly', cron: '* * * * *', enabled: false },
      ],
    },
  });
});

afterAll(() => runyard.stop());

/** The runs of a schedule as a gateway that is left tells them, newest first. */
async function runsOf(schedule: string): Promise<{ id: string; createdAt: string }[]> {
  const url = runyard.gateways.findLast(({ process }) => process.isAlive())?.url ?? '';
  const { authorization } = runyard;
  const answer = await fetch(`${url}/v1/runs?label=schedule%3D${schedule}`, { headers: { authorization } });
  return ((await answer.json()) as { items: { id: string; createdAt: string }[] }).items;
}

const minutesOf = async () => (await runsOf('minutely')).map(({ createdAt }) => createdAt.slice(0, 16));

it(
  'fires each minute once, whichever of two gateways is killed',
  async () => {
    await waitFor(async () => (await minutesOf()).length > 0, { timeoutMs: NEXT_MINUTE_MS });
    const [first] = await runsOf('minutely');
    expect(await untilEnded(runyard.client, first?.id ?? '')).toBe('succeeded');
    expect(await runyard.client.runs.get(first?.id ?? '')).toMatchObject({
      door: 'schedule',
      principal: 'sa_nightly',
      actor: 'schedule:minutely',
      initiator: 'schedule:minutely',
      timeZone: 'Europe/Oslo',
    });
    // The first gateway was there alone, so it leads. The other one has to see that it is gone.
    runyard.gateways[0]?.process.signal('SIGKILL');
    await waitFor(async () => (await minutesOf()).length > 1, { timeoutMs: NEXT_MINUTE_MS });
    const [second, before] = (await minutesOf()).map((minute) => Date.parse(`${minute}Z`));
    expect((second ?? 0) - (before ?? 0)).toBe(60_000);
    expect(new Set(await minutesOf()).size).toBe((await minutesOf()).length);
    expect(await runsOf('never')).toEqual([]);
  },
  3 * NEXT_MINUTE_MS,
);
