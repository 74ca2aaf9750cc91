import { describe, expect, it } from '@jest/globals';
import { engineBundle, putDevice, putService, sampleDevice, sampleService } from '@runyard/testkit';

async function zonesOf(serviceZone: string | null, requestZone: string | null) {
  const bundle = engineBundle({
    work: ({ render, timeZone = '' }) => ({
      success: true,
      result: [render('{{ run.timeZone }}'), render('{{ ctx.timeZone }}'), timeZone],
    }),
  });
  const zone = serviceZone === null ? {} : { timeZone: serviceZone };
  await bundle.put(
    putDevice(sampleDevice('d1')),
    putService(sampleService('test', { type: 'test', settings: {}, ...zone })),
  );
  const id = await bundle.start({ devices: ['d1'], ...(requestZone === null ? {} : { timeZone: requestZone }) });
  await bundle.workOffQueue();
  return (await bundle.runs.device(id, 'd1'))?.result?.result;
}

describe('the time zone of a run', () => {
  it.each([
    [null, null, 'UTC'],
    ['Europe/Oslo', null, 'Europe/Oslo'],
    ['Europe/Oslo', 'Asia/Tokyo', 'Asia/Tokyo'],
  ])(
    'for a service with %s and a request with %s is %s, in templates and tasks',
    async (service, request, expected) => {
      expect(await zonesOf(service, request)).toEqual([expected, expected, expected]);
    },
  );
});
